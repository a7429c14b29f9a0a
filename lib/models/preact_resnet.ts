/** Pre-activation residual networks. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { BatchNorm, Convolution, type ForwardOptions, Linear, Sequential } from "../layers/mod.ts";
import { globalAveragePool } from "../tensorflow/mod.ts";
import { Network, type NetworkContext } from "./network.ts";
import { PreactivationBlock } from "./preactivation_block.ts";
import { type BlockKind, EXPANSION } from "./residual_layers.ts";

/** Planes of each stage; every stage but the first halves the map. */
const PLANES = [64, 128, 256, 512];

/** How many blocks of which kind a network has. */
export interface PreactResNetDepth {
  block: BlockKind;
  /** Blocks of each of the four stages. */
  blocks: readonly number[];
}

/**
 * PreActResNet of P2333/Bag-of-Tricks-for-AT (preactresnet.py, default flags), the paper's PARN: a 3x3 convolution, four
 * stages of {@linkcode PreactivationBlock}s, normalisation, ReLU, the mean of each map and a linear layer.
 *
 * Input [N, H, W, C], output logits [N, classes].
 */
export class PreactResNet extends Network {
  readonly #stem: Convolution;
  readonly #stages: readonly Sequential[];
  readonly #norm: BatchNorm;
  readonly #head: Linear;

  constructor(
    { classes, inputShape: [, , channels], initialiser }: NetworkContext,
    { block, blocks }: PreactResNetDepth,
  ) {
    super();
    const expansion = EXPANSION[block];
    this.#stem = this.child(
      "conv1",
      new Convolution(channels, PLANES[0]!, 3, {
        padding: 1,
        bias: false,
        initialiser: initialiser.for("conv1"),
      }),
    );
    this.#stages = PLANES.map((planes, i) => {
      const name = `layer${i + 1}`;
      const into = i === 0 ? planes : PLANES[i - 1]! * expansion;
      const modules = Array.from(
        { length: blocks[i]! },
        (_, j) =>
          new PreactivationBlock(block, { into: j === 0 ? into : planes * expansion, planes }, {
            stride: i > 0 && j === 0 ? 2 : 1,
            shortcut: "shortcut",
            distribution: "default",
            initialiser: initialiser.for(name).for(String(j)),
          }),
      );
      return this.child(name, new Sequential(modules));
    });
    const features = PLANES.at(-1)! * expansion;
    this.#norm = this.child("bn", new BatchNorm(features, { activation: "relu" }));
    this.#head = this.child(
      "linear",
      new Linear(features, classes, { initialiser: initialiser.for("linear") }),
    );
  }

  override features(x: Tensor, options: ForwardOptions): Tensor {
    const h = this.#stages.reduce(
      (h, stage) => stage.forward(h, options),
      this.#stem.forward(x),
    );
    return globalAveragePool(this.#norm.forward(h, options));
  }

  override head(features: Tensor): Tensor {
    return this.#head.forward(features);
  }
}
