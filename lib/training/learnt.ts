/** Which images a loss with a margin has done with, and a training that leaves them out. */
import type { Tensor2D } from "@tensorflow/tfjs-node-gpu";
import type { ImageSet } from "../datasets/mod.ts";
import type { Loss } from "../losses/mod.ts";
import { type AnyNetwork, checkNetwork } from "../models/mod.ts";
import { turnOfEventLoop } from "../progress/mod.ts";
import { generator } from "../random/mod.ts";
import { tf } from "../tensorflow/mod.ts";
import type { EpochRecord } from "./checkpoint.ts";
import { checkImages, workersFor } from "./input_pipeline.ts";
import { checkLabels, classesOf } from "./labels.ts";
import { checkLoss, Learner } from "./learner.ts";
import { DivergenceError, hasNumbers } from "./loop.ts";
import { checkObjective } from "./outputs.ts";
import { givesNumbers, predictLogits } from "./predict.ts";
import { checkRecipe } from "./recipe.ts";
import { learningRateAt } from "./schedule.ts";
import { readBatches, type TrainOptions } from "./train.ts";
import { UnreadLosses } from "./unread_losses.ts";

// Of the losses' gradients at once; a multiple of the batch of predictions is not needed.
const GRADIENTS_AT_ONCE = 5000;

/**
 * Which images a network's loss has no gradient for: with a margin those whose true class leads by more than it, which "cause
 * no changes to the network weights" (section 6). With losses that are never zero, such as CE, there are none.
 *
 * @param options.onProgress Told which share of the images was predicted; what it throws ends it
 * @throws {RangeError} naming the first label that is no class, or the first image with a logit that is not finite
 * @returns 1 for each such image, else 0, from the network in evaluation mode
 */
export async function learntImages(
  network: AnyNetwork,
  loss: Loss,
  images: ImageSet,
  options: { onProgress?: (fraction: number) => void } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const logits = await predictLogits(network, images, options);
  const classes = logits.length / images.count;
  const { ignoreLabel } = loss;
  checkLabels(images.labels, classes, {
    of: images.name,
    to: "tell what is learnt of",
    ignoreLabel,
  });
  const learnt = new Uint8Array(images.count);
  for (let first = 0; first < images.count; first += GRADIENTS_AT_ONCE) {
    const size = Math.min(GRADIENTS_AT_ONCE, images.count - first);
    const part = logits.subarray(first * classes, (first + size) * classes);
    const labels = images.labels.slice(first, first + size);
    const moves = tf.tidy(() => {
      const gradient = tf.grad((x) => {
        const value = loss(x as Tensor2D, tf.tensor1d(labels, "int32"));
        checkObjective(value, "The loss");
        return value;
      });
      return gradient(tf.tensor2d(part, [size, classes])).abs().max(1);
    });
    const largest = await moves.data();
    moves.dispose();
    const wrong = largest.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) {
      throw new RangeError(
        `Cannot tell what is learnt of ${images.name}: the loss's gradient of image ${
          first + wrong
        } is ${largest[wrong]}`,
      );
    }
    for (let i = 0; i < size; i++) learnt[first + i] = largest[i] === 0 ? 1 : 0;
  }
  return learnt;
}

/** What {@linkcode trainSkipping} takes: no checkpoint, a training that was stopped begins anew. */
export interface SkippingOptions
  extends Pick<TrainOptions, "network" | "loss" | "recipe" | "seed" | "signal"> {
  images: ImageSet;
  /** Called after every step with the part of the training that is done, in steps of one without skipping. */
  onStep?: (step: number, totalSteps: number) => void;
  /** Called after every epoch; waited for, and not counted in any epoch's seconds. */
  onEpoch?: (epoch: EpochRecord) => void | Promise<void>;
}

