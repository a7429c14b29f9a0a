/** MobileNetV3. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  BatchNorm,
  ConvNorm,
  Convolution,
  DepthwiseConvolution,
  Dropout,
  type ForwardOptions,
  type Initialiser,
  Linear,
  Module,
  SqueezeExcitation,
} from "../layers/mod.ts";
import { type ConvolutionActivation, globalAveragePool, hardswish } from "../tensorflow/mod.ts";
import { divisibleBy8 } from "./divisible.ts";
import { Network, type NetworkContext } from "./network.ts";

/** A row of Table 1 or 2 of the MobileNetV3 paper (Howard et al. 2019), an inverted residual block. */
interface Row {
  kernel: number;
  expanded: number;
  out: number;
  /** Whether there is squeeze-and-excitation. */
  gated: boolean;
  activation: "relu" | "hardswish";
  stride: number;
}

function row(
  kernel: number,
  expanded: number,
  out: number,
  gate: "SE" | "-",
  activation: "RE" | "HS",
  stride: number,
): Row {
  return {
    kernel,
    expanded,
    out,
    gated: gate === "SE",
    activation: activation === "RE" ? "relu" : "hardswish",
    stride,
  };
}

/** The two members, as torchvision's `mobilenet_v3_small` and `mobilenet_v3_large`. */
const MEMBERS = {
  small: {
    rows: [
      row(3, 16, 16, "SE", "RE", 2),
      row(3, 72, 24, "-", "RE", 2),
      row(3, 88, 24, "-", "RE", 1),
      row(5, 96, 40, "SE", "HS", 2),
      row(5, 240, 40, "SE", "HS", 1),
      row(5, 240, 40, "SE", "HS", 1),
      row(5, 120, 48, "SE", "HS", 1),
      row(5, 144, 48, "SE", "HS", 1),
      row(5, 288, 96, "SE", "HS", 2),
      row(5, 576, 96, "SE", "HS", 1),
      row(5, 576, 96, "SE", "HS", 1),
    ],
    features: 1024,
  },
  large: {
    rows: [
      row(3, 16, 16, "-", "RE", 1),
      row(3, 64, 24, "-", "RE", 2),
      row(3, 72, 24, "-", "RE", 1),
      row(5, 72, 40, "SE", "RE", 2),
      row(5, 120, 40, "SE", "RE", 1),
      row(5, 120, 40, "SE", "RE", 1),
      row(3, 240, 80, "-", "HS", 2),
      row(3, 200, 80, "-", "HS", 1),
      row(3, 184, 80, "-", "HS", 1),
      row(3, 184, 80, "-", "HS", 1),
      row(3, 480, 112, "SE", "HS", 1),
      row(3, 672, 112, "SE", "HS", 1),
      row(5, 672, 160, "SE", "HS", 2),
      row(5, 960, 160, "SE", "HS", 1),
      row(5, 960, 160, "SE", "HS", 1),
    ],
    features: 1280,
  },
} as const;

/** A member of the family. */
export type MobileNetV3Size = keyof typeof MEMBERS;

/** Channels of the stem (both tables). */
const STEM = 16;
/** Channels of the last convolution per channel of its input (both tables). */
const LAST_EXPANSION = 6;
// torchvision's MobileNetV3.
const NORM = { epsilon: 1e-3, momentum: 0.01 };
const CLASSIFIER_DEVIATION = 0.01;
const DROPOUT = 0.2;

/**
 * MobileNetV3 with torchvision's layers, names and initial values: a stem, inverted residual blocks, a 1x1 convolution, the
 * mean over the map, and two linear layers with hardswish and dropout 0.2 between them. The strides are ImageNet's, 32 in
 * all: of a 32x32 image the last maps are 1x1. Small has 1,528,106 parameters for 10 classes, large 4,330,132 for 100.
 *
 * Input [N, H, W, C], output logits [N, classes].
 */
export class MobileNetV3 extends Network {
  readonly #parts: readonly Module[];
  readonly #hidden: Linear;
  readonly #dropout = new Dropout(DROPOUT, "classifier.2");
  readonly #head: Linear;

