/** How a data set becomes a sequence of experiences. */
import type { Dataset, ImageSet } from "../datasets/mod.ts";
import type { HeadMode, Heads } from "../models/mod.ts";
import { generator } from "../random/mod.ts";

/**
 * What changes from one experience to the next (van de Ven and Tolias 2019).
 *
 * - `domain_incremental`: the images, not the classes; one head
 * - `class_incremental`: the classes; one head for all of them, and the test does not say the experience
 * - `task_incremental`: the classes; a head per experience, and the test says the experience
 */
export type ScenarioName = "domain_incremental" | "class_incremental" | "task_incremental";

/** The images of all experiences one after the other. */
export interface Stream {
  readonly images: ImageSet;
  /** The experience of each image. */
  readonly tasks: Int32Array;
  /** Experience k is the images from starts[k] to before starts[k + 1]. */
  readonly starts: readonly number[];
}

/** A sequence of experiences. Labels are indices of the logits that the network has for the image. */
export interface Scenario {
  readonly name: ScenarioName;
  /** Logits of a network with one head. */
  readonly classes: number;
  /** The classes of each experience, by their ids in the data set. */
  readonly experiences: readonly (readonly number[])[];
  /** The head of each experience, in the scenario `task_incremental`. */
  readonly heads?: Heads;
  readonly train: Stream;
  readonly test: Stream;
}

/**
 * Experiences of the same classes whose pixels are permuted, each by a permutation of its own, the first included, training and
 * test images alike (PermutedMNIST as in avalanche-lib 0.6.0; all channels of a pixel move together).
 *
 * @throws {RangeError} when the number of experiences is no whole number from 1
 */
