/** The first layer of a transformer for images. */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { linear, tellPart } from "../tensorflow/mod.ts";
import { drawWeights, type Initialiser, type WeightDistribution } from "./initialisation.ts";
import { filterLayout, sameLayout } from "./layout.ts";
import { Module, StoredVariable } from "./module.ts";

/**
 * A convolution whose square filters are as large as their steps (PyTorch's `Conv2d` with the stride equal to the kernel):
 * patches side by side, each mapped linearly. Pixels beyond the last whole patch are left out.
 */
export class PatchEmbedding extends Module {
  readonly #weight: StoredVariable;
  readonly #bias: StoredVariable;

  /**
   * @param channels Channels of the images
   * @param features Features of a patch
   * @param side Side of the patches
   */
  constructor(channels: number, features: number, side: number, options: {
    /** How the filters are drawn; PyTorch's default unless given. */
    distribution?: WeightDistribution;
    /** Whether the bias starts at 0 instead of PyTorch's default. */
    zeroBias?: boolean;
    initialiser: Initialiser;
  }) {
    super();
    const { distribution = "default", zeroBias = false, initialiser } = options;
    const fanIn = channels * side * side;
    const size = features * fanIn;
    this.#weight = this.parameter(
      "weight",
      new StoredVariable(
        drawWeights(initialiser.for("weight"), distribution, {
          size,
          fanIn,
          fanOut: features * side * side,
        }),
        filterLayout(features, channels, side, side),
      ),
    );
    this.#bias = this.parameter(
      "bias",
      new StoredVariable(
        zeroBias
          ? new Float32Array(features)
          : initialiser.for("bias").uniformByFanIn(features, fanIn),
        sameLayout([features]),
      ),
    );
  }

  /** [N, H, W, channels] to [N, H / side, W / side, features]. */
  override forward(x: Tensor): Tensor {
    return tellPart(this, x, () => this.#embed(x));
  }

  #embed(x: Tensor): Tensor {
    const [side, , channels, features] = this.#weight.shape as [number, number, number, number];
    const [count, height, width] = x.shape as [number, number, number, number];
    const [down, across] = [Math.floor(height / side), Math.floor(width / side)];
    const whole = height % side === 0 && width % side === 0
      ? x
      : (x as Tensor4D).slice([0, 0, 0, 0], [count, down * side, across * side, channels]);
    const patches = whole.reshape([count, down, side, across, side, channels])
      .transpose([0, 1, 3, 2, 4, 5]).reshape([count * down * across, side * side * channels]);
    const weight = this.#weight.value.reshape([side * side * channels, features]);
    return linear(patches, weight, this.#bias.value).reshape([count, down, across, features]);
  }
}
