/** Parametric rectifier layer. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { prelu, tellPart } from "../tensorflow/mod.ts";
import { sameLayout } from "./layout.ts";
import { Module, StoredVariable } from "./module.ts";

/** PReLU with one learnt slope for all channels, 0.25 at first (PyTorch's default `PReLU`). */
export class PReLU extends Module {
  readonly #weight: StoredVariable;

  constructor() {
    super();
    this.#weight = this.parameter(
      "weight",
      new StoredVariable(new Float32Array([0.25]), sameLayout([1])),
    );
  }

  /** Any shape to the same shape. */
  override forward(x: Tensor): Tensor {
    return tellPart(this, x, () => prelu(x, this.#weight.value));
  }
}
