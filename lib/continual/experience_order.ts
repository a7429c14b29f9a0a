/** In which order and in which batches the images of an experience are learnt. */
import { generator } from "../random/mod.ts";
import type { AugmentationName, BatchPlan } from "../training/mod.ts";
import type { Stream } from "./scenario.ts";
import type { ExperienceOrder } from "./strategy.ts";

/** How experiences are learnt. */
export interface OrderOptions {
  epochs: number;
  batchSize: number;
  /** Whether an epoch ends before a last batch that is short. */
  dropLast: boolean;
  /** Share of each experience's images, the last ones, that are not learnt (kept for validation in the baselines' replay). */
  heldOut: number;
  augmentation: AugmentationName;
  seed: number;
}

/**
 * The order of experience `index`: a new one every epoch, drawn from the seed, the experience and the epoch alone. `experiences`
 * are those of the stream that it learns: one, or all of them in joint training.
 *
 * Where tasks have heads of their own, a batch of joint training is of one task, the batches come in random order, and what a task
 * has left beyond whole ones is not learnt in that epoch.
 *
 * @throws {RangeError} when an epoch would have no step, a class would be held out whole, or a number of the options cannot be
 */
export function experienceOrder(
  stream: Stream,
  options: OrderOptions & {
    index: number;
    experiences: readonly number[];
    /** Whether images of several experiences may be in one batch. */
    isMixed: boolean;
  },
): ExperienceOrder {
  const { index, experiences, isMixed, epochs, batchSize, dropLast, heldOut, seed } = options;
  checkOrder(options);
  for (const k of experiences) {
    if (Number.isInteger(k) && k >= 0 && k < stream.starts.length - 1) continue;
    throw new RangeError(
      `Cannot learn experience ${k + 1}: the stream has ${stream.starts.length - 1}`,
    );
  }
  const parts = experiences.map((k) => {
    const [first, end] = [stream.starts[k]!, stream.starts[k + 1]!];
    const count = end - first - Math.floor(heldOut * (end - first));
    checkKept(stream.images.labels.subarray(first, end), count, k);
    return { first, count };
  });
  const groups = isMixed ? [parts] : parts.map((part) => [part]);
  const isWhole = dropLast || groups.length > 1;
  const stepsOf = (count: number) =>
    isWhole ? Math.floor(count / batchSize) : Math.ceil(count / batchSize);
  const sizes = groups.map((group) => group.reduce((sum, { count }) => sum + count, 0));
  const stepsPerEpoch = sizes.reduce((sum, size) => sum + stepsOf(size), 0);
  const tooFew = sizes.findIndex((size) => stepsOf(size) === 0);
  if (tooFew >= 0) {
    const what = groups.length > 1
      ? `Task ${experiences[tooFew]! + 1}, learnt by a head of its own,`
      : `Experience ${index + 1}`;
    throw new RangeError(
      `${what} has ${sizes[tooFew]} images to learn, fewer than the batch of ${batchSize}`,
    );
  }
  let cached: { epoch: number; images: Uint32Array } | undefined;
  const ofEpoch = (epoch: number): Uint32Array => {
    if (cached?.epoch === epoch) return cached.images;
    const images = groups.map((group, g) => {
      const all = group.flatMap(({ first, count }) =>
        Array.from({ length: count }, (_, i) => first + i)
      );
      const order = generator(seed, "order", index, g, epoch).permutation(all.length);
      return Uint32Array.from(order, (i) => all[i]!);
    });
    const shuffled = images.length === 1 ? images[0]! : interleave(images);
    cached = { epoch, images: shuffled };
    return shuffled;

    /** Whole batches of each group in random order. */
    function interleave(images: readonly Uint32Array[]): Uint32Array {
      const batches = images.flatMap((group) =>
        Array.from(
          { length: Math.floor(group.length / batchSize) },
          (_, b) => group.subarray(b * batchSize, (b + 1) * batchSize),
        )
      );
      const order = generator(seed, "batches", index, epoch).permutation(batches.length);
      return Uint32Array.from([...order].flatMap((b) => [...batches[b]!]));
    }
  };
  return {
    index,
    stepsPerEpoch,
    epochs,
    batchSize,
    dropLast: isWhole,
    ofEpoch,
    labelOf: (image) => stream.images.labels[image]!,
    changeOf: (epoch) => ({ augmentation: options.augmentation, seed, epoch }),
  };
}

/** The batches of an experience from a step on, in the order's own order. */
export function* plansOf(order: ExperienceOrder, firstStep: number): Generator<BatchPlan> {
  const { epochs, stepsPerEpoch, batchSize } = order;
  for (let step = firstStep; step < epochs * stepsPerEpoch; step++) {
    const epoch = Math.floor(step / stepsPerEpoch);
    const first = step % stepsPerEpoch * batchSize;
    yield {
      indices: order.ofEpoch(epoch).slice(first, first + batchSize),
      change: order.changeOf(epoch),
    };
  }
}

/** Throws RangeError where all images of a class are among those that are held out. */
function checkKept(labels: Int32Array, count: number, experience: number): void {
  const kept = new Set(labels.subarray(0, count));
  const lost = labels.find((label) => !kept.has(label));
  if (lost === undefined) return;
  throw new RangeError(
    `Experience ${experience + 1} holds out all images of the class labelled ${lost}: ` +
      "hold out a smaller share, or do not order the images by class",
  );
}

function checkOrder({ epochs, batchSize, heldOut }: OrderOptions): void {
  for (const [name, count] of Object.entries({ epochs, batchSize })) {
    if (Number.isSafeInteger(count) && count > 0) continue;
    throw new RangeError(
      `Cannot learn experiences with ${name} of ${count}: give a whole number from 1`,
    );
  }
  if (heldOut >= 0 && heldOut < 1) return;
  throw new RangeError(
    `Cannot hold out a share of ${heldOut} of each experience: give 0 or more, below 1`,
  );
}
