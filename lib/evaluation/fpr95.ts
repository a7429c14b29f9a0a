import { acceptedCounts, sortedScores } from "./sorted_scores.ts";

// "FPR at 95 % TPR" (Liang, Li & Srikant 2018)
const RECALL = 0.95;

/** The convention of `fpr95()` in a few words, for records and tables. */
export const fpr95Convention = "unknown positive; first threshold with TPR >= 0.95; ties together";

/**
 * The false positive rate at a true positive rate of 95 %.
 *
 * Convention of OpenOOD 1.5 and pytorch-ood 0.4.0: unknown samples are positive, and called so where their confidence is at most
 * a threshold; of the thresholds, which are the scores themselves, the first (lowest) counts at which at least 95 % of the
 * unknown samples are found. The result is the share of known samples that are then called unknown too. With
 * `positive: "known"`, as in ODIN, it is the share of unknown samples that are accepted where 95 % of the known ones are.
 * Samples of equal score are accepted together.
 *
 * @param known Confidence of samples of the known classes
 * @param unknown Confidence of samples of unknown classes
 * @returns A fraction in [0, 1]; smaller is better
 * @throws {RangeError} when either is empty or holds a score that is not finite
 */
export function fpr95(
  known: ArrayLike<number>,
  unknown: ArrayLike<number>,
  { positive = "unknown" }: { positive?: "known" | "unknown" } = {},
): number {
  const [k, u] = [sortedScores(known, "known", "FPR95"), sortedScores(unknown, "unknown", "FPR95")];
  const [positives, negatives] = positive === "unknown" ? [u, k] : [k, u];
  for (const accepted of acceptedCounts(k, u, positive)) {
    if (accepted.positive / positives.length >= RECALL) return accepted.negative / negatives.length;
  }
  // the last threshold accepts everything
  return 1;
}