export function permutedPixels(
  dataset: Dataset,
  { experiences, seed }: { experiences: number; seed: number },
): Scenario {
  checkCount(experiences);
  checkDataset(dataset);
  const [height, width, channels] = dataset.imageShape;
  const permutations = Array.from(
    { length: experiences },
    (_, k) => pixelOrder(generator(seed, "permutation", k).permutation(height * width), channels),
  );
  const all = Array.from({ length: dataset.classes }, (_, label) => label);
  const streamOf = (set: ImageSet): Stream => {
    const indices = Uint32Array.from(
      { length: set.count * experiences },
      (_, i) => i % set.count,
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

/** How the classes of a data set are split. */
export interface SplitOptions {
  experiences: number;
  /** Draws the order of the classes. */
  seed: number;
  /** The classes in their order, instead of a random one. */
  classOrder?: readonly number[];
}

/**
 * Consecutive chunks of a random order of the classes; one head for all classes, which keep their ids (SplitMNIST,
 * SplitCIFAR10, ... as in avalanche-lib 0.6.0).
 *
 * @throws {RangeError} when the classes cannot be shared equally, the order is no permutation of the classes, or a class has no
 *   image
 */
export function classIncremental(dataset: Dataset, options: SplitOptions): Scenario {
  const experiences = chunks(dataset, options);
  const label = (original: number) => original;
  return split(dataset, experiences, {
    name: "class_incremental",
    classes: dataset.classes,
    label,
  });
}

/**
 * The chunks of {@linkcode classIncremental} with a head for each. With clean heads a label is the place of its class in the
 * chunk; with avalanche's heads it is the class's id.
 *
 * @throws {RangeError} as {@linkcode classIncremental}
 */
export function taskIncremental(
  dataset: Dataset,
  options: SplitOptions & { headMode?: HeadMode },
): Scenario {
  const { headMode: mode = "clean" } = options;
  const experiences = chunks(dataset, options);
  const label = mode === "clean"
    ? (original: number, task: number) => experiences[task]!.indexOf(original)
    : (original: number) => original;
  return split(dataset, experiences, {
    name: "task_incremental",
    classes: mode === "clean" ? experiences[0]!.length : dataset.classes,
    heads: { tasks: experiences, mode },
    label,
  });
}

/**
 * The chunks of {@linkcode classIncremental} with one head for all of them: a label is the place of its class in the chunk, and
 * neither training nor test say the chunk.
 *
 * @throws {RangeError} as {@linkcode classIncremental}
 */
export function domainIncremental(dataset: Dataset, options: SplitOptions): Scenario {
  const experiences = chunks(dataset, options);
  return split(dataset, experiences, {
    name: "domain_incremental",
    classes: experiences[0]!.length,
    label: (original, task) => experiences[task]!.indexOf(original),
  });
}

/** The classes of each experience. */
function chunks(
  dataset: Dataset,
  { experiences, seed, classOrder }: SplitOptions,
): readonly (readonly number[])[] {
  checkCount(experiences);
  checkDataset(dataset);
  const { classes } = dataset;
  if (classes % experiences !== 0) {
    throw new RangeError(
      `Cannot split ${classes} classes into ${experiences} experiences of equal size: ` +
        `give a divisor of ${classes}`,
    );
  }
  const order = classOrder ?? [...generator(seed, "class order").permutation(classes)];
  checkPermutation(order, classes);
  const size = classes / experiences;
  return Array.from({ length: experiences }, (_, k) => order.slice(k * size, (k + 1) * size));
}

function checkCount(experiences: number): void {
  if (!Number.isInteger(experiences) || experiences < 1) {
    throw new RangeError(
      `Cannot make ${experiences} experiences: give a whole number of at least 1`,
    );
  }
}

/**
 * @throws {TypeError} for anything but training and test images
 * @throws {RangeError} naming a label that is none of the classes: makeDataset() refuses it, but a set may be changed after it
 */
function checkDataset(dataset: Dataset): void {
  const { train, test, classes } = dataset ?? {};
  if (train?.labels === undefined || test?.labels === undefined) {
    throw new TypeError(
      "Cannot make experiences of this: wanted a data set of training and test images, such as loadDataset() gives",
    );
  }
  for (const { name, labels } of [train, test]) {
    const at = labels.findIndex((label) => label < 0 || label >= classes);
    if (at < 0) continue;
    throw new RangeError(
      `Cannot make experiences of "${name}": label ${at} is ${
        labels[at]
      }, and the classes are 0 to ${classes - 1}`,
    );
  }
}

function checkPermutation(order: readonly number[], classes: number): void {
  const sorted = [...order].sort((a, b) => a - b);
  if (order.length === classes && sorted.every((label, i) => label === i)) return;
  throw new RangeError(
    `Cannot order the classes as ${order.join(", ")}: wanted each of 0 .. ${classes - 1} once`,
  );
}

function split(
  dataset: Dataset,
  experiences: readonly (readonly number[])[],
  { label, ...rest }: Pick<Scenario, "name" | "classes" | "heads"> & {
    label: (original: number, task: number) => number;
  },
): Scenario {
  const streamOf = (set: ImageSet): Stream => {
    const taskOf = new Map(experiences.flatMap((classes, k) => classes.map((c) => [c, k])));
    const ofTask = experiences.map((): number[] => []);
    set.labels.forEach((original, index) => ofTask[taskOf.get(original)!]!.push(index));
    const starts = [0];
    for (const { length } of ofTask) starts.push(starts.at(-1)! + length);
    const indices = Uint32Array.from(ofTask.flat());
    const tasks = Int32Array.from(indices, (index) => taskOf.get(set.labels[index]!)!);
    const labels = Int32Array.from(
      indices,
      (index, i) => label(set.labels[index]!, tasks[i]!),
    );
    return {
      images: gathered(set, { name: `${set.name}, split`, indices, labels }),
      tasks,
      starts,
    };
  };
  const scenario = {
    ...rest,
    experiences,
    train: streamOf(dataset.train),
    test: streamOf(dataset.test),
  };
  checkSamples(scenario, label);
  return scenario;
}

/** Throws RangeError where an experience lacks a class, in training or in test: it could not be learnt, or not measured. */
function checkSamples(
  { experiences, train, test }: Scenario,
  labelOf: (original: number, task: number) => number,
): void {
  for (const [where, stream] of [["training", train], ["test", test]] as const) {
    experiences.forEach((classes, k) => {
      const present = new Set(
        stream.images.labels.subarray(stream.starts[k], stream.starts[k + 1]),
      );
      classes.forEach((original) => {
        if (present.has(labelOf(original, k))) return;
        throw new RangeError(
          `Experience ${k + 1} has no ${where} image of class ${original}: ` +
            "every experience needs images of each of its classes",
        );
      });
    });
  }
}

/** Where each byte of a permuted image comes from. */
function pixelOrder(order: Uint32Array, channels: number): Uint32Array {
  return Uint32Array.from(
    { length: order.length * channels },
    (_, i) => order[Math.floor(i / channels)]! * channels + i % channels,
  );
}

/** Images of a set in another order, under other labels, with their bytes in another order where `pixelOrderOf` says so. */
function gathered(set: ImageSet, options: {
  name: string;
  indices: Uint32Array;
  labels: Int32Array;
  pixelOrderOf?: (i: number) => Uint32Array;
}): ImageSet {
  const { name, indices, labels, pixelOrderOf } = options;
  return {
    name,
    count: indices.length,
    shape: set.shape,
    labels,
    async read(wanted) {
      const pixels = await set.read(Uint32Array.from(wanted, (i) => indexOf(i)));
      if (pixelOrderOf === undefined) return pixels;
      const size = pixels.length / wanted.length;
      const moved = new Uint8Array(pixels.length);
      for (let n = 0; n < wanted.length; n++) {
        const order = pixelOrderOf(wanted[n]!);
        const first = n * size;
        for (let p = 0; p < size; p++) moved[first + p] = pixels[first + order[p]!]!;
      }
      return moved;
    },
  };

  function indexOf(i: number): number {
    const index = indices[i];
    if (index !== undefined) return index;
    throw new RangeError(
      `Cannot read image ${i} of "${name}": give whole numbers in 0 .. ${indices.length - 1}`,
    );
  }
}
