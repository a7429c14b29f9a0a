/** Swin Transformers V2 of torchvision's family. */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import {
  Dropout,
  type ForwardOptions,
  type Initialiser,
  LayerNorm,
  Linear,
  MlpBlock,
  Module,
  PatchEmbedding,
  ShiftedWindowAttention,
} from "../layers/mod.ts";
import { tf } from "../tensorflow/mod.ts";
import { Network, type NetworkContext, unfitImages } from "./network.ts";

/** What tells the members of the family apart. */
export interface SwinV2Size {
  /** Features of a token in the first stage; they double from stage to stage. */
  features: number;
  /** Blocks of each stage. */
  depths: readonly number[];
  /** Heads in each stage. */
  heads: readonly number[];
  /** Side of the attention's windows, in tokens. */
  window: number;
  /** Probability of leaving out a branch of the last block; it grows linearly from 0 in the first. */
  stochasticDepth: number;
}

/** torchvision's members by name. */
export const swinV2Sizes: Readonly<Record<string, SwinV2Size>> = {
  swin_v2_t: {
    features: 96,
    depths: [2, 2, 6, 2],
    heads: [3, 6, 12, 24],
    window: 8,
    stochasticDepth: 0.2,
  },
  swin_v2_s: {
    features: 96,
    depths: [2, 2, 18, 2],
    heads: [3, 6, 12, 24],
    window: 8,
    stochasticDepth: 0.3,
  },
  swin_v2_b: {
    features: 128,
    depths: [2, 2, 18, 2],
    heads: [4, 8, 16, 32],
    window: 8,
    stochasticDepth: 0.5,
  },
};

/** The probabilities of leaving out a branch, block by block: from 0 in the first to the member's own in the last. */
export function stochasticDepths({ depths, stochasticDepth }: SwinV2Size): number[] {
  const blocks = depths.reduce((sum, depth) => sum + depth);
  return Array.from({ length: blocks }, (_, b) => stochasticDepth * b / Math.max(1, blocks - 1));
}

/** torchvision's: side of the patches, and hidden features of a block by its features. */
const PATCH = 4;
const MLP_RATIO = 4;
/** All linear maps start as N(0, 0.02^2) with biases of 0 (torchvision). */
const LINEAR = { distribution: { deviation: 0.02 }, zeroBias: true } as const;

/**
 * A Swin Transformer V2 (torchvision's `SwinTransformer` with the blocks of version 2): stages of blocks with attention in
 * shifted windows, between which four neighbouring tokens become one.
 *
 * Input [N, H, W, C] with sides of 4 or more, output logits [N, classes].
 */
export class SwinV2 extends Network {
  readonly #patches: PatchEmbedding;
  readonly #patchNorm: LayerNorm;
  readonly #parts: readonly (Block | PatchMerging)[];
  readonly #norm: LayerNorm;
  readonly #head: Linear;

  constructor(context: NetworkContext, size: SwinV2Size) {
    super();
    const { classes, inputShape: [height, width, channels], initialiser } = context;
    const { features, depths, heads, window } = size;
    if (height < PATCH || width < PATCH) {
      throw unfitImages("SwinV2", context, `it wants ${PATCH}x${PATCH} or more`);
    }
    this.#patches = this.child(
      "features.0.0",
      new PatchEmbedding(channels, features, PATCH, {
        initialiser: initialiser.for("features.0.0"),
      }),
    );
    this.#patchNorm = this.child("features.0.2", new LayerNorm(features));
    const probabilities = stochasticDepths(size);
    const parts: (Block | PatchMerging)[] = [];
    let block = 0;
    depths.forEach((depth, stage) => {
      const stageFeatures = features * 2 ** stage;
      for (let i = 0; i < depth; i++, block++) {
        const name = `features.${2 * stage + 1}.${i}`;
        const options = {
          name,
          heads: heads[stage]!,
          window,
          shift: i % 2 === 0 ? 0 : Math.floor(window / 2),
          stochasticDepth: probabilities[block]!,
          initialiser: initialiser.for(name),
        };
        parts.push(this.child(name, new Block(stageFeatures, options)));
      }
      if (stage === depths.length - 1) return;
      const name = `features.${2 * stage + 2}`;
      parts.push(this.child(name, new PatchMerging(stageFeatures, initialiser.for(name))));
    });
    this.#parts = parts;
    const last = features * 2 ** (depths.length - 1);
    this.#norm = this.child("norm", new LayerNorm(last));
    this.#head = this.child(
      "head",
      new Linear(last, classes, { ...LINEAR, initialiser: initialiser.for("head") }),
    );
  }

  override features(x: Tensor, options: ForwardOptions): Tensor {
    const first = this.#patchNorm.forward(this.#patches.forward(x));
    const map = this.#parts.reduce((h, part) => part.forward(h, options), first);
    return this.#norm.forward(map).mean([1, 2]);
  }

  override head(features: Tensor): Tensor {
    return this.#head.forward(features);
  }
}

