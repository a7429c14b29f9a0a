/** Depthwise convolutional layer. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { type ConvolutionOptions, depthwiseConvolution, tellPart } from "../tensorflow/mod.ts";
import { drawWeights, type Initialiser, type WeightDistribution } from "./initialisation.ts";
import { depthwiseLayout } from "./layout.ts";
import { Module, StoredVariable } from "./module.ts";

/** A convolution without bias that has one filter per channel (PyTorch's `Conv2d` with as many groups as channels). */
export class DepthwiseConvolution extends Module {
  readonly weight: StoredVariable;
  /** How the filters move. */
  readonly window: ConvolutionOptions;

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
    this.window = convolutionOptions;
    const taps = kernel * kernel;
    // PyTorch counts the outputs of all groups in the fan-out.
    const fans = { fanIn: taps, fanOut: channels * taps };
    this.weight = this.parameter(
      "weight",
      new StoredVariable(
        drawWeights(initialiser.for("weight"), distribution, { size: channels * taps, ...fans }),
        depthwiseLayout(channels, kernel, kernel),
      ),
    );
  }

  /** [N, H, W, C] to [N, H', W', C]. */
  override forward(x: Tensor): Tensor {
    return tellPart(
      this,
      x,
      () => depthwiseConvolution(x, this.weight.value, undefined, this.window),
    );
  }
}
