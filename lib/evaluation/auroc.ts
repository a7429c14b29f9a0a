/**
 * The area under the ROC curve of confidences: P(known > unknown) + P(known = unknown) / 2, in [0, 1].
 *
 * The Mann-Whitney count: of all pairs of a known and an unknown image, those where the known one scores higher, and half
 * of those that tie. Twice that count is a whole number and kept as one, so that the result is exact to its one division;
 * it equals scikit-learn's `roc_auc_score`. Larger confidence means known; 0.5 is chance.
 *
 * @throws {RangeError} when either side is empty or holds a NaN
 */
export function auroc(known: ArrayLike<number>, unknown: ArrayLike<number>): number {
  const a = sorted(known, "known");
  const b = sorted(unknown, "unknown");
  // twice the pairs that are won, ties counting one; below 2^53 for up to 6e7 images on each side
  let doubled = 0;
  let below = 0, upTo = 0;
  for (let i = 0; i < a.length; i++) {
    while (below < b.length && b[below]! < a[i]!) below++;
    while (upTo < b.length && b[upTo]! <= a[i]!) upTo++;
    doubled += below + upTo;
  }
  return doubled / (2 * a.length * b.length);
}

function sorted(scores: ArrayLike<number>, side: string): Float64Array {
  if (scores.length === 0) {
    throw new RangeError(`Cannot compute AUROC: there are no scores of ${side} classes`);
  }
  const values = Float64Array.from(scores);
  const at = values.findIndex(Number.isNaN);
  if (at >= 0) {
    throw new RangeError(`Cannot compute AUROC: score ${at} of the ${side} classes is NaN`);
  }
  return values.sort();
}
