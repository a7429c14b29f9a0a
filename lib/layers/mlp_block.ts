/** The feed-forward part of a transformer's block. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import type { Initialiser, WeightDistribution } from "./initialisation.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";

/** Linear, exact GELU, linear (torchvision's `MLP`, whose linear maps are its parts 0 and 3). */
export class MlpBlock extends Module {
  readonly #widen: Linear;
  readonly #narrow: Linear;

  /**
   * @param features Of input and output
   * @param hidden Features between the two maps
   * @param options How the weights are drawn; biases are drawn from N(0, biasDeviation^2)
   */
  constructor(features: number, hidden: number, options: {
    distribution: WeightDistribution;
    biasDeviation: number;
    initialiser: Initialiser;
  }) {
    super();
    const { initialiser, ...drawn } = options;
    this.#widen = this.child(
      "0",
      new Linear(features, hidden, {
        ...drawn,
        activation: "gelu",
        initialiser: initialiser.for("0"),
      }),
    );
    this.#narrow = this.child(
      "3",
      new Linear(hidden, features, { ...drawn, initialiser: initialiser.for("3") }),
    );
  }

  /** [..., features] to the same shape. */
  override forward(x: Tensor): Tensor {
    return this.#narrow.forward(this.#widen.forward(x));
  }
}
