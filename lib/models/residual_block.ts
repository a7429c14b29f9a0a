/** The blocks of residual networks that normalise after each convolution. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  BatchNorm,
  Convolution,
  type ForwardOptions,
  type Initialiser,
  Module,
  NormalisedConvolution,
  Sequential,
  type WeightDistribution,
} from "../layers/mod.ts";
import { subsample } from "../tensorflow/mod.ts";

/** How a block goes around its convolutions where the stride or the number of channels changes. */
export type ShortcutKind =
  /** A 1x1 convolution and a normalisation, registered under this name (option B of ResNet's authors). */
  | { projection: string }
  /** Every second row and column, and zeros for new channels on both sides: no parameters (option A). */
  | "subsample";

/** How many groups a bottleneck has, and how many channels each of them for 64 planes: 32 and 4 in ResNeXt 32x4d. */
export interface Cardinality {
  groups: number;
  width: number;
}

/** What a block is built from. */
export interface BlockOptions {
  stride: number;
  /** Groups of the bottleneck's 3x3 convolution, and how many channels each has per 64 planes (ResNeXt). */
  cardinality?: Cardinality | undefined;
  shortcut: ShortcutKind;
  distribution: WeightDistribution;
  initialiser: Initialiser;
}

/**
 * `relu(f(x) + shortcut(x))`, where f is convolutions with normalisation, and ReLU between them.
 *
 * - basic: 3x3 with the stride, 3x3
 * - bottleneck: 1x1, 3x3 with the stride, 1x1 to four times the planes (ResNet v1.5); the 3x3 in groups, and wider, in ResNeXt
 */
export class ResidualBlock extends Module {
  /** Channels of the output for each plane. */
  static readonly expansion = { basic: 1, bottleneck: 4 } as const;

  readonly #layers: readonly NormalisedConvolution[];
  readonly #shortcut: (x: Tensor, options: ForwardOptions) => Tensor;

  constructor(
    kind: keyof typeof ResidualBlock.expansion,
    { into, planes }: { into: number; planes: number },
    options: BlockOptions,
  ) {
    super();
    const { stride, cardinality: { groups, width } = { groups: 1, width: 64 } } = options;
    const out = planes * ResidualBlock.expansion[kind];
    const inner = groups * Math.floor(planes * width / 64);
    const layers = kind === "basic"
      ? [{ into, out: planes, kernel: 3, stride }, { into: planes, out, kernel: 3, stride: 1 }]
      : [
        { into, out: inner, kernel: 1, stride: 1 },
        { into: inner, out: inner, kernel: 3, stride, groups },
        { into: inner, out, kernel: 1, stride: 1 },
      ];
    this.#layers = layers.map((layer, i) => this.#add(i + 1, layer, options));
    this.#shortcut = this.#shortcutFrom(into, out, options);
  }

  override forward(x: Tensor, options: ForwardOptions): Tensor {
    const last = this.#layers.length - 1;
    return this.#layers.reduce(
      (h, layer, i) =>
        layer.forward(h, options, i === last ? this.#shortcut(x, options) : undefined),
      x,
    );
  }

  #add(
    number: number,
    layer: { into: number; out: number; kernel: number; stride: number; groups?: number },
    { distribution, initialiser }: BlockOptions,
  ): NormalisedConvolution {
    const name = `conv${number}`;
    const convolution = new Convolution(layer.into, layer.out, layer.kernel, {
      stride: layer.stride,
      padding: (layer.kernel - 1) / 2,
      groups: layer.groups ?? 1,
      bias: false,
      distribution,
      initialiser: initialiser.for(name),
    });
    return new NormalisedConvolution(
      this.child(name, convolution),
      this.child(`bn${number}`, new BatchNorm(layer.out, { activation: "relu" })),
    );
  }

  #shortcutFrom(into: number, out: number, options: BlockOptions) {
    const { stride, shortcut, distribution, initialiser } = options;
    if (stride === 1 && into === out) return (x: Tensor) => x;
    if (shortcut === "subsample") {
      return (x: Tensor) => subsample(x, stride, (out - into) / 2);
    }
    const name = shortcut.projection;
    const convolution = new Convolution(into, out, 1, {
      stride,
      bias: false,
      distribution,
      initialiser: initialiser.for(`${name}.0`),
    });
    const norm = new BatchNorm(out);
    this.child(name, new Sequential([convolution, norm]));
    const projection = new NormalisedConvolution(convolution, norm);
    return (x: Tensor, options: ForwardOptions) => projection.forward(x, options);
  }
}
