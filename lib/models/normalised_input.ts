/** A network whose images are normalised by channel, as many published ones were trained. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../tensorflow/mod.ts";
import { Network, type RunOptions } from "./network.ts";
import { checkNetwork } from "./predictor.ts";

/** Mean and standard deviation of each channel, of pixels in [0, 1]. */
export interface Normalisation {
  mean: readonly number[];
  std: readonly number[];
}

/** (x - mean) / std by channel, the last axis. */
export function normalised(images: Tensor, { mean, std }: Normalisation): Tensor {
  return images.sub(tf.tensor1d([...mean])).div(tf.tensor1d([...std]));
}

/** The network with (x - mean) / std ahead of it, so that what evaluates and attacks it deals with pixels in [0, 1]. */
export class NormalisedInput extends Network {
  readonly #network: Network;
  readonly #normalisation: Normalisation;

  /**
   * @throws {TypeError} for anything but a network of this library
   * @throws {RangeError} unless there are as many means and positive deviations as channels
   */
  constructor(network: Network, normalisation: Normalisation, channels: number) {
    super();
    checkNetwork(network, "put a normalisation ahead of");
    const { mean, std } = normalisation;
    const fits = (values: readonly number[]) =>
      values.length === channels && values.every(Number.isFinite);
    if (!fits(mean) || !fits(std) || std.some((value) => value <= 0)) {
      throw new RangeError(
        `Cannot normalise images of ${channels} channels by the means [${mean}] and the standard deviations [${std}]: ` +
          `wanted ${channels} numbers each, the deviations above 0`,
      );
    }
    this.#network = this.child("network", network);
    this.#normalisation = normalisation;
    if (network.inputShape) this.inputShape = network.inputShape;
  }

  override features(images: Tensor, options: RunOptions): Tensor {
    return this.#network.features(normalised(images, this.#normalisation), options);
  }

  override head(features: Tensor, options: RunOptions): Tensor {
    return this.#network.head(features, options);
  }
}
