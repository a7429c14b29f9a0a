/** Vision transformers of torchvision's family. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  type Initialiser,
  LayerNorm,
  Linear,
  MlpBlock,
  Module,
  PatchEmbedding,
  sameLayout,
  SelfAttention,
  StoredVariable,
} from "../layers/mod.ts";
import { tellPart, tf } from "../tensorflow/mod.ts";
import { checkOwnShape, Network, type NetworkContext, unfitImages } from "./network.ts";

/** What tells the members of the family apart. */
export interface VisionTransformerSize {
  /** Side of the square patches, in pixels. */
  patch: number;
  layers: number;
  heads: number;
  /** Features of a token. */
  features: number;
  /** Features between the two linear maps of a block. */
  hidden: number;
}

const BASE = { layers: 12, heads: 12, features: 768, hidden: 3072 };
const LARGE = { layers: 24, heads: 16, features: 1024, hidden: 4096 };

/** torchvision's members by name (Dosovitskiy et al. 2021, table 1). */
export const visionTransformers: Readonly<Record<string, VisionTransformerSize>> = {
  vit_b_16: { patch: 16, ...BASE },
  vit_b_32: { patch: 32, ...BASE },
  vit_l_16: { patch: 16, ...LARGE },
  vit_l_32: { patch: 32, ...LARGE },
  vit_h_14: { patch: 14, layers: 32, heads: 16, features: 1280, hidden: 5120 },
};

/** torchvision's epsilon of every layer norm; PyTorch's default is larger. */
const EPSILON = 1e-6;

/**
 * A vision transformer (torchvision's `VisionTransformer`): patches as tokens, a class token, learnt positions, pre-norm
 * blocks, and a linear map of the class token, which starts at 0. No dropout.
 *
 * Input [N, H, W, C] with sides that the patches divide, output logits [N, classes].
 */
export class VisionTransformer extends Network {
  readonly #classToken: StoredVariable;
  readonly #patches: PatchEmbedding;
  readonly #encoder: Encoder;
  readonly #head: Linear;

  constructor(context: NetworkContext, size: VisionTransformerSize) {
    super();
    this.inputShape = context.inputShape;
    const { classes, inputShape: [height, width, channels], initialiser } = context;
    const { patch, features } = size;
    if (height % patch !== 0 || width % patch !== 0 || height < patch || width < patch) {
      throw unfitImages("VisionTransformer", context, `patches of ${patch} must divide its sides`);
    }
    this.#classToken = this.parameter(
      "class_token",
      new StoredVariable(new Float32Array(features), sameLayout([1, 1, features])),
    );
    this.#patches = this.child(
      "conv_proj",
      new PatchEmbedding(channels, features, patch, {
        // torchvision's
        distribution: { deviation: Math.sqrt(1 / (channels * patch * patch)) },
        zeroBias: true,
        initialiser: initialiser.for("conv_proj"),
      }),
    );
    const tokens = (height / patch) * (width / patch) + 1;
    this.#encoder = this.child("encoder", new Encoder(tokens, size, initialiser.for("encoder")));
    this.#head = this.child(
      "heads.head",
      new Linear(features, classes, {
        distribution: { deviation: 0 },
        zeroBias: true,
        initialiser: initialiser.for("heads.head"),
      }),
    );
  }

  override features(x: Tensor): Tensor {
    checkOwnShape(this, x);
    return tellPart(this, x, () => this.#encoded(x));
  }

  #encoded(x: Tensor): Tensor {
    const map = this.#patches.forward(x);
    const [count, , , features] = map.shape as [number, number, number, number];
    const first = tf.zeros([count, 1, features]).add(this.#classToken.value);
    const tokens = tf.concat([first, map.reshape([count, -1, features])], 1);
    return this.#encoder.forward(tokens);
  }

  override head(features: Tensor): Tensor {
    return this.#head.forward(features);
  }
}

/** Learnt positions, the blocks, and the normed class token. */
class Encoder extends Module {
  readonly #positions: StoredVariable;
  readonly #blocks: readonly EncoderBlock[];
  readonly #norm: LayerNorm;

  constructor(tokens: number, size: VisionTransformerSize, initialiser: Initialiser) {
    super();
    const { layers, features } = size;
    // torchvision's deviation
    const positions = initialiser.for("pos_embedding").normal(tokens * features, 0.02);
    this.#positions = this.parameter(
      "pos_embedding",
      new StoredVariable(positions, sameLayout([1, tokens, features])),
    );
    this.#blocks = Array.from({ length: layers }, (_, i) => {
      const name = `layers.encoder_layer_${i}`;
      return this.child(name, new EncoderBlock(size, initialiser.for(name)));
    });
    this.#norm = this.child("ln", new LayerNorm(features, { epsilon: EPSILON }));
  }

  /** [N, T, features] to [N, features], the first token. */
  override forward(x: Tensor): Tensor {
    return tellPart(this, x, () => this.#encode(x));
  }

  #encode(x: Tensor): Tensor {
    const tokens = this.#blocks.reduce(
      (h, block) => block.forward(h),
      x.add(this.#positions.value),
    );
    const [count, , features] = tokens.shape as [number, number, number];
    // The norm is token by token: that of the others would not be looked at.
    const first = tokens.slice([0, 0, 0], [count, 1, features]).reshape([count, features]);
    return this.#norm.forward(first);
  }
}

/** `h = x + attention(norm(x))`, `h + mlp(norm(h))`. */
class EncoderBlock extends Module {
  readonly #norm1: LayerNorm;
  readonly #attention: SelfAttention;
  readonly #norm2: LayerNorm;
  readonly #mlp: MlpBlock;

  constructor({ features, heads, hidden }: VisionTransformerSize, initialiser: Initialiser) {
    super();
    this.#norm1 = this.child("ln_1", new LayerNorm(features, { epsilon: EPSILON }));
    this.#attention = this.child(
      "self_attention",
      new SelfAttention(features, heads, { initialiser: initialiser.for("self_attention") }),
    );
    this.#norm2 = this.child("ln_2", new LayerNorm(features, { epsilon: EPSILON }));
    this.#mlp = this.child(
      "mlp",
      new MlpBlock(features, hidden, {
        distribution: "xavierUniform",
        // torchvision's
        biasDeviation: 1e-6,
        initialiser: initialiser.for("mlp"),
      }),
    );
  }

  override forward(x: Tensor): Tensor {
    const h = x.add(this.#attention.forward(this.#norm1.forward(x)));
    return h.add(this.#mlp.forward(this.#norm2.forward(h)));
  }
}
