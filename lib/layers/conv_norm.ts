/** Convolution, batch normalisation and activation as one part. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  convolution as convolve,
  depthwiseConvolution,
  Derived,
  foldNorm,
  hardswish,
  isRecording,
  normalisedConvolution,
} from "../tensorflow/mod.ts";
import type { BatchNorm } from "./batch_norm.ts";
import { Convolution } from "./convolution.ts";
import type { DepthwiseConvolution } from "./depthwise_convolution.ts";
import { type ForwardOptions, Module } from "./module.ts";

/**
 * `activation(norm(convolution(x)) + residual)`, the activation the norm's own or hardswish.
 *
 * While training the layers are computed in turn. Otherwise the running statistics are taken up by the filters and a bias, once
 * for all batches until a weight changes, and all of it is one kernel (but for convolutions in groups, and for a depthwise
 * convolution or hardswish where a gradient is taken).
 */
export class ConvNorm extends Module {
  readonly #convolution: Convolution | DepthwiseConvolution;
  readonly #norm: BatchNorm;
  readonly #isHard: boolean;
  readonly #folded: Derived;

  /**
   * @param convolution Without bias, activation and pooling
   * @param options.names PyTorch's names of the two; where absent, they are registered elsewhere, and this part is not
   * @param options.hardswish Whether hardswish follows the norm, which then has no activation of its own
   */
  constructor(
    convolution: Convolution | DepthwiseConvolution,
    norm: BatchNorm,
    options: { names?: readonly [convolution: string, norm: string]; hardswish?: boolean } = {},
  ) {
    super();
    this.#convolution = convolution;
    this.#norm = norm;
    if (options.names !== undefined) {
      this.child(options.names[0], convolution);
      this.child(options.names[1], norm);
    }
    this.#isHard = options.hardswish ?? false;
    this.#folded = new Derived([convolution.weight, ...norm.variables], () => {
      const filter = convolution.weight.value;
      // [kH, kW, 1, C] for [kH, kW, C, 1], so that the scales go along the last axis.
      const [height, width] = filter.shape as [number, number];
      const scaled = this.#isDepthwise ? filter.reshape([height, width, 1, -1]) : filter;
      const [folded, bias, inverseDeviation] = foldNorm(scaled, norm.given());
      return [folded.reshape(filter.shape), bias, inverseDeviation];
    });
  }

  /**
   * [N, H, W, in] to [N, H', W', out].
   *
   * @param residual Added before the activation; of the result's shape
   */
  override forward(x: Tensor, options: ForwardOptions, residual?: Tensor): Tensor {
    const convolution = this.#convolution;
    const isAlone = residual === undefined && (this.#isHard || this.#isDepthwise);
    if (!options.training && isAlone && !isRecording()) return this.#runFolded(x);
    const inTurn = options.training || !(convolution instanceof Convolution) ||
      convolution.groups > 1;
    const y = inTurn
      ? this.#norm.forward(convolution.forward(x), options, residual)
      : normalisedConvolution(x, convolution.weight.value, {
        ...convolution.window,
        norm: this.#norm.given(),
        folded: this.#folded.tensors as [Tensor, Tensor, Tensor],
        residual,
        activation: this.#norm.activation,
      });
    return this.#isHard ? hardswish(y) : y;
  }

  get #isDepthwise(): boolean {
    return !(this.#convolution instanceof Convolution);
  }

  #runFolded(x: Tensor): Tensor {
    const [filter, bias] = this.#folded.tensors as [Tensor, Tensor, Tensor];
    const activation = this.#isHard ? "hardswish" : this.#norm.activation;
    const run = this.#isDepthwise ? depthwiseConvolution : convolve;
    return run(x, filter, bias, { ...this.#convolution.window, activation });
  }
}
