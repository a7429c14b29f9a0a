import { sortedScores } from "./sorted_scores.ts";

/**
 * Area under the receiver operating characteristic: the probability that a known sample is scored above an unknown one,
 * ties counted half, `P(known > unknown) + P(known = unknown) / 2` (A.1.2).
 *
 * Exact: from integer rank sums, which stay below 2^53 for up to 10^8 scores of each kind. Taking the unknown samples as
 * positive with the negated score, as OpenOOD and pytorch-ood do, gives the same number.
 *
 * @param known Confidence of samples of the known classes, right or wrong
 * @param unknown Confidence of samples of unknown classes
 * @returns A fraction in [0, 1]
 * @throws {RangeError} when either is empty or holds a score that is not finite
 */
export function auroc(known: ArrayLike<number>, unknown: ArrayLike<number>): number {
  const [k, u] = [sortedScores(known, "known", "AUROC"), sortedScores(unknown, "unknown", "AUROC")];
  // Twice the number of pairs that are in the right order, so that ties stay integers.
  let pairs = 0;
  let below = 0;
  let upTo = 0;
  for (const score of k) {
    while (below < u.length && u[below]! < score) below++;
    while (upTo < u.length && u[upTo]! <= score) upTo++;
    pairs += below + upTo;
  }
  return pairs / (2 * k.length * u.length);
}
