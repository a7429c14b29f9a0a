/** Fully connected layer. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { type Activation, linear } from "../tensorflow/mod.ts";
import type { Initialiser } from "./initialisation.ts";
import { flattenedLayout, sameLayout } from "./layout.ts";
import { Module, StoredVariable } from "./module.ts";

/** `x W^T + b`, in PyTorch's layout of W, and the activation that follows it (PyTorch's `Linear`). */
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
    const map = typeof into === "number" ? [1, 1, into] as const : into;
    const features = map[0] * map[1] * map[2];
    this.#weight = this.parameter(
      "weight",
      new StoredVariable(
        initialiser.for("weight").uniformByFanIn(out * features, features),
        flattenedLayout(out, ...map),
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
