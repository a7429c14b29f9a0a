/** Stochastic depth layer. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { deriveSeed } from "../random/mod.ts";
import { dropout } from "../tensorflow/mod.ts";
import { type ForwardOptions, Module } from "./module.ts";

/**
 * Leaves a residual branch out with a probability, sample by sample, and scales it by `1 / (1 - probability)` for the other
 * samples, while training (torchvision's `StochasticDepth` of mode "row"). Which samples depends on the step's seed and the
 * layer's name alone.
 */
export class StochasticDepth extends Module {
  readonly #probability: number;
  readonly #name: string;

  /**
   * @param probability In [0, 1)
   * @param name Tells the branch from the network's others, so that they are left out independently
   */
  constructor(probability: number, name: string) {
    super();
    this.#probability = probability;
    this.#name = name;
  }

  /** The branch, [N, ...], to the same shape; itself outside of training, or without a seed. */
  override forward(branch: Tensor, { training, seed }: ForwardOptions): Tensor {
    if (!training || seed === undefined || this.#probability === 0) return branch;
    return dropout(branch, {
      probability: this.#probability,
      seed: deriveSeed(seed, "stochastic depth", this.#name),
      maskShape: branch.shape.map((size, axis) => axis === 0 ? size : 1),
    });
  }
}
