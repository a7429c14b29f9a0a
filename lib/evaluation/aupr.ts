import { acceptedCounts, sortedScores } from "./sorted_scores.ts";

/** The convention of `aupr()` in a few words, for records and tables. */
export const auprConvention =
  "in: known positive, out: unknown positive; trapezoids, not average precision";

/**
 * Area under the curve of precision over recall.
 *
 * `positive: "known"` is AUPR-IN (a sample is accepted as known where its confidence is at least the threshold), "unknown" is
 * AUPR-OUT (called unknown where it is at most that). Convention of OpenOOD 1.5 and pytorch-ood 0.4.0: scikit-learn's
 * `precision_recall_curve`, one point per score, begun at recall 0 with precision 1, and the trapezoids below it; not the
 * average precision, which is smaller. Unlike AUROC it depends on how many samples there are of each kind.
 *
 * @param known Confidence of samples of the known classes
 * @param unknown Confidence of samples of unknown classes
 * @returns A fraction in [0, 1]; larger is better
 * @throws {RangeError} when either is empty or holds a score that is not finite
 */
export function aupr(
  known: ArrayLike<number>,
  unknown: ArrayLike<number>,
  { positive }: { positive: "known" | "unknown" },
): number {
  const [k, u] = [sortedScores(known, "known", "AUPR"), sortedScores(unknown, "unknown", "AUPR")];
  const positives = positive === "unknown" ? u.length : k.length;
  let area = 0, lastRecall = 0, lastPrecision = 1;
  for (const accepted of acceptedCounts(k, u, positive)) {
    const recall = accepted.positive / positives;
    const precision = accepted.positive / (accepted.positive + accepted.negative);
    area += (recall - lastRecall) * (precision + lastPrecision) / 2;
    [lastRecall, lastPrecision] = [recall, precision];
  }
  return area;
}
