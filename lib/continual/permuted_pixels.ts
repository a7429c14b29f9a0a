/** Experiences that differ in how their pixels are permuted. */
import type { Dataset, ImageSet } from "../datasets/mod.ts";
import { generator } from "../random/mod.ts";
import { gathered, type ImageOrder, inOrder } from "./experience_set.ts";
import type { Scenario, Stream } from "./scenario.ts";
import { checkCount, checkDataset, checkSamples, permutationOf } from "./scenario_checks.ts";

/** How pixels are permuted. */
export interface PermutedOptions {
  experiences: number;
  /** Draws the permutations. */
  seed: number;
  /** For each experience where each pixel, row by row, comes from, instead of a random order. */
  permutations?: readonly ArrayLike<number>[];
  /** By default that of the data set. */
  imageOrder?: ImageOrder;
}

/**
 * Experiences of the same classes whose pixels are permuted, each by a permutation of its own, the first included, training and
 * test images alike (PermutedMNIST as in avalanche-lib 0.6.0; all channels of a pixel move together).
 *
 * @throws {RangeError} when the number of experiences is no whole number from 1, a given order no permutation of the pixels, or a
 *   class has no image
 */
export function permutedPixels(dataset: Dataset, options: PermutedOptions): Scenario {
  const { experiences, seed, permutations: given, imageOrder } = options;
  checkCount(experiences);
  checkDataset(dataset);
  const [height, width, channels] = dataset.imageShape;
  if (given !== undefined && given.length !== experiences) {
    throw new RangeError(`Cannot permute ${experiences} experiences in ${given.length} ways`);
  }
  const permutations = Array.from({ length: experiences }, (_, k) => {
    const order = given === undefined
      ? generator(seed, "permutation", k).permutation(height * width)
      : permutationOf("pixels", given[k]!, height * width);
    return pixelOrder(order, channels);
  });
  const all = Array.from({ length: dataset.classes }, (_, label) => label);
  const streamOf = (set: ImageSet): Stream => {
    const order = inOrder([...Array(set.count).keys()], set, imageOrder);
    const indices = Uint32Array.from(
      { length: set.count * experiences },
      (_, i) => order[i % set.count]!,
    );
    const tasks = Int32Array.from(indices, (_, i) => Math.floor(i / set.count));
    const starts = Array.from({ length: experiences + 1 }, (_, k) => k * set.count);
    const images = gathered(set, {
      name: `${set.name}, permuted`,
      indices,
      labels: Int32Array.from(indices, (index) => set.labels[index]!),
      pixelOrderOf: (i) => permutations[tasks[i]!]!,
    });
    return { images, tasks, starts };
  };
  const { train, test } = dataset;
  const scenario: Scenario = {
    name: "domain_incremental",
    classes: dataset.classes,
    experiences: permutations.map(() => all),
    train: streamOf(train),
    test: streamOf(test),
  };
  checkSamples(scenario, (original) => original);
  return scenario;
}

/** Where each byte of a permuted image comes from. */
function pixelOrder(order: ArrayLike<number>, channels: number): Uint32Array {
  return Uint32Array.from(
    { length: order.length * channels },
    (_, i) => order[Math.floor(i / channels)]! * channels + i % channels,
  );
}
