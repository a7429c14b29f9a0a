/** Finding labels that a network has no class for, where they enter: on a GPU, no kernel would. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { type Network, predictorOf } from "../models/mod.ts";
import { tf } from "../tensorflow/mod.ts";
import type { Batch } from "./hooks.ts";

/**
 * Checks that labels are classes.
 *
 * @param options.of What the labels are of, for the message
 * @param options.to What they are for
 * @throws {RangeError} naming the first that is not in 0 to classes - 1, nor the label to ignore
 */
export function checkLabels(
  labels: ArrayLike<number>,
  classes: number,
  options: { of: string; to?: string; ignoreLabel?: number | undefined },
): void {
  const { of, to = "train on", ignoreLabel } = options;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if ((Number.isInteger(label) && label >= 0 && label < classes) || label === ignoreLabel) {
      continue;
    }
    throw new RangeError(
      `Cannot ${to} ${of}: label ${i} is ${label}, and the network has ${classes} classes, 0 to ${
        classes - 1
      }`,
    );
  }
}

/**
 * How many logits a network gives.
 *
 * @param shape [H, W, C] of an image
 * @param task Whose head, for a network of several
 * @throws {TypeError} where it does not take such images
 */
export function classesOf(network: Network, shape: readonly number[], task?: number): number {
  const predict = predictorOf(network, { to: "train", ...(task !== undefined && { task }) });
  const one = [1, ...shape] as [number, number, number, number];
  return tf.tidy(() => predict(tf.zeros(one)).shape.at(-1)!);
}

/** Checks the labels of batches, each tensor once for a head: that costs nothing where JavaScript has just made them. */
export class LabelCheck {
  readonly #network: Network;
  readonly #ignoreLabel: number | undefined;
  /** The number of classes, by the task and the shape of the images. */
  readonly #classes = new Map<string, number>();
  /** The least number of classes that the labels were checked for. */
  readonly #checked = new WeakMap<Tensor, number>();

  /** @param ignoreLabel The label that stands for no class, if there is one */
  constructor(network: Network, ignoreLabel: number | undefined) {
    this.#network = network;
    this.#ignoreLabel = ignoreLabel;
  }

  /**
   * @param of What the labels are of, for the message
   * @throws {RangeError} naming the first label that is no class
   */
  check({ images, labels, task }: Batch, of: string): void {
    const shape = images.shape.slice(1);
    const key = `${task} ${shape}`;
    let classes = this.#classes.get(key);
    if (classes === undefined) {
      this.#classes.set(key, classes = classesOf(this.#network, shape, task));
    }
    if ((this.#checked.get(labels) ?? Infinity) <= classes) return;
    checkLabels(labels.dataSync(), classes, { of, ignoreLabel: this.#ignoreLabel });
    this.#checked.set(labels, classes);
  }

  /** Forgets how many classes there are: the network may give more logits from now on. */
  forget(): void {
    this.#classes.clear();
  }
}
