/** How often each class is taken for each other: what the metrics of segmentation are computed from. */

import { checkArray, isClass } from "./arguments.ts";

/** What a {@linkcode ConfusionMatrix} takes. */
export interface ConfusionOptions {
  /** Samples with this label count nowhere. */
  ignoreLabel?: number;
}

/**
 * Counts of true and predicted classes over samples that come in parts, e.g. the pixels of one image after another, so that a
 * test set of any size needs no more memory than classes x classes numbers.
 *
 * @example
 * ```ts
 * const matrix = new ConfusionMatrix(11, { ignoreLabel: 255 });
 * for (const { labels, predicted } of images) matrix.add(labels, predicted);
 * const { mean } = intersectionOverUnion(matrix);
 * ```
 */
export class ConfusionMatrix {
  readonly classes: number;
  readonly #ignoreLabel: number | undefined;
  readonly #counts: Float64Array;

  /** @throws {RangeError} when the number of classes is no positive whole number, or the ignored label is a class */
  constructor(classes: number, { ignoreLabel }: ConfusionOptions = {}) {
    if (!Number.isInteger(classes) || classes < 1) {
      throw new RangeError(
        `A confusion matrix needs a number of classes of 1 or more, got ${classes}`,
      );
    }
    if (ignoreLabel !== undefined && !Number.isInteger(ignoreLabel)) {
      throw new RangeError(`The ignored label must be a whole number, got ${ignoreLabel}`);
    }
    if (ignoreLabel !== undefined && ignoreLabel >= 0 && ignoreLabel < classes) {
      throw new RangeError(`The ignored label ${ignoreLabel} is one of the ${classes} classes`);
    }
    this.classes = classes;
    this.#ignoreLabel = ignoreLabel;
    this.#counts = new Float64Array(classes * classes);
  }

  /**
   * Counts samples.
   *
   * @param labels The true classes, or the ignored label
   * @param predicted The predicted classes, as many
   * @throws {RangeError} when the numbers of both differ, or one is no class; nothing of these samples is then counted
   */
  add(labels: ArrayLike<number>, predicted: ArrayLike<number>): void {
    const { classes } = this;
    checkArray(labels, "labels");
    checkArray(predicted, "predictions");
    if (labels.length !== predicted.length) {
      throw new RangeError(`Got ${predicted.length} predictions for ${labels.length} labels`);
    }
    const found = new Float64Array(classes * classes);
    for (let i = 0; i < labels.length; i++) {
      const [label, guess] = [labels[i]!, predicted[i]!];
      if (label === this.#ignoreLabel && label !== undefined) continue;
      if (!isClass(label, classes) || !isClass(guess, classes)) {
        throw new RangeError(
          `Sample ${i} has label ${label} and prediction ${guess}; the classes are 0 to ${
            classes - 1
          }` +
            (this.#ignoreLabel === undefined ? "" : `, ignored is ${this.#ignoreLabel}`),
        );
      }
      found[label * classes + guess]!++;
    }
    for (let i = 0; i < found.length; i++) this.#counts[i]! += found[i]!;
  }

  /** The number of samples of class `label` that were predicted to be of class `predicted`. */
  count(label: number, predicted: number): number {
    for (const one of [label, predicted]) {
      if (isClass(one, this.classes)) continue;
      throw new RangeError(`There is no class ${one}; the classes are 0 to ${this.classes - 1}`);
    }
    return this.#counts[label * this.classes + predicted]!;
  }

  /** The number of samples of that class. */
  ofClass(label: number): number {
    return this.#sum((c) => this.count(label, c));
  }

  /** The number of samples that were predicted to be of that class. */
  predictedAs(predicted: number): number {
    return this.#sum((c) => this.count(c, predicted));
  }

  #sum(count: (c: number) => number): number {
    let sum = 0;
    for (let c = 0; c < this.classes; c++) sum += count(c);
    return sum;
  }
}
