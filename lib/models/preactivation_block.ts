/** The blocks of residual networks that normalise before each convolution. */
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
import { type BlockKind, residualLayers } from "./residual_layers.ts";

/** What a block is built from. */
export interface PreactivationBlockOptions {
  stride: number;
  /** Whether the 1x1 convolution of the shortcut is named `shortcut.0` or, alone, `convShortcut`. */
  shortcut: "shortcut" | "convShortcut";
  distribution: WeightDistribution;
  initialiser: Initialiser;
}

/**
 * `f(a) + shortcut` with `a = relu(norm(x))`, where f is {@linkcode residualLayers} with normalisation and ReLU between them, and the
 * shortcut is x, or a 1x1 convolution of a where the stride or the number of channels changes.
 */
export class PreactivationBlock extends Module {
  readonly #norm: BatchNorm;
  readonly #layers: readonly ConvNorm[];
  readonly #last: Convolution;
  readonly #shortcut: Convolution | undefined;

  constructor(
    kind: BlockKind,
    { into, planes }: { into: number; planes: number },
    options: PreactivationBlockOptions,
  ) {
    super();
    const { stride, shortcut: name, distribution, initialiser } = options;
    const layers = residualLayers(kind, { into, planes, stride });
    const out = layers.at(-1)!.out;
    const parts = layers.map((layer, i) => ({
      norm: this.child(`bn${i + 1}`, new BatchNorm(layer.into, { activation: "relu" })),
      convolution: this.child(
        `conv${i + 1}`,
        new Convolution(layer.into, layer.out, layer.kernel, {
          stride: layer.stride,
          padding: (layer.kernel - 1) / 2,
          bias: false,
          distribution,
          initialiser: initialiser.for(`conv${i + 1}`),
        }),
      ),
    }));
    this.#norm = parts[0]!.norm;
    // Each convolution but the last one is followed by the norm of the next.
    this.#layers = parts.slice(1).map(({ norm }, i) => new ConvNorm(parts[i]!.convolution, norm));
    this.#last = parts.at(-1)!.convolution;
    if (stride !== 1 || into !== out) {
      this.#shortcut = new Convolution(into, out, 1, {
        stride,
        bias: false,
        distribution,
        initialiser: initialiser.for(name),
      });
      this.child(name, name === "shortcut" ? new Sequential([this.#shortcut]) : this.#shortcut);
    }
  }

  override forward(x: Tensor, options: ForwardOptions): Tensor {
    const activated = this.#norm.forward(x, options);
    const shortcut = this.#shortcut ? this.#shortcut.forward(activated) : x;
    const h = this.#layers.reduce<Tensor>((h, layer) => layer.forward(h, options), activated);
    return this.#last.forward(h).add(shortcut);
  }
}
