/** Dropout layer. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { deriveSeed } from "../random/mod.ts";
import { dropout } from "../tensorflow/mod.ts";
import { type ForwardOptions, Module } from "./module.ts";

/**
 * Sets values to zero with a probability and scales the others by `1 / (1 - probability)` while training (PyTorch's
 * `Dropout`), or whole channels of single samples (its `Dropout2d`). The mask depends on the step's seed and the layer's name
 * alone.
 */
export class Dropout extends Module {
  readonly #probability: number;
  readonly #name: string;
  readonly #dropped: "values" | "channels";

  /**
   * @param probability In [0, 1)
   * @param name Tells the layer from the network's others, so that their masks differ
   * @param dropped What is dropped as a whole: single values, or channels [N, ..., C] over all positions
   * @throws {RangeError} when the probability is not in [0, 1)
   */
  constructor(probability: number, name: string, dropped: "values" | "channels" = "values") {
    super();
    if (!(probability >= 0 && probability < 1)) {
      throw new RangeError(
        `Cannot drop values with probability ${probability}: wanted 0 to below 1`,
      );
    }
    this.#probability = probability;
    this.#name = name;
    this.#dropped = dropped;
  }

  /** Any shape to the same shape; x itself outside of training, or without a seed. */
  override forward(x: Tensor, { training, seed }: ForwardOptions): Tensor {
    if (!training || seed === undefined || this.#probability === 0) return x;
    return dropout(x, {
      probability: this.#probability,
      seed: deriveSeed(seed, "dropout", this.#name),
      ...(this.#dropped === "channels" ? { maskShape: perChannel(x.shape) } : {}),
    });
  }
}

/** One entry for each sample and channel: [N, 1, ..., 1, C]. */
function perChannel(shape: readonly number[]): number[] {
  return shape.map((size, axis) => axis === 0 || axis === shape.length - 1 ? size : 1);
}
