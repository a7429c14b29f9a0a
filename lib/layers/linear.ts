/** Fully connected layer. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { type Activation, linear } from "../tensorflow/mod.ts";
import type { Initialiser } from "./initialisation.ts";
import { flattenedLayout, sameLayout } from "./layout.ts";
import { Module, StoredVariable } from "./module.ts";

/** `x W^T + b` and the activation that follows it (PyTorch's `Linear`). */
export class Linear extends Module {
  readonly #weight: StoredVariable;
  readonly #bias: StoredVariable;
  readonly #activation: Activation;

  /**
   * @param into Features of the input: a number, or the [H, W, C] of the map that was flattened, whose weights PyTorch
   *   stores in the order C, H, W
   * @param out Features of the output
   */
  constructor(
    into: number | readonly [height: number, width: number, channels: number],
    out: number,
    options: { activation?: Activation; initialiser: Initialiser },
  ) {
    super();
    const { activation = "none", initialiser } = options;
    this.#activation = activation;
    const features = typeof into === "number" ? into : into[0] * into[1] * into[2];
    this.#weight = this.parameter(
      "weight",
      new StoredVariable(
        initialiser.for("weight").uniformByFanIn(out * features, features),
        typeof into === "number" ? sameLayout([out, into]) : flattenedLayout(out, ...into),
      ),
    );
    this.#bias = this.parameter(
      "bias",
      new StoredVariable(
        initialiser.for("bias").uniformByFanIn(out, features),
        sameLayout([out]),
      ),
    );
  }

  /** [N, in] to [N, out]. */
  override forward(x: Tensor): Tensor {
    return linear(x, this.#weight.value, this.#bias.value, {
      activation: this.#activation,
    });
  }
}
