/** Group normalisation layer. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { groupNorm, tellPart } from "../tensorflow/mod.ts";
import { sameLayout } from "./layout.ts";
import { Module, StoredVariable } from "./module.ts";

/** Normalisation over positions and groups of channels, sample by sample (PyTorch's `GroupNorm`). */
export class GroupNorm extends Module {
  readonly #weight: StoredVariable;
  readonly #bias: StoredVariable;
  readonly #options: { groups: number; epsilon: number };

  /**
   * @param groups Number of groups, which divides the channels
   * @param channels Channels of the input
   * @param options epsilon is added to the variance; PyTorch's 1e-5 unless given
   */
  constructor(groups: number, channels: number, options: { epsilon?: number } = {}) {
    super();
    this.#options = { groups, epsilon: options.epsilon ?? 1e-5 };
    const filled = (value: number) =>
      new StoredVariable(new Float32Array(channels).fill(value), sameLayout([channels]));
    this.#weight = this.parameter("weight", filled(1));
    this.#bias = this.parameter("bias", filled(0));
  }

  /** [N, H, W, C] to the same shape. */
  override forward(x: Tensor): Tensor {
    return tellPart(
      this,
      x,
      () => groupNorm(x, this.#weight.value, this.#bias.value, this.#options),
    );
  }
}
