/** Wide residual networks. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  BatchNorm,
  Convolution,
  type ForwardOptions,
  type Initialiser,
  Linear,
  Module,
  Sequential,
} from "../layers/mod.ts";
import { globalAveragePool } from "../tensorflow/mod.ts";
import { Network, type NetworkContext } from "./network.ts";
import { PreactivationBlock } from "./preactivation_block.ts";

/** Channels after the first convolution, whatever the width. */
const STEM = 16;

/** Depth 6 n + 4, for n blocks in each group, and the factor of the groups' 16, 32 and 64 channels. */
export interface WideResNetSize {
  depth: number;
  width: number;
}

/**
 * WideResNet of P2333/Bag-of-Tricks-for-AT (wideresnet.py, default flags): a 3x3 convolution, three groups of
 * {@linkcode PreactivationBlock}s, normalisation, ReLU, the mean of each map and a linear layer.
 *
 * That code registers a second copy of the first group, `sub_block1`, that it never calls. Table 2's numbers of parameters
 * count it, so it is here as well, and not trained.
 *
 * Input [N, H, W, C], output logits [N, classes].
 */
export class WideResNet extends Network {
  readonly #stem: Convolution;
  readonly #groups: readonly Group[];
  readonly #norm: BatchNorm;
  readonly #head: Linear;

  /** @throws {RangeError} when the depth is not 6 n + 4 with n >= 1, or the width is below 1 */
  constructor(
    { classes, inputShape: [, , channels], initialiser }: NetworkContext,
    { depth, width }: WideResNetSize,
  ) {
    super();
    const count = (depth - 4) / 6;
    if (!(Number.isInteger(count) && count >= 1 && width >= 1)) {
      throw new RangeError(
        `A wide residual network has a depth of 10, 16, 22, 28, ... and a width of 1 or more; wanted were ${depth} and ${width}`,
      );
    }
    this.#stem = this.child(
      "conv1",
      new Convolution(channels, STEM, 3, {
        padding: 1,
        bias: false,
        distribution: "kaimingNormalFanOut",
        initialiser: initialiser.for("conv1"),
      }),
    );
    const group = (name: string, into: number, out: number, stride: number) =>
      new Group({ count, into, out, stride, initialiser: initialiser.for(name) });
    const out = [16 * width, 32 * width, 64 * width] as const;
    const first = this.child("block1", group("block1", STEM, out[0], 1));
    this.unusedChild("sub_block1", group("sub_block1", STEM, out[0], 1));
    this.#groups = [
      first,
      this.child("block2", group("block2", out[0], out[1], 2)),
      this.child("block3", group("block3", out[1], out[2], 2)),
    ];
    this.#norm = this.child("bn1", new BatchNorm(out[2], { activation: "relu" }));
    this.#head = this.child(
      "fc",
      new Linear(out[2], classes, { zeroBias: true, initialiser: initialiser.for("fc") }),
    );
  }

  override features(x: Tensor, options: ForwardOptions): Tensor {
    const h = this.#groups.reduce(
      (h, group) => group.forward(h, options),
      this.#stem.forward(x),
    );
    return globalAveragePool(this.#norm.forward(h, options));
  }

  override head(features: Tensor): Tensor {
    return this.#head.forward(features);
  }
}

/** Blocks of which the first one has the stride and the change of channels, registered under `layer`. */
class Group extends Module {
  readonly #blocks: Sequential;

  constructor({ count, into, out, stride, initialiser }: {
    count: number;
    into: number;
    out: number;
    stride: number;
    initialiser: Initialiser;
  }) {
    super();
    const blocks = Array.from(
      { length: count },
      (_, i) =>
        new PreactivationBlock("basic", { into: i === 0 ? into : out, planes: out }, {
          stride: i === 0 ? stride : 1,
          shortcut: "convShortcut",
          distribution: "kaimingNormalFanOut",
          initialiser: initialiser.for("layer").for(String(i)),
        }),
    );
    this.#blocks = this.child("layer", new Sequential(blocks));
  }

  override forward(x: Tensor, options: ForwardOptions): Tensor {
    return this.#blocks.forward(x, options);
  }
}
