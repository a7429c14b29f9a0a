/** Layer normalisation layer. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { layerNorm, tellPart } from "../tensorflow/mod.ts";
import { sameLayout } from "./layout.ts";
import { Module, StoredVariable } from "./module.ts";

/** Normalisation over the last axis (PyTorch's `LayerNorm` of one axis). */
export class LayerNorm extends Module {
  readonly #weight: StoredVariable;
  readonly #bias: StoredVariable;
  readonly #epsilon: number;

  /**
   * @param features Size of the last axis
   * @param options epsilon is added to the variance; PyTorch's 1e-5 unless given
   */
  constructor(features: number, options: { epsilon?: number } = {}) {
    super();
    this.#epsilon = options.epsilon ?? 1e-5;
    const filled = (value: number) =>
      new StoredVariable(new Float32Array(features).fill(value), sameLayout([features]));
    this.#weight = this.parameter("weight", filled(1));
    this.#bias = this.parameter("bias", filled(0));
  }

  /** [..., features] to the same shape. */
  override forward(x: Tensor): Tensor {
    return tellPart(
      this,
      x,
      () => layerNorm(x, this.#weight.value, this.#bias.value, this.#epsilon),
    );
  }
}
