/** Convolution, batch normalisation and activation as one part. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  convolution,
  depthwiseConvolution,
  Derived,
  foldNorm,
  hardswish,
  isRecording,
} from "../tensorflow/mod.ts";
import type { BatchNorm } from "./batch_norm.ts";
import { Convolution } from "./convolution.ts";
import type { DepthwiseConvolution } from "./depthwise_convolution.ts";
import { type ForwardOptions, Module } from "./module.ts";
import { NormalisedConvolution } from "./normalised_convolution.ts";

/**
 * A convolution, batch normalisation and an activation one after the other, the activation the norm's own or hardswish.
 *
 * Outside of training it is one kernel: filters and bias take up the running statistics.
 */
export class NormedConvolution extends Module {
  readonly #convolution: Convolution | DepthwiseConvolution;
  readonly #norm: BatchNorm;
  readonly #isHard: boolean;
  readonly #folded: Derived;
  /** What is in TensorFlow's kernels with gradients already; nothing depthwise is. */
  readonly #whole: NormalisedConvolution | undefined;

  /** @param parts Convolution without bias and its norm, each with PyTorch's name for it */
  constructor(parts: {
    convolution: readonly [name: string, part: Convolution | DepthwiseConvolution];
    norm: readonly [name: string, part: BatchNorm];
    /** Whether hardswish follows the norm, which then has no activation of its own. */
    hardswish?: boolean;
  }) {
    super();
    const part = this.child(...parts.convolution);
    const norm = this.child(...parts.norm);
    this.#convolution = part;
    this.#norm = norm;
    this.#isHard = parts.hardswish ?? false;
    if (part instanceof Convolution) this.#whole = new NormalisedConvolution(part, norm);
    this.#folded = new Derived([part.weight, ...norm.variables], () => {
      const filter = part.weight.value;
      // [kH, kW, 1, C], so that the scales go along the last axis.
      const scaled = part instanceof Convolution ? filter : filter.reshape([
        filter.shape[0]!,
        filter.shape[1]!,
        1,
        -1,
      ]);
      const [folded, bias] = foldNorm(scaled, norm.given());
      return [folded.reshape(filter.shape), bias];
    });
  }

  /**
   * [N, H, W, in] to [N, H', W', out].
   *
   * @param residual Added before the activation; of the result's shape
   */
  override forward(x: Tensor, options: ForwardOptions, residual?: Tensor): Tensor {
    const isAlone = residual === undefined && (this.#isHard || this.#whole === undefined);
    if (!options.training && isAlone && !isRecording()) return this.#runFolded(x);
    const y = this.#whole?.forward(x, options, residual) ??
      this.#norm.forward(this.#convolution.forward(x), options, residual);
    return this.#isHard ? hardswish(y) : y;
  }

  #runFolded(x: Tensor): Tensor {
    const [filter, bias] = this.#folded.tensors as [Tensor, Tensor];
    const activation = this.#isHard ? "hardswish" : this.#norm.activation;
    const run = this.#convolution instanceof Convolution ? convolution : depthwiseConvolution;
    return run(x, filter, bias, { ...this.#convolution.window, activation });
  }
}
