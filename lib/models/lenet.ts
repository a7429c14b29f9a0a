/** The small LeNet of A.1.3. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { BatchNorm, Convolution, type ForwardOptions, Linear, PReLU } from "../layers/mod.ts";
import { maxPool } from "../tensorflow/mod.ts";
import { checkOwnShape, Network, type NetworkContext, unfitImages } from "./network.ts";

/**
 * LeNet with 16 channels in both convolutional layers and 50 neurons in the fully connected one (A.1.3): conv 5x5, pool 2,
 * conv 5x5, pool 2, fc 50, fc classes; ReLU.
 *
 * Table 2 counts 20,194 parameters, two more than these layers have; the paper does not say which. Option `extra`:
 * - `"bn"` (default): batch normalisation of the one input channel
 * - `"prelu"`: the convolutions are followed by PReLUs with one slope each instead of ReLU
 * - `"plain"`: neither; 20,192 parameters
 *
 * Input [N, H, W, C], output logits [N, classes].
 */
export class LeNet extends Network {
  /** Readings of the two parameters that the paper does not name; the default first. */
  static readonly extras = ["bn", "prelu", "plain"] as const;

  readonly #inputNorm: BatchNorm | undefined;
  readonly #conv1: Convolution;
  readonly #act1: PReLU | undefined;
  readonly #conv2: Convolution;
  readonly #act2: PReLU | undefined;
  readonly #fc1: Linear;
  readonly #fc2: Linear;

  constructor(context: NetworkContext) {
    super();
    this.inputShape = context.inputShape;
    const { classes, inputShape: [height, width, channels], options: { extra } } = context;
    const [mapHeight, mapWidth] = [poolOfConvolved(height), poolOfConvolved(width)]
      .map(poolOfConvolved) as [number, number];
    if (mapHeight < 1 || mapWidth < 1) {
      throw unfitImages("LeNet", context, "it wants 16x16 or more");
    }
    const { initialiser } = context;
    // PReLU's slope may become negative, and then the order of pooling and activation matters.
    const after = extra === "prelu" ? {} : { activation: "relu", maxPool: 2 } as const;
    if (extra === "bn") this.#inputNorm = this.child("bn0", new BatchNorm(channels));
    this.#conv1 = this.child(
      "conv1",
      new Convolution(channels, 16, 5, { ...after, initialiser: initialiser.for("conv1") }),
    );
    if (extra === "prelu") this.#act1 = this.child("act1", new PReLU());
    this.#conv2 = this.child(
      "conv2",
      new Convolution(16, 16, 5, { ...after, initialiser: initialiser.for("conv2") }),
    );
    if (extra === "prelu") this.#act2 = this.child("act2", new PReLU());
    this.#fc1 = this.child(
      "fc1",
      new Linear([mapHeight, mapWidth, 16], 50, {
        activation: "relu",
        initialiser: initialiser.for("fc1"),
      }),
    );
    this.#fc2 = this.child(
      "fc2",
      new Linear(50, classes, { initialiser: initialiser.for("fc2") }),
    );
  }

  override features(x: Tensor, options: ForwardOptions): Tensor {
    checkOwnShape(this, x);
    let h = this.#inputNorm
      ? this.#conv1.forwardAffine(this.#inputNorm.forwardUnapplied(x, options))
      : this.#conv1.forward(x);
    if (this.#act1) h = maxPool(this.#act1.forward(h), 2);
    h = this.#conv2.forward(h);
    if (this.#act2) h = maxPool(this.#act2.forward(h), 2);
    return this.#fc1.forward(h.reshape([h.shape[0]!, -1]));
  }

  override head(features: Tensor): Tensor {
    return this.#fc2.forward(features);
  }
}

/** Side of a map after an unpadded 5x5 convolution and a 2x2 pooling. */
function poolOfConvolved(size: number): number {
  return Math.floor((size - 4) / 2);
}
