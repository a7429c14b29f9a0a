/** The blocks of residual networks that normalise after each convolution. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  BatchNorm,
  ConvNorm,
  Convolution,
  type ForwardOptions,
  type Initialiser,
  Module,
  Sequential,
  type WeightDistribution,
} from "../layers/mod.ts";
import { subsample } from "../tensorflow/mod.ts";
import {
  type BlockKind,
  type Cardinality,
  type ResidualLayer,
  residualLayers,
} from "./residual_layers.ts";

/** How a block goes around its convolutions where the stride or the number of channels changes. */
export type ShortcutKind =
  /** A 1x1 convolution and a normalisation, registered under this name (option B of ResNet's authors). */
  | { projection: string }
  /** Every second row and column, and zeros for new channels on both sides: no parameters (option A). */
  | "subsample";

/** What a block is built from. */
export interface BlockOptions {
  stride: number;
  /** Groups of the bottleneck's 3x3 convolution, and how many channels each has per 64 planes (ResNeXt). */
  cardinality?: Cardinality | undefined;
  shortcut: ShortcutKind;
  distribution: WeightDistribution;
  initialiser: Initialiser;
}

/** `relu(f(x) + shortcut(x))`, where f is {@linkcode residualLayers} with normalisation, and ReLU between them. */
export class ResidualBlock extends Module {
  readonly #layers: readonly ConvNorm[];
  readonly #shortcut: (x: Tensor, options: ForwardOptions) => Tensor;

  constructor(
    kind: BlockKind,
    { into, planes }: { into: number; planes: number },
    options: BlockOptions,
  ) {
    super();
    const layers = residualLayers(kind, { into, planes, ...options });
    this.#layers = layers.map((layer, i) => this.#add(i + 1, layer, options));
    this.#shortcut = this.#shortcutFrom(into, layers.at(-1)!.out, options);
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
    layer: ResidualLayer,
    { distribution, initialiser }: BlockOptions,
  ): ConvNorm {
    const name = `conv${number}`;
    const convolution = new Convolution(layer.into, layer.out, layer.kernel, {
      stride: layer.stride,
      padding: (layer.kernel - 1) / 2,
      groups: layer.groups,
      bias: false,
      distribution,
      initialiser: initialiser.for(name),
    });
    return new ConvNorm(
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
    const projection = new ConvNorm(convolution, norm);
    return (x: Tensor, options: ForwardOptions) => projection.forward(x, options);
  }
}
