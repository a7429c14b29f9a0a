import { countRows, type LogitBatch } from "./confidence.ts";

/**
 * The class with the largest logit in each row; of equal ones the first, as in NumPy and PyTorch.
 *
 * @throws {RangeError} when the logits are no whole number of rows, or hold a NaN
 */
export function predictions({ logits, classes }: LogitBatch): Int32Array {
  const rows = countRows({ logits, classes });
  const best = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const start = row * classes;
    for (let k = 0; k < classes; k++) {
      const logit = logits[start + k]!;
      if (Number.isNaN(logit)) {
        throw new RangeError(
          `Cannot predict: row ${row} has NaN for class ${k}; did the training diverge?`,
        );
      }
      if (logit > logits[start + best[row]!]!) best[row] = k;
    }
  }
  return best;
}

/**
 * The fraction of predictions that equal their label, in [0, 1].
 *
 * @throws {RangeError} when there are none, or the two differ in length
 */
export function accuracy(predicted: ArrayLike<number>, labels: ArrayLike<number>): number {
  if (predicted.length !== labels.length || labels.length === 0) {
    throw new RangeError(
      `Cannot compute accuracy: ${predicted.length} predictions for ${labels.length} labels; wanted as many, at least 1`,
    );
  }
  let right = 0;
  for (let i = 0; i < labels.length; i++) if (predicted[i] === labels[i]) right++;
  return right / labels.length;
}
