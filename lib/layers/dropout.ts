/** Dropout layer. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { deriveSeed } from "../random/mod.ts";
import { dropout } from "../tensorflow/mod.ts";
import { type ForwardOptions, Module } from "./module.ts";

/** What is dropped as a whole: single values, channels [N, ..., C] over all positions, or samples. */
export type Dropped = "values" | "channels" | "samples";

/**
 * Sets values to zero with a probability and scales the others by `1 / (1 - probability)` while training (PyTorch's
 * `Dropout`), or whole channels of single samples (its `Dropout2d`), or a residual branch of whole samples (torchvision's
 * `StochasticDepth` of mode "row"). The mask depends on the step's seed and the layer's name alone.
 */
export class Dropout extends Module {
  readonly #probability: number;
  readonly #stream: number;
  readonly #dropped: Dropped;

  /**
   * @param probability In [0, 1)
   * @param name Tells the layer from the network's others, so that their masks differ
   * @throws {RangeError} when the probability is not in [0, 1)
   */
  constructor(probability: number, name: string, dropped: Dropped = "values") {
    super();
    if (!(probability >= 0 && probability < 1)) {
      throw new RangeError(
        `Cannot drop ${dropped} with probability ${probability}: wanted 0 to below 1`,
      );
    }
    this.#probability = probability;
    this.#stream = deriveSeed(0, "dropout", name);
    this.#dropped = dropped;
  }

  /** Any shape to the same shape; x itself outside of training, or without a seed. */
  override forward(x: Tensor, { training, seed }: ForwardOptions): Tensor {
    if (!training || seed === undefined || this.#probability === 0) return x;
    const maskShape = maskShapes[this.#dropped](x.shape);
    return dropout(x, { probability: this.#probability, seed, stream: this.#stream, maskShape });
  }
}

type Shape = readonly number[];

/** One entry for each that is dropped as a whole. */
const maskShapes: Readonly<Record<Dropped, (shape: Shape) => Shape>> = {
  values: (shape) => shape,
  channels: (shape) =>
    shape.map((size, axis) => axis === 0 || axis === shape.length - 1 ? size : 1),
  samples: (shape) => shape.map((size, axis) => axis === 0 ? size : 1),
};
