/** Convolutional layer. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { convolution, type ConvolutionOptions } from "../tensorflow/mod.ts";
import type { Initialiser } from "./initialisation.ts";
import { filterLayout, sameLayout } from "./layout.ts";
import { Module, StoredVariable } from "./module.ts";

/** A two-dimensional convolution with bias, and the activation that follows it (PyTorch's `Conv2d`). */
export class Convolution extends Module {
  readonly #weight: StoredVariable;
  readonly #bias: StoredVariable;
  readonly #options: ConvolutionOptions;

  /**
   * @param into Channels of the input
   * @param out Channels of the output
   * @param kernel Side of the filters
   */
  constructor(
    into: number,
    out: number,
    kernel: number,
    options: ConvolutionOptions & { initialiser: Initialiser },
  ) {
    super();
    const { initialiser, ...convolutionOptions } = options;
    this.#options = convolutionOptions;
    const fanIn = into * kernel * kernel;
    this.#weight = this.parameter(
      "weight",
      new StoredVariable(
        initialiser.for("weight").uniformByFanIn(out * fanIn, fanIn),
        filterLayout(out, into, kernel, kernel),
      ),
    );
    this.#bias = this.parameter(
      "bias",
      new StoredVariable(
        initialiser.for("bias").uniformByFanIn(out, fanIn),
        sameLayout([out]),
      ),
    );
  }

  /** [N, H, W, in] to [N, H', W', out]. */
  override forward(x: Tensor): Tensor {
    return convolution(x, this.#weight.value, this.#bias.value, this.#options);
  }
}
