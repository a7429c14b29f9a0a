/** Convolution, batch normalisation and activation as one part. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { type ConvolutionActivation, hardswish, relu } from "../tensorflow/mod.ts";
import type { BatchNorm } from "./batch_norm.ts";
import type { Convolution } from "./convolution.ts";
import type { DepthwiseConvolution } from "./depthwise_convolution.ts";
import { type ForwardOptions, Module } from "./module.ts";

/**
 * A convolution, batch normalisation and an activation one after the other; outside of training one kernel, whose filters
 * and bias take up the running statistics.
 */
export class NormedConvolution extends Module {
  readonly #convolution: Convolution | DepthwiseConvolution;
  readonly #norm: BatchNorm;
  readonly #activation: ConvolutionActivation;

  /** @param parts The two parts under the names that PyTorch has for them, e.g. `{ conv, bn }`, and the activation */
  constructor(parts: {
    convolution: readonly [name: string, part: Convolution | DepthwiseConvolution];
    norm: readonly [name: string, part: BatchNorm];
    activation: ConvolutionActivation;
  }) {
    super();
    this.#convolution = this.child(...parts.convolution);
    this.#norm = this.child(...parts.norm);
    this.#activation = parts.activation;
  }

  /** [N, H, W, in] to [N, H', W', out]. */
  override forward(x: Tensor, options: ForwardOptions): Tensor {
    if (!options.training) {
      const affine = this.#norm.forwardUnapplied(x, options);
      return this.#convolution.forwardThenAffine(x, affine, this.#activation);
    }
    const normed = this.#norm.forward(this.#convolution.forward(x), options);
    if (this.#activation === "none") return normed;
    return this.#activation === "relu" ? relu(normed) : hardswish(normed);
  }
}
