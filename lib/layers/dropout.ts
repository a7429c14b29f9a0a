/** Dropout layer. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { deriveSeed } from "../random/mod.ts";
import { dropout } from "../tensorflow/mod.ts";
import { type ForwardOptions, Module } from "./module.ts";

/**
 * Sets values to zero with a probability and scales the others by `1 / (1 - probability)` while training (PyTorch's
 * `Dropout`). The mask depends on the step's seed and the layer's name alone.
 */
export class Dropout extends Module {
  readonly #probability: number;
  readonly #name: string;

  /**
   * @param probability In [0, 1)
   * @param name Tells the layer from the network's others, so that their masks differ
   * @throws {RangeError} when the probability is not in [0, 1)
   */
  constructor(probability: number, name: string) {
    super();
    if (!(probability >= 0 && probability < 1)) {
      throw new RangeError(
        `Cannot drop values with probability ${probability}: wanted 0 to below 1`,
      );
    }
    this.#probability = probability;
    this.#name = name;
  }

  /** Any shape to the same shape; x itself outside of training, or without a seed. */
  override forward(x: Tensor, { training, seed }: ForwardOptions): Tensor {
    if (!training || seed === undefined || this.#probability === 0) return x;
    return dropout(x, {
      probability: this.#probability,
      seed: deriveSeed(seed, "dropout", this.#name),
    });
  }
}
