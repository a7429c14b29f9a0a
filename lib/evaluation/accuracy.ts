import { checkArray, checkLabels } from "./arguments.ts";

/**
 * The class with the largest logit of each sample; the first of several equal ones (as argmax of NumPy and PyTorch).
 *
 * @param logits [count * classes]
 * @throws {RangeError} when the logits are no whole number of rows, or one is not finite
 */
export function predictions(logits: Float32Array, classes: number): Int32Array {
  const count = rowCount(logits, classes);
  const best = new Int32Array(count);
  for (let n = 0; n < count; n++) {
    const row = n * classes;
    for (let c = 0; c < classes; c++) {
      const logit = logits[row + c]!;
      if (!Number.isFinite(logit)) throw notFinite(n, c, logit);
      if (logit > logits[row + best[n]!]!) best[n] = c;
    }
  }
  return best;
}

/**
 * The share of samples whose largest logit is that of their label (clean and corrupt accuracy, A.1.2).
 *
 * @param logits [count * classes]
 * @param labels [count]
 * @returns A fraction in [0, 1]
 * @throws {TypeError} when logits or labels are no arrays
 * @throws {RangeError} when the numbers of logits and labels do not fit, there are none, or a label is no class
 */
export function accuracy(
  logits: Float32Array,
  labels: ArrayLike<number>,
  classes: number,
): number {
  const predicted = predictions(logits, classes);
  checkArray(labels, "labels");
  if (predicted.length !== labels.length || labels.length === 0) {
    throw new RangeError(
      `Cannot compute accuracy: wanted one label for each of ${predicted.length} predictions, got ${labels.length}`,
    );
  }
  checkLabels(labels, classes);
  let right = 0;
  for (let n = 0; n < labels.length; n++) if (predicted[n] === labels[n]) right++;
  return right / labels.length;
}

/** The number of samples in a flat array of logits. */
export function rowCount(logits: Float32Array, classes: number): number {
  checkArray(logits, "logits");
  if (!Number.isInteger(classes) || classes < 1 || logits.length % classes !== 0) {
    throw new RangeError(
      `Wanted rows of ${classes} logits, but ${logits.length} values are no whole number of rows`,
    );
  }
  return logits.length / classes;
}

/** The error for a logit that is NaN or infinite, which would otherwise win or lose every comparison unseen. */
export function notFinite(sample: number, index: number, logit: number): RangeError {
  return new RangeError(
    `Cannot evaluate logits: that of class ${index} of sample ${sample} is ${logit}; did the training diverge?`,
  );
}
