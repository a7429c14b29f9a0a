/** Layers one after the other. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { type ForwardOptions, Module } from "./module.ts";

/** Modules that are applied in turn, and named 0, 1, ... (PyTorch's `Sequential`). */
export class Sequential extends Module {
  readonly #modules: readonly Module[];

  constructor(modules: readonly Module[]) {
    super();
    this.#modules = modules.map((module, index) => this.child(String(index), module));
  }

  override forward(x: Tensor, options: ForwardOptions): Tensor {
    return this.#modules.reduce((h, module) => module.forward(h, options), x);
  }
}
