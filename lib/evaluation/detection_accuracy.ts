import { predictions } from "./accuracy.ts";
import { checkArray, checkLabels } from "./arguments.ts";

/**
 * How the threshold is read from the sorted scores of the accepted share; the paper does not say.
 * - `"order"`: the largest score that at least the share of them reach; of n sorted ones that at `floor((1 - share) n)`,
 *   or NumPy's `-quantile(-scores, share, method="inverted_cdf")`
 * - `"linear"`: NumPy's default, `quantile(scores, 1 - share)`, which interpolates between two neighbouring scores
 */
export type QuantileRule = "order" | "linear";

/** The readings of the threshold, the default first. */
export const quantileRules: readonly QuantileRule[] = ["order", "linear"];

/** Part of the correctly classified clean samples that is accepted (A.1.2). */
const acceptedShare = 0.95;

/** Logits and the confidence that was computed from them. */
export interface Scored {
  /** [count * classes] */
  logits: Float32Array;
  /** [count], larger is more confident: MSP or MLS. */
  confidence: ArrayLike<number>;
  /** [count] */
  labels: ArrayLike<number>;
  classes: number;
}

/**
 * The confidence from which on a sample is accepted: such that 95 % of the correctly classified samples of the clean
 * test set are (A.1.2; Zhu et al. 2024). A sample at the threshold is accepted; ties there are accepted together, so the
 * share can be above 95 %: where at least 95 % of the MSPs are exactly 1, those alone are accepted.
 *
 * @param clean The network's own scores on the clean test set
 * @throws {RangeError} when no sample is classified correctly, the lengths do not fit, a score is not finite, or a label is
 *   no class
 */
export function acceptanceThreshold(
  clean: Scored,
  options: { share?: number; rule?: QuantileRule } = {},
): number {
  const { share = acceptedShare, rule = "order" } = options;
  if (!(share > 0 && share <= 1)) {
    throw new RangeError(`Cannot accept a share of ${share}: wanted more than 0, at most 1`);
  }
  const correct = correctness(clean);
  const scores = Float64Array.from(clean.confidence).filter((_, n) => correct[n]).sort();
  if (scores.length === 0) {
    throw new RangeError(
      "Cannot set the threshold: no sample of the clean test set is classified correctly",
    );
  }
  // Not (1 - share) * count, which is off a whole number: a threshold that is a digit above a score rejects that score.
  const shareLeftOf = (count: number) => count - share * count;
  if (rule === "order") {
    // 1e-9: for shares whose product with the count is not rounded to the whole number that it is
    return scores[Math.min(scores.length - 1, Math.floor(shareLeftOf(scores.length) + 1e-9))]!;
  }
  const place = shareLeftOf(scores.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, scores.length - 1);
  return scores[below]! + (place - below) * (scores[above]! - scores[below]!);
}

/**
 * Detection accuracy rate: the share of samples that are accepted and classified correctly, or rejected and classified
 * wrongly (A.1.2; Spratling 2023, Zhu et al. 2024). A sample is accepted when its confidence is at least `threshold`.
 *
 * For adversarial samples the labels are those of the clean images; images that the attack left as they were count as
 * well, by the same rule.
 *
 * @param threshold See {@linkcode acceptanceThreshold}
 * @returns A fraction in [0, 1]
 * @throws {RangeError} when the lengths do not fit, a score is not finite, a label is no class, or there are no samples
 */
export function detectionAccuracyRate(samples: Scored, threshold: number): number {
  if (!Number.isFinite(threshold)) {
    throw new RangeError(`Cannot compute DAR: the threshold is ${threshold}`);
  }
  const correct = correctness(samples);
  const right = correct.filter((isCorrect, n) =>
    isCorrect === (samples.confidence[n]! >= threshold)
  );
  return right.length / correct.length;
}

function correctness({ logits, confidence, labels, classes }: Scored): boolean[] {
  const predicted = predictions(logits, classes);
  checkArray(confidence, "confidences");
  checkLabels(labels, classes);
  const lengths = [predicted.length, confidence.length, labels.length];
  if (new Set(lengths).size > 1 || predicted.length === 0) {
    throw new RangeError(
      `Cannot compute DAR: wanted as many predictions, scores and labels, at least one, got ${
        lengths.join(", ")
      }`,
    );
  }
  const wrong = Array.from(confidence).findIndex((score) => !Number.isFinite(score));
  if (wrong >= 0) {
    throw new RangeError(
      `Cannot compute DAR: the confidence of sample ${wrong} is ${confidence[wrong]}`,
    );
  }
  return Array.from(predicted, (prediction, n) => prediction === labels[n]);
}
