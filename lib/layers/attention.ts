/** Self-attention layers. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { attention, linear, tellPart } from "../tensorflow/mod.ts";
import { drawWeights, type Initialiser } from "./initialisation.ts";
import { flattenedLayout, sameLayout } from "./layout.ts";
import { Linear } from "./linear.ts";
import { Module, StoredVariable } from "./module.ts";

/** Multi-head self-attention with packed input projections (PyTorch's `MultiheadAttention`). */
export class SelfAttention extends Module {
  readonly #weight: StoredVariable;
  readonly #bias: StoredVariable;
  readonly #out: Linear;
  readonly #heads: number;

  /**
   * @param features Of input and output
   * @param heads Number of heads, which divides the features
   * @throws {RangeError} when it does not
   */
  constructor(features: number, heads: number, { initialiser }: { initialiser: Initialiser }) {
    super();
    if (features % heads !== 0) {
      throw new RangeError(`Cannot part ${features} features into ${heads} heads of one size`);
    }
    this.#heads = heads;
    this.#weight = this.parameter(
      "in_proj_weight",
      new StoredVariable(
        drawWeights(initialiser.for("in_proj_weight"), "xavierUniform", {
          size: 3 * features * features,
          fanIn: features,
          fanOut: 3 * features,
        }),
        flattenedLayout(3 * features, 1, 1, features),
      ),
    );
    this.#bias = this.parameter(
      "in_proj_bias",
      new StoredVariable(new Float32Array(3 * features), sameLayout([3 * features])),
    );
    this.#out = this.child(
      "out_proj",
      new Linear(features, features, { zeroBias: true, initialiser: initialiser.for("out_proj") }),
    );
  }

  /** [N, T, features] to the same shape. */
  override forward(x: Tensor): Tensor {
    return tellPart(this, x, () => {
      const [count, tokens, features] = x.shape as [number, number, number];
      const rows = x.reshape([count * tokens, features]);
      const packed = linear(rows, this.#weight.value, this.#bias.value);
      return this.#out.forward(
        attention(packed.reshape([count, tokens, 3 * features]), this.#heads),
      );
    });
  }
}
