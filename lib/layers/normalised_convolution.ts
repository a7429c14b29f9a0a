/** A convolution and the batch normalisation after it. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { Derived, foldNorm, normalisedConvolution } from "../tensorflow/mod.ts";
import type { BatchNorm } from "./batch_norm.ts";
import type { Convolution } from "./convolution.ts";
import type { ForwardOptions } from "./module.ts";

/**
 * `activation(norm(convolution(x)) + residual)`, of two layers that are registered elsewhere.
 *
 * While training both are computed in turn. Otherwise the running statistics are taken up by the filters and a bias, once
 * for all batches until a weight changes, and all of it is one kernel (but for convolutions in groups).
 */
export class NormalisedConvolution {
  readonly #convolution: Convolution;
  readonly #norm: BatchNorm;
  readonly #folded: Derived;

  /** @param convolution Without bias, activation and pooling */
  constructor(convolution: Convolution, norm: BatchNorm) {
    this.#convolution = convolution;
    this.#norm = norm;
    this.#folded = new Derived(
      [convolution.weight, ...norm.variables],
      () => foldNorm(convolution.weight.value, norm.given()),
    );
  }

  /**
   * [N, H, W, in] to [N, H', W', out].
   *
   * @param residual Added before the norm's activation; of the result's shape
   */
  forward(x: Tensor, options: ForwardOptions, residual?: Tensor): Tensor {
    const [convolution, norm] = [this.#convolution, this.#norm];
    if (options.training || convolution.groups > 1) {
      return norm.forward(convolution.forward(x), options, residual);
    }
    const { stride = 1, padding = 0 } = convolution.window;
    return normalisedConvolution(x, convolution.weight.value, {
      norm: norm.given(),
      folded: this.#folded.tensors as [Tensor, Tensor, Tensor],
      residual,
      activation: norm.activation,
      stride,
      padding,
    });
  }
}
