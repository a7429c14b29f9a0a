/** Depthwise convolutional layer. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  type ConvolutionActivation,
  type ConvolutionOptions,
  depthwiseConvolution,
} from "../tensorflow/mod.ts";
import type { Affine } from "./batch_norm.ts";
import { drawWeights, type Initialiser, type WeightDistribution } from "./initialisation.ts";
import { depthwiseLayout } from "./layout.ts";
import { Module, StoredVariable } from "./module.ts";

/** A convolution without bias that has one filter per channel (PyTorch's `Conv2d` with as many groups as channels). */
export class DepthwiseConvolution extends Module {
  readonly #weight: StoredVariable;
  readonly #options: ConvolutionOptions;

  /**
   * @param channels Channels of input and output
   * @param kernel Side of the filters
   */
  constructor(
    channels: number,
    kernel: number,
    options: ConvolutionOptions & {
      /** How the filters are drawn; PyTorch's default unless given. */
      distribution?: WeightDistribution;
      initialiser: Initialiser;
    },
  ) {
    super();
    const { initialiser, distribution = "default", ...convolutionOptions } = options;
    this.#options = convolutionOptions;
    const taps = kernel * kernel;
    // PyTorch counts the outputs of all groups in the fan-out.
    const fans = { fanIn: taps, fanOut: channels * taps };
    this.#weight = this.parameter(
      "weight",
      new StoredVariable(
        drawWeights(initialiser.for("weight"), distribution, { size: channels * taps, ...fans }),
        depthwiseLayout(channels, kernel, kernel),
      ),
    );
  }

  /** [N, H, W, C] to [N, H', W', C]. */
  override forward(x: Tensor): Tensor {
    return depthwiseConvolution(x, this.#weight.value, undefined, this.#options);
  }

  /**
   * `activation(scale * y + shift)` of the layer's output y, as one kernel: for a normalisation by given statistics that
   * follows it.
   *
   * @param affine scale and shift, [C] each
   */
  forwardThenAffine(
    x: Tensor,
    { scale, shift }: Omit<Affine, "x">,
    activation: ConvolutionActivation,
  ): Tensor {
    const scaled = this.#weight.value.mul(scale.reshape([-1, 1]));
    return depthwiseConvolution(x, scaled, shift, { ...this.#options, activation });
  }
}
