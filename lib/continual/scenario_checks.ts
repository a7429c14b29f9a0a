/** What cannot become experiences. */
import type { Dataset } from "../datasets/mod.ts";
import type { Scenario } from "./scenario.ts";

/** @throws {RangeError} when the number of experiences is no whole number from 1 */
export function checkCount(experiences: number): void {
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
export function checkDataset(dataset: Dataset): void {
  const { train, test, classes } = dataset ?? {};
  if (train?.labels === undefined || test?.labels === undefined) {
    throw new TypeError(
      "Cannot make experiences of this: wanted a data set of training and test images, such as loadDataset() gives",
    );
  }
  for (const { name, labels, count } of [train, test]) {
    if (labels.length !== count) {
      throw new RangeError(
        `Cannot make experiences of "${name}": ${count} images have ${labels.length} labels`,
      );
    }
    const at = labels.findIndex((label) =>
      !(Number.isInteger(label) && label >= 0 && label < classes)
    );
    if (at < 0) continue;
    throw new RangeError(
      `Cannot make experiences of "${name}": label ${at} is ${
        labels[at]
      }, and the classes are 0 to ${classes - 1}`,
    );
  }
}

/**
 * @throws {TypeError} when the order is no list
 * @throws {RangeError} when it has not each number from 0 to `count` - 1 once
 */
export function permutationOf(what: string, order: ArrayLike<number>, count: number): number[] {
  if (!Array.isArray(order) && !ArrayBuffer.isView(order)) {
    throw new TypeError(`Cannot order the ${what} as ${order}: wanted a list of numbers`);
  }
  const sorted = Array.from(order).sort((a, b) => a - b);
  if (order.length === count && sorted.every((label, i) => label === i)) return Array.from(order);
  const shown = Array.from(order).slice(0, 20).join(", ") + (order.length > 20 ? ", ..." : "");
  throw new RangeError(
    `Cannot order the ${what} as ${shown}: wanted each of 0 .. ${count - 1} once`,
  );
}

/** Throws RangeError where an experience lacks a class, in training or in test: it could not be learnt, or not measured. */
export function checkSamples(
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

/** Throws RangeError where the images of an experience have one logit: no loss can tell it from others. */
export function checkHeadSizes({ name, classes, experiences, heads }: Scenario): void {
  experiences.forEach((own, k) => {
    if ((heads?.mode === "clean" ? own.length : classes) > 1) return;
    throw new RangeError(
      `Cannot learn experience ${k + 1} of ${name} learning: its head has one class, ${own[0]}; ` +
        "give each experience two or more, or all of them one head",
    );
  });
}