  constructor(size: MobileNetV3Size, { classes, inputShape, initialiser }: NetworkContext) {
    super();
    const { rows, features } = MEMBERS[size];
    const parts: Module[] = [];
    const add = <M extends Module>(make: (initialiser: Initialiser) => M) => {
      const name = `features.${parts.length}`;
      parts.push(this.child(name, make(initialiser.for(name))));
    };
    add((initialiser) =>
      normed(inputShape[2], STEM, { kernel: 3, stride: 2, activation: "hardswish", initialiser })
    );
    let channels: number = STEM;
    for (const each of rows) {
      const into = channels;
      add((initialiser) => new InvertedResidual(into, each, initialiser));
      channels = each.out;
    }
    const last = LAST_EXPANSION * channels;
    add((initialiser) => normed(channels, last, { activation: "hardswish", initialiser }));
    this.#parts = parts;
    const linear = (name: string, into: number, out: number) =>
      this.child(
        name,
        new Linear(into, out, {
          distribution: { deviation: CLASSIFIER_DEVIATION },
          zeroBias: true,
          initialiser: initialiser.for(name),
        }),
      );
    this.#hidden = linear("classifier.0", last, features);
    this.#head = linear("classifier.3", features, classes);
  }

  override features(x: Tensor, options: ForwardOptions): Tensor {
    const map = this.#parts.reduce((h, part) => part.forward(h, options), x);
    return hardswish(this.#hidden.forward(globalAveragePool(map)));
  }

  override head(features: Tensor, options: ForwardOptions): Tensor {
    return this.#head.forward(this.#dropout.forward(features, options));
  }
}

/**
 * 1x1 convolution to more channels (left out where there are no more), depthwise convolution, squeeze-and-excitation, 1x1
 * convolution without activation; the input is added where it has the same shape.
 */
class InvertedResidual extends Module {
  readonly #parts: readonly Module[];
  readonly #project: ConvNorm;
  readonly #isResidual: boolean;

  constructor(channels: number, row: Row, initialiser: Initialiser) {
    super();
    const { kernel, expanded, out, gated, activation, stride } = row;
    const parts: Module[] = [];
    const add = (make: (initialiser: Initialiser) => Module) => {
      const name = `block.${parts.length}`;
      parts.push(this.child(name, make(initialiser.for(name))));
    };
    if (expanded !== channels) {
      add((initialiser) => normed(channels, expanded, { activation, initialiser }));
    }
    add((initialiser) =>
      withNorm(
        new DepthwiseConvolution(expanded, kernel, {
          stride,
          padding: (kernel - 1) / 2,
          distribution: "kaimingNormalFanOut",
          initialiser: initialiser.for("0"),
        }),
        expanded,
        activation,
      )
    );
    if (gated) {
      const squeezed = divisibleBy8(Math.floor(expanded / 4));
      add((initialiser) => new SqueezeExcitation(expanded, squeezed, initialiser));
    }
    this.#parts = parts;
    const name = `block.${parts.length}`;
    this.#project = this.child(
      name,
      normed(expanded, out, { activation: "none", initialiser: initialiser.for(name) }),
    );
    this.#isResidual = stride === 1 && channels === out;
  }

  override forward(x: Tensor, options: ForwardOptions): Tensor {
    const h = this.#parts.reduce((h, part) => part.forward(h, options), x);
    return this.#project.forward(h, options, this.#isResidual ? x : undefined);
  }
}

/** torchvision's `Conv2dNormActivation`, padded so that stride 1 keeps the size. */
function normed(into: number, out: number, options: {
  kernel?: number;
  stride?: number;
  activation: ConvolutionActivation;
  initialiser: Initialiser;
}): ConvNorm {
  const { kernel = 1, stride = 1, activation, initialiser } = options;
  const convolution = new Convolution(into, out, kernel, {
    stride,
    padding: (kernel - 1) / 2,
    bias: false,
    distribution: "kaimingNormalFanOut",
    initialiser: initialiser.for("0"),
  });
  return withNorm(convolution, out, activation);
}

function withNorm(
  convolution: Convolution | DepthwiseConvolution,
  channels: number,
  activation: ConvolutionActivation,
): ConvNorm {
  const isHard = activation === "hardswish";
  const norm = new BatchNorm(channels, { ...NORM, activation: isHard ? "none" : activation });
  return new ConvNorm(convolution, norm, { names: ["0", "1"], hardswish: isHard });
}
