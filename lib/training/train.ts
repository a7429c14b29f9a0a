/** Training a network on a set of images by a recipe. */
import type { ImageSet } from "../datasets/mod.ts";
import type { Loss } from "../losses/mod.ts";
import { checkNetwork, type Network } from "../models/mod.ts";
import { tf } from "../tensorflow/mod.ts";
import { checkRecipe, type Recipe } from "./recipe.ts";
import type { EpochRecord } from "./checkpoint.ts";
import type { Batch } from "./hooks.ts";
import { imagesFromBytes } from "./images.ts";
import {
  type BatchPlan,
  checkImages,
  InputPipeline,
  trainingBatches,
  workersFor,
} from "./input_pipeline.ts";
import { checkLabels, classesOf } from "./labels.ts";
import { checkLoss, Learner } from "./learner.ts";
import { type LoopOptions, runEpochs } from "./loop.ts";
import { learningRateAt } from "./schedule.ts";

/** What a training learns from, batch by batch. */
export interface BatchSource {
  /** Of the data, as a checkpoint knows it. */
  name: string;
  /** Images in an epoch. */
  count: number;
  /** The batches from a step on; whoever takes them frees them. */
  batches(firstStep: number): AsyncIterable<Batch>;
}

/** What {@linkcode train} takes. */
export interface TrainOptions
  extends Pick<LoopOptions, "signal" | "onStep" | "onEpoch" | "givesNumbers"> {
  network: Network;
  loss: Loss;
  /** Images with a label each, which the recipe's augmentation changes; or batches of any kind. */
  images: ImageSet | BatchSource;
  recipe: Recipe;
  /** Decides the order of the images, their augmentation and the dropout masks. */
  seed: number;
  /**
   * Where and how often to write checkpoints (every 30 seconds unless given); training resumes from the file when it is
   * there. `identity` says what is trained, beyond the recipe, the seed and the images (network and loss, e.g. by the
   * trial's id): the checkpoint of another training is refused.
   */
  checkpoint?: Omit<NonNullable<LoopOptions["checkpoint"]>, "identity"> & { identity?: string };
  /**
   * Threads that read and change the images ahead; 0: none, in this thread. Default: as the images need. The numbers are
   * the same for each.
   */
  workers?: number;
}

/**
 * Trains a network, or goes on from a checkpoint with the numbers of an uninterrupted run.
 *
 * Batches are drawn in a new order every epoch; the last one of an epoch holds what is left (PyTorch's DataLoader).
 *
 * @returns finished is false when the signal stopped it; epochs are those finished so far
 * @throws {DivergenceError} when a loss is NaN or infinite, or weights to be written or left by an epoch are, or `givesNumbers` says
 *   no
 * @throws {UnusableFileError} when the checkpoint is damaged, of another training, or refused
 * @throws {TypeError} when the network is none of this library, or the images are no set and no source of batches
 * @throws {RangeError} when a label is none of the network's classes, there are no images, or the recipe cannot be
 */
export async function train(
  options: TrainOptions,
): Promise<{ finished: boolean; epochs: EpochRecord[] }> {
  const { network, loss, images, recipe, seed, checkpoint, workers, ...watchers } = options;
  checkNetwork(network, "train");
  checkLoss(loss);
  checkRecipe(recipe);
  checkSource(images);
  const { epochs, batchSize } = recipe;
  if (!("batches" in images)) {
    const classes = classesOf(network, images.shape);
    checkLabels(images.labels, classes, { of: images.name, ignoreLabel: loss.ignoreLabel });
  }
  const stepsPerEpoch = Math.ceil(images.count / batchSize);
  const { name, count } = images;
  const identity = JSON.stringify({ of: checkpoint?.identity, recipe, seed, images: name, count });
  const learner = new Learner({ ...recipe, network, loss, seed });
  try {
    return await runEpochs({
      learner,
      batches: "batches" in images
        ? (firstStep) => images.batches(firstStep)
        : (firstStep) =>
          readBatches(images, trainingBatches({ ...recipe, count, seed, firstStep }), {
            workers: workers ?? workersFor(images, recipe.augmentation),
          }),
      stepsPerEpoch,
      epochs,
      learningRate: (step) => learningRateAt(step, { ...recipe, stepsPerEpoch }),
      ...(checkpoint && { checkpoint: { ...checkpoint, identity } }),
      ...watchers,
    });
  } finally {
    learner.dispose();
  }
}

function checkSource(images: ImageSet | BatchSource): void {
  const { batches, read, count } = (images ?? {}) as unknown as Record<string, unknown>;
  const isSource = [batches, read].some((method) => typeof method === "function");
  if (isSource && Number.isSafeInteger(count)) {
    if (!("batches" in images)) checkImages(images, "train on");
    if (images.count > 0) return;
    throw new RangeError(`Cannot train on ${images.name}: it has no images`);
  }
  throw new TypeError(
    "Cannot train on these images: wanted an image set, such as loadDataset() and memoryImages() give, or a source of " +
      "batches, { name, count, batches }",
  );
}

/**
 * The batches of a plan on the device, read ahead by worker threads; whoever takes them frees them. The threads end with the
 * iteration.
 */
export async function* readBatches(
  images: ImageSet,
  plans: Iterable<BatchPlan>,
  options: { workers?: number } = {},
): AsyncGenerator<Batch, void> {
  const input = new InputPipeline(images, plans, options);
  try {
    for (let next = await input.next(); next !== undefined; next = await input.next()) {
      const { pixels, labels } = next;
      if (!(pixels instanceof Uint8Array)) {
        throw new TypeError(
          `Cannot train on ${images.name}, whose pixels are floats: wanted bytes, or a source of batches`,
        );
      }
      yield {
        images: imagesFromBytes(pixels, [labels.length, ...images.shape]),
        labels: tf.tensor1d(labels, "int32"),
      };
    }
  } finally {
    input.close();
  }
}
