import { notFinite, rowCount } from "./accuracy.ts";

/**
 * Logits divided by their Euclidean norm and a temperature, as LogitNorm's loss sees them (3.2): `y / (t (||y|| + 1e-7))`.
 *
 * @param logits [count * classes]
 * @returns [count * classes]
 * @throws {RangeError} when the logits are no whole number of rows, or the temperature is not above 0
 */
export function normalisedLogits(
  logits: Float32Array,
  classes: number,
  temperature: number,
): Float32Array {
  if (!(temperature > 0)) throw new RangeError(`Wanted a temperature above 0, got ${temperature}`);
  const count = rowCount(logits, classes);
  const normalised = new Float32Array(logits.length);
  for (let n = 0; n < count; n++) {
    const row = logits.subarray(n * classes, (n + 1) * classes);
    const scale = temperature * (Math.hypot(...row) + 1e-7);
    normalised.set(row.map((logit) => logit / scale), n * classes);
  }
  return normalised;
}

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
