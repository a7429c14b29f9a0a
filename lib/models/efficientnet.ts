/** EfficientNets. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  BatchNorm,
  ConvNorm,
  Convolution,
  DepthwiseConvolution,
  Dropout,
  type ForwardOptions,
  type Initialiser,
  Module,
} from "../layers/mod.ts";
import { globalAveragePool, scaleMaps, type Sides, sigmoid, swish } from "../tensorflow/mod.ts";
import { divisibleBy8 } from "./divisible.ts";
import { Encoder } from "./encoder.ts";

/** A member of the family: how much wider and deeper than the smallest it is, and for images of which side (table 1). */
export interface EfficientNetSize {
  width: number;
  depth: number;
  side: number;
}

/** The members, by the names of EfficientNet-PyTorch. */
export const efficientNetSizes: Readonly<Record<string, EfficientNetSize>> = {
  "efficientnet-b0": { width: 1, depth: 1, side: 224 },
  "efficientnet-b1": { width: 1, depth: 1.1, side: 240 },
  "efficientnet-b2": { width: 1.1, depth: 1.2, side: 260 },
  "efficientnet-b3": { width: 1.2, depth: 1.4, side: 300 },
  "efficientnet-b4": { width: 1.4, depth: 1.8, side: 380 },
  "efficientnet-b5": { width: 1.6, depth: 2.2, side: 456 },
  "efficientnet-b6": { width: 1.8, depth: 2.6, side: 528 },
  "efficientnet-b7": { width: 2, depth: 3.1, side: 600 },
};

/** The stages of the smallest member. */
const STAGES = [
  { kernel: 3, stride: 1, expansion: 1, out: 16, count: 1 },
  { kernel: 3, stride: 2, expansion: 6, out: 24, count: 2 },
  { kernel: 5, stride: 2, expansion: 6, out: 40, count: 2 },
  { kernel: 3, stride: 2, expansion: 6, out: 80, count: 3 },
  { kernel: 5, stride: 1, expansion: 6, out: 112, count: 3 },
  { kernel: 5, stride: 2, expansion: 6, out: 192, count: 4 },
  { kernel: 3, stride: 1, expansion: 6, out: 320, count: 1 },
] as const;
/** The stages whose last block gives a map: those before the next stride, and the last. */
const FEATURE_STAGES = [1, 2, 4, 6];
const STEM = 32;
const HEAD = 1280;
// EfficientNet-PyTorch's settings.
const NORM = { epsilon: 1e-3, momentum: 0.01 };
const DROPPED = 0.2;
/** Channels between the two maps of a gate, for each of the block's input. */
const SQUEEZED = 0.25;

/**
 * EfficientNet's features with the layers, names and initial values of EfficientNet-PyTorch, which
 * segmentation_models_pytorch took over. Its last convolution is there and never called.
 *
 * Zeros around the maps are TensorFlow's for images of the side that the member is meant for, whatever the side of the images.
 */
export class EfficientNetEncoder extends Encoder {
  override readonly channels: readonly number[];
  readonly #stem: ConvNorm;
  readonly #blocks: readonly MobileBlock[];
  readonly #ends: readonly number[];

  /** @param into Channels of the images */
  constructor(into: number, { width, depth, side }: EfficientNetSize, initialiser: Initialiser) {
    super();
    const stem = divisibleBy8(STEM * width);
    const stemConvolution = new Convolution(into, stem, 3, {
      stride: 2,
      padding: sidesFor(side, 3, 2),
      bias: false,
      initialiser: initialiser.for("_conv_stem"),
    });
    this.#stem = new ConvNorm(
      this.child("_conv_stem", stemConvolution),
      this.child("_bn0", new BatchNorm(stem, NORM)),
    );
    const counts = STAGES.map(({ count }) => Math.ceil(count * depth));
    const total = counts.reduce((a, b) => a + b);
    const blocks: MobileBlock[] = [];
    const ends: number[] = [];
    const channels: number[] = [];
    let from = stem;
    let size = Math.ceil(side / 2);
    STAGES.forEach(({ kernel, stride, expansion, out: narrow }, stage) => {
      const out = divisibleBy8(narrow * width);
      for (let i = 0; i < counts[stage]!; i++) {
        const name = `_blocks.${blocks.length}`;
        const row = {
          into: from,
          out,
          kernel,
          stride: i === 0 ? stride : 1,
          expansion,
          side: size,
          dropped: DROPPED * blocks.length / total,
        };
        blocks.push(this.child(name, new MobileBlock(row, name, initialiser.for(name))));
        from = out;
        if (i === 0) size = Math.ceil(size / stride);
      }
      if (!FEATURE_STAGES.includes(stage)) return;
      // The smallest member's third map is taken after the first block of its stage, not the last.
      const isEarly = depth === 1 && stage === 4;
      ends.push(blocks.length - (isEarly ? counts[stage]! : 1));
      channels.push(out);
    });
    this.#blocks = blocks;
    this.#ends = ends;
    this.channels = channels;
    const head = divisibleBy8(HEAD * width);
    this.unusedChild(
      "_conv_head",
      new Convolution(from, head, 1, { bias: false, initialiser: initialiser.for("_conv_head") }),
    );
    this.unusedChild("_bn1", new BatchNorm(head, NORM));
  }

  override maps(x: Tensor, options: ForwardOptions): Tensor[] {
    let h: Tensor = swish(this.#stem.forward(x, options));
    const maps = this.#blocks.map((block) => h = block.forward(h, options));
    return this.#ends.map((end) => maps[end]!);
  }
}

