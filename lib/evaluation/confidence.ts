import { notFinite, rowCount } from "./accuracy.ts";

/**
 * Maximum softmax probability of each sample: `1 / sum_k exp(y_k - max y)` (Hendrycks and Gimpel 2017; A.1.2).
 *
 * Computed in float32 as PyTorch does: each exponential, their sum and the quotient are rounded. With 10 classes it
 * is exactly 1 from a gap of about 17 to 19 between the two largest logits on, so scores have ties. A float64 MSP would
 * order those samples, and give another AUROC than the usual implementations.
 *
 * @param logits [count * classes]
 * @returns [count], in [1 / classes, 1]; larger means more confident
 * @throws {RangeError} when the logits are no whole number of rows, or one is not finite
 */
export function msp(logits: Float32Array, classes: number): Float32Array {
  const best = mls(logits, classes);
  return best.map((largest, n) => {
    let sum = 0;
    for (let c = 0; c < classes; c++) {
      const difference = Math.fround(logits[n * classes + c]! - largest);
      sum = Math.fround(sum + Math.fround(Math.exp(difference)));
    }
    return 1 / sum;
  });
}

/**
 * Maximum logit score of each sample (A.1.2): its largest logit, before any activation.
 *
 * @param logits [count * classes]
 * @returns [count]; larger means more confident
 * @throws {RangeError} when the logits are no whole number of rows, or one is not finite
 */
export function mls(logits: Float32Array, classes: number): Float32Array {
  const count = rowCount(logits, classes);
  const best = new Float32Array(count);
  for (let n = 0; n < count; n++) {
    let largest = -Infinity;
    for (let c = 0; c < classes; c++) {
      const logit = logits[n * classes + c]!;
      if (!Number.isFinite(logit)) throw notFinite(n, c, logit);
      largest = Math.max(largest, logit);
    }
    best[n] = largest;
  }
  return best;
}