/**
 * Trains as `train()` does, but leaves out of each epoch the images that the loss had no gradient for at the end of the one
 * before (section 6, future work). All are looked at again after each epoch, forward and in evaluation mode, so that one which
 * is lost comes back; that time counts. The last batch is filled up with images that are left out, where there are enough: their
 * own gradient was 0 in evaluation mode, but a batch norm sees them.
 *
 * @returns finished is false when the signal stopped it; each epoch says which share of the images it presented
 * @throws {DivergenceError} when a loss is NaN or infinite, or weights or logits that an epoch leaves are
 * @throws {RangeError} when a label is none of the network's classes
 */
export async function trainSkipping(
  options: SkippingOptions,
): Promise<{ finished: boolean; epochs: EpochRecord[] }> {
  const { network, loss, images, recipe, seed, signal, onStep, onEpoch } = options;
  checkNetwork(network, "train");
  checkLoss(loss);
  checkRecipe(recipe);
  checkImages(images, "train on");
  const { batchSize, augmentation } = recipe;
  const stepsPerEpoch = Math.ceil(images.count / batchSize);
  const { name, shape, labels } = images;
  checkLabels(labels, classesOf(network, shape), { of: name, ignoreLabel: loss.ignoreLabel });
  const workers = workersFor(images, augmentation);
  const learner = new Learner({ ...recipe, network, loss, seed });
  const unread = new UnreadLosses();
  const epochs: EpochRecord[] = [];
  let learnt = new Uint8Array(images.count);
  try {
    for (let epoch = 0; epoch < recipe.epochs; epoch++) {
      const start = performance.now();
      const { order, presented } = orderWithout(learnt, { seed, epoch, batchSize });
      const steps = Math.ceil(order.length / batchSize);
      const plans = Array.from({ length: steps }, (_, i) => ({
        indices: order.slice(i * batchSize, (i + 1) * batchSize),
        change: { augmentation, seed, epoch },
      }));
      let sum = 0, done = 0, last = NaN;
      for await (const batch of readBatches(images, plans, { workers })) {
        // Where it stands in an epoch without skipping, for schedules.
        const step = epoch * stepsPerEpoch + Math.floor(done * stepsPerEpoch / steps);
        try {
          await turnOfEventLoop();
          if (signal?.aborted) return { finished: false, epochs };
          unread.add(learner.step(batch, learningRateAt(step, { ...recipe, stepsPerEpoch })));
        } finally {
          tf.dispose([batch.images, batch.labels]);
        }
        done++;
        onStep?.(step + 1, stepsPerEpoch * recipe.epochs);
        if (!unread.areDue && done < steps) continue;
        const values = await unread.read();
        values.forEach((value, i) => {
          const step = learner.steps - values.length + i;
          if (!Number.isFinite(value)) throw new DivergenceError(step, value, undefined, epochs);
          sum += last = value;
        });
      }
      let seconds = (performance.now() - start) / 1000;
      const left = !await hasNumbers(learner)
        ? "weights"
        : await givesNumbers(network, images)
        ? undefined
        : "outputs";
      if (left === undefined && epoch + 1 < recipe.epochs) {
        const start = performance.now();
        learnt = await learntImages(network, loss, images);
        seconds += (performance.now() - start) / 1000;
      }
      epochs.push({
        epoch,
        loss: steps === 0 ? 0 : sum / steps,
        seconds,
        presented: presented / images.count,
      });
      if (left !== undefined) {
        throw new DivergenceError(learner.steps - 1, last, undefined, epochs, left);
      }
      await onEpoch?.(epochs.at(-1)!);
    }
    return { finished: true, epochs };
  } finally {
    unread.dispose();
    learner.dispose();
  }
}

/** The images of an epoch that are not learnt, in the epoch's order, filled up to whole batches with some that are. */
function orderWithout(
  learnt: Uint8Array,
  { seed, epoch, batchSize }: { seed: number; epoch: number; batchSize: number },
): { order: Uint32Array; presented: number } {
  const all = generator(seed, "order", epoch).permutation(learnt.length);
  const open = all.filter((index) => learnt[index] === 0);
  const lacking = (batchSize - open.length % batchSize) % batchSize;
  const fill = all.filter((index) => learnt[index] === 1).slice(0, lacking);
  return { order: Uint32Array.from([...open, ...fill]), presented: open.length };
}