/** What a block is built from. */
interface Row {
  into: number;
  out: number;
  kernel: number;
  stride: number;
  expansion: number;
  /** Side of the input's maps where the images have the member's own side. */
  side: number;
  /** Probability that the block is left out for a sample. */
  dropped: number;
}

/**
 * 1x1 convolution to more channels, depthwise convolution, a gate for each sample and channel, and 1x1 convolution, with
 * swish after the first two; the input is added where it has the same shape.
 */
class MobileBlock extends Module {
  readonly #expand: ConvNorm | undefined;
  readonly #depthwise: DepthwiseConvolution;
  readonly #norm: BatchNorm;
  readonly #squeeze: Convolution;
  readonly #excite: Convolution;
  readonly #project: ConvNorm;
  readonly #drop: Dropout | undefined;

  constructor(row: Row, name: string, initialiser: Initialiser) {
    super();
    const { into, out, kernel, stride, expansion, side, dropped } = row;
    const expanded = into * expansion;
    const point = (name: string, into: number, out: number, bias: boolean) =>
      this.child(
        name,
        new Convolution(into, out, 1, { bias, initialiser: initialiser.for(name) }),
      );
    const norm = (name: string, channels: number) =>
      this.child(name, new BatchNorm(channels, NORM));
    if (expansion !== 1) {
      const convolution = point("_expand_conv", into, expanded, false);
      this.#expand = new ConvNorm(convolution, norm("_bn0", expanded));
    }
    const depthwise = new DepthwiseConvolution(expanded, kernel, {
      stride,
      padding: sidesFor(side, kernel, stride),
      initialiser: initialiser.for("_depthwise_conv"),
    });
    this.#depthwise = this.child("_depthwise_conv", depthwise);
    this.#norm = norm("_bn1", expanded);
    const squeezed = Math.max(1, Math.floor(SQUEEZED * into));
    this.#squeeze = point("_se_reduce", expanded, squeezed, true);
    this.#excite = point("_se_expand", squeezed, expanded, true);
    const project = point("_project_conv", expanded, out, false);
    this.#project = new ConvNorm(project, norm("_bn2", out));
    if (stride === 1 && into === out) this.#drop = new Dropout(dropped, name, "samples");
  }

  override forward(x: Tensor, options: ForwardOptions): Tensor {
    const expanded = this.#expand ? swish(this.#expand.forward(x, options)) : x;
    const mixed = swish(this.#norm.forward(this.#depthwise.forward(expanded), options));
    const [count, , , channels] = mixed.shape as [number, number, number, number];
    const means = globalAveragePool(mixed).reshape([count, 1, 1, channels]);
    const gate = sigmoid(this.#excite.forward(swish(this.#squeeze.forward(means))));
    const gated = scaleMaps(mixed, gate.reshape([count, channels]));
    if (this.#drop === undefined) return this.#project.forward(gated, options);
    const drops = options.training && options.seed !== undefined;
    if (!drops) return this.#project.forward(gated, options, x);
    return this.#drop.forward(this.#project.forward(gated, options), options).add(x);
  }
}

/** The zeros of TensorFlow's "SAME" on a map of that side: an odd one comes after the map. */
function sidesFor(side: number, kernel: number, stride: number): Sides {
  const zeros = Math.max((Math.ceil(side / stride) - 1) * stride + kernel - side, 0);
  const before = Math.floor(zeros / 2);
  return [before, zeros - before, before, zeros - before];
}
