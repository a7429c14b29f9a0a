/** Batch normalisation layer. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  type Activation,
  batchNormInference,
  batchNormTraining,
  Derived,
  type GivenNorm,
  type ScaleAndShift,
  scaleAndShift,
  type Statistics,
  tellPart,
  tf,
} from "../tensorflow/mod.ts";
import { sameLayout } from "./layout.ts";
import { type ForwardOptions, Module, StoredVariable } from "./module.ts";

/** Values `scale * x + shift` that are not computed yet. */
export interface Affine extends ScaleAndShift {
  x: Tensor;
}

/**
 * Batch normalisation over N, H and W (PyTorch's `BatchNorm2d`).
 *
 * While training it normalises by the batch's biased variance and moves the running statistics by
 * `running = (1 - momentum) running + momentum batch`, with the batch's unbiased variance; otherwise it normalises by the
 * running statistics. An activation may follow, and before it a sum with another map of the same shape. Momentum and epsilon are
 * PyTorch's (TensorFlow's momentum is one minus this one).
 */
export class BatchNorm extends Module {
  readonly #weight: StoredVariable;
  readonly #bias: StoredVariable;
  readonly #mean: StoredVariable;
  readonly #variance: StoredVariable;
  readonly #momentum: number;
  readonly #epsilon: number;
  readonly #affine: Derived;
  /** Applied after the normalisation, and after what is added to it. */
  readonly activation: Activation;

  /** @param channels Channels of the input */
  constructor(
    channels: number,
    options: { momentum?: number; epsilon?: number; activation?: Activation } = {},
  ) {
    super();
    // PyTorch's defaults
    const { momentum = 0.1, epsilon = 1e-5, activation = "none" } = options;
    this.activation = activation;
    this.#momentum = momentum;
    this.#epsilon = epsilon;
    const filled = (value: number) =>
      new StoredVariable(
        new Float32Array(channels).fill(value),
        sameLayout([channels]),
      );
    this.#weight = this.parameter("weight", filled(1));
    this.#bias = this.parameter("bias", filled(0));
    this.#mean = this.buffer("running_mean", filled(0));
    this.#variance = this.buffer("running_var", filled(1));
    this.#affine = new Derived(this.variables, () => {
      const { gamma, beta, epsilon, ...statistics } = this.given();
      const { scale, shift } = scaleAndShift(gamma, beta, epsilon, statistics);
      return [scale, shift];
    });
  }

  /** Parameters and running statistics. */
  get variables(): readonly StoredVariable[] {
    return [this.#weight, this.#bias, this.#mean, this.#variance];
  }

  /** The normalisation by the running statistics, with their present values. */
  given(): GivenNorm {
    const [gamma, beta] = [this.#weight.value, this.#bias.value];
    return { gamma, beta, epsilon: this.#epsilon, ...this.#running() };
  }

  /**
   * [N, H, W, C] to the same shape.
   *
   * @param residual Added before the activation
   * @throws {RangeError} while training, when there is one value per channel
   */
  override forward(x: Tensor, options: ForwardOptions, residual?: Tensor): Tensor {
    return tellPart(this, x, () => this.#normalise(x, options, residual));
  }

  #normalise(x: Tensor, { training }: ForwardOptions, residual?: Tensor): Tensor {
    const [weight, bias] = [this.#weight.value, this.#bias.value];
    const [epsilon, activation] = [this.#epsilon, this.activation];
    const running = this.#running();
    if (!training) {
      const [scale, shift] = this.#affine.tensors as [Tensor, Tensor];
      const affine = { scale, shift };
      const options = { epsilon, statistics: running, affine, activation, residual };
      return batchNormInference(x, weight, bias, options);
    }
    checkCount(x);
    return batchNormTraining(x, weight, bias, {
      epsilon,
      momentum: this.#momentum,
      running,
      moved: ({ mean, variance }) => {
        this.#mean.assign(mean);
        this.#variance.assign(variance);
      },
      activation,
      residual,
    });
  }

  /**
   * The same as `scale * x + shift`, for a layer that takes up scale and shift itself: no pass over the images beyond that
   * for their statistics, neither forward nor backward.
   */
  forwardUnapplied(x: Tensor, { training }: ForwardOptions): Affine {
    return tellPart(this, x, () => {
      const statistics = training ? this.#observe(x) : this.#running();
      const [weight, bias] = [this.#weight.value, this.#bias.value];
      return { x, ...scaleAndShift(weight, bias, this.#epsilon, statistics) };
    });
  }

  /** The batch's own mean and biased variance; moves the running statistics. */
  #observe(x: Tensor): Statistics {
    checkCount(x);
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    const count = x.size / mean.size;
    const running = this.#running();
    const moved = (old: Tensor, observed: Tensor) =>
      old.mul(1 - this.#momentum).add(observed.mul(this.#momentum));
    this.#mean.assign(moved(running.mean, mean));
    this.#variance.assign(moved(running.variance, variance.mul(count / (count - 1))));
    return { mean, variance };
  }

  #running(): Statistics {
    return { mean: this.#mean.value, variance: this.#variance.value };
  }
}

/** Throws where each channel has a single value, whose variance is 0 or, without bias, nothing. */
function checkCount(x: Tensor): void {
  const channels = x.shape.at(-1)!;
  if (x.size > channels) return;
  throw new RangeError(
    `Batch norm needs more than one value per channel while training, got maps [${x.shape}]: ` +
      "choose a batch size that leaves no batch of one image, or larger images",
  );
}
