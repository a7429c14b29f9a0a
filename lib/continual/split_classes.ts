/** Experiences that differ in their classes. */
import type { Dataset, ImageSet } from "../datasets/mod.ts";
import { checkHeadMode, type HeadMode } from "../models/mod.ts";
import { generator } from "../random/mod.ts";
import { gathered, type ImageOrder, inOrder } from "./experience_set.ts";
import type { Scenario, Stream } from "./scenario.ts";
import { checkCount, checkDataset, checkSamples, permutationOf } from "./scenario_checks.ts";

/** How the classes of a data set are split. */
export interface SplitOptions {
  experiences: number;
  /** Draws the order of the classes. */
  seed: number;
  /** The classes in their order, instead of a random one. */
  classOrder?: ArrayLike<number>;
  /** How many classes each experience has; by default all have the same number. */
  classesEach?: readonly number[];
  /** By default that of the data set. */
  imageOrder?: ImageOrder;
}

/**
 * Consecutive chunks of a random order of the classes; one head for all classes, which keep their ids (SplitMNIST,
 * SplitCIFAR10, ... as in avalanche-lib 0.6.0).
 *
 * @throws {RangeError} when the classes cannot be shared so, the order is no permutation of the classes, or a class has no image
 */
export function classIncremental(dataset: Dataset, options: SplitOptions): Scenario {
  const experiences = chunks(dataset, options);
  const label = (original: number) => original;
  return split(dataset, experiences, {
    name: "class_incremental",
    classes: dataset.classes,
    label,
    imageOrder: options.imageOrder,
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
  const { headMode: mode = "clean", imageOrder } = options;
  checkHeadMode(mode);
  const experiences = chunks(dataset, options);
  const label = mode === "clean"
    ? (original: number, task: number) => experiences[task]!.indexOf(original)
    : (original: number) => original;
  return split(dataset, experiences, {
    name: "task_incremental",
    classes: mode === "clean" ? mostOf(experiences) : dataset.classes,
    heads: { tasks: experiences, mode },
    label,
    imageOrder,
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
    classes: mostOf(experiences),
    label: (original, task) => experiences[task]!.indexOf(original),
    imageOrder: options.imageOrder,
  });
}

/** The classes of each experience. */
function chunks(dataset: Dataset, options: SplitOptions): readonly (readonly number[])[] {
  const { experiences, seed, classOrder, classesEach } = options;
  checkCount(experiences);
  checkDataset(dataset);
  const { classes } = dataset;
  const sizes = classesEach ?? Array.from({ length: experiences }, () => classes / experiences);
  if (classesEach === undefined && classes % experiences !== 0) {
    throw new RangeError(
      `Cannot split ${classes} classes into ${experiences} experiences of equal size: ` +
        `give a divisor of ${classes} as the number of experiences`,
    );
  }
  const sum = sizes.reduce((sum, size) => sum + size, 0);
  const isWhole = sizes.every((size) => Number.isInteger(size) && size > 0);
  if (!isWhole || sizes.length !== experiences || sum !== classes) {
    throw new RangeError(
      `Cannot split ${classes} classes into ${experiences} experiences of ${sizes.join(", ")}: ` +
        `give ${experiences} whole numbers from 1 whose sum is ${classes}`,
    );
  }
  const order = classOrder === undefined
    ? [...generator(seed, "class order").permutation(classes)]
    : permutationOf("classes", classOrder, classes);
  let first = 0;
  return sizes.map((size) => order.slice(first, first += size));
}

/** Classes of the experience that has most. */
function mostOf(experiences: readonly (readonly number[])[]): number {
  return Math.max(...experiences.map(({ length }) => length));
}

function split(
  dataset: Dataset,
  experiences: readonly (readonly number[])[],
  { label, imageOrder, ...rest }: Pick<Scenario, "name" | "classes" | "heads"> & {
    label: (original: number, task: number) => number;
    imageOrder: ImageOrder | undefined;
  },
): Scenario {
  const streamOf = (set: ImageSet): Stream => {
    const taskOf = new Map(experiences.flatMap((classes, k) => classes.map((c) => [c, k])));
    const ofTask = experiences.map((): number[] => []);
    set.labels.forEach((original, index) => ofTask[taskOf.get(original)!]!.push(index));
    const starts = [0];
    for (const { length } of ofTask) starts.push(starts.at(-1)! + length);
    const indices = Uint32Array.from(ofTask.flatMap((own) => inOrder(own, set, imageOrder)));
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