/** `h = x + norm(attention(x))`, `h + norm(mlp(h))`, the branches under stochastic depth. */
class Block extends Module {
  readonly #norm1: LayerNorm;
  readonly #attention: ShiftedWindowAttention;
  readonly #norm2: LayerNorm;
  readonly #mlp: MlpBlock;
  readonly #depths: readonly [Dropout, Dropout];

  constructor(features: number, options: {
    name: string;
    heads: number;
    window: number;
    shift: number;
    stochasticDepth: number;
    initialiser: Initialiser;
  }) {
    super();
    const { name, heads, window, shift, stochasticDepth, initialiser } = options;
    this.#norm1 = this.child("norm1", new LayerNorm(features));
    this.#attention = this.child(
      "attn",
      new ShiftedWindowAttention(features, {
        heads,
        window,
        shift,
        initialiser: initialiser.for("attn"),
      }),
    );
    this.#norm2 = this.child("norm2", new LayerNorm(features));
    this.#mlp = this.child(
      "mlp",
      new MlpBlock(features, MLP_RATIO * features, {
        distribution: LINEAR.distribution,
        biasDeviation: 0,
        initialiser: initialiser.for("mlp"),
      }),
    );
    this.#depths = [
      new Dropout(stochasticDepth, `${name}.attn`, "samples"),
      new Dropout(stochasticDepth, `${name}.mlp`, "samples"),
    ];
  }

  override forward(x: Tensor, options: ForwardOptions): Tensor {
    const [attentionDepth, mlpDepth] = this.#depths;
    const attended = this.#norm1.forward(this.#attention.forward(x));
    const h = x.add(attentionDepth.forward(attended, options));
    return h.add(mlpDepth.forward(this.#norm2.forward(this.#mlp.forward(h)), options));
  }
}

/** Two by two tokens become one of twice the features (torchvision's `PatchMergingV2`). */
class PatchMerging extends Module {
  readonly #reduction: Linear;
  readonly #norm: LayerNorm;

  constructor(features: number, initialiser: Initialiser) {
    super();
    this.#reduction = this.child(
      "reduction",
      new Linear(4 * features, 2 * features, {
        ...LINEAR,
        bias: false,
        initialiser: initialiser.for("reduction"),
      }),
    );
    this.#norm = this.child("norm", new LayerNorm(2 * features));
  }

  /** [N, H, W, features] to [N, ceil(H / 2), ceil(W / 2), 2 features]; odd sides get a row or column of zeros. */
  override forward(x: Tensor): Tensor {
    const [count, height, width, features] = x.shape as [number, number, number, number];
    const [down, across] = [Math.ceil(height / 2), Math.ceil(width / 2)];
    const padding: [number, number][] = [[0, 0], [0, height % 2], [0, width % 2], [0, 0]];
    const even = height % 2 === 0 && width % 2 === 0 ? x : tf.pad(x as Tensor4D, padding);
    // The order of the four: down the left column, then down the right one.
    const neighbours = even.reshape([count, down, 2, across, 2, features])
      .transpose([0, 1, 3, 4, 2, 5]).reshape([count, down, across, 4 * features]);
    return this.#norm.forward(this.#reduction.forward(neighbours));
  }
}
