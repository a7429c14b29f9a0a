import { op, vector } from "../tensorflow/mod.ts";
import { checkClassCounts } from "./class_counts.ts";
import { meanCrossEntropy } from "./cross_entropy.ts";
import type { Loss, LossOptions } from "./loss.ts";
import { lossOver } from "./samples.ts";

// Keeps the logarithm finite for a class without samples (Menon et al.'s code).
const SMALLEST_SHARE = 1e-12;

/**
 * Logit-adjusted loss (LA): cross-entropy of y_i + tau log pi_i (eqs. 3 and 4, section 3.4; Menon et al. 2021),
 * where pi_i = s_i / sum_j s_j is the share of the s_i training samples of class i.
 *
 * For training only: predictions use the logits as they are. With equal class counts it is CE, bit for bit
 * (the greatest log pi is taken off all, which changes no softmax).
 *
 * @param options.classCounts s: training samples per class, at least one of them positive
 * @param options.tau Strength of the adjustment; 1 in the paper
 * @throws {RangeError} for class counts that are negative, not finite or all 0, or a tau that is not finite
 */
export function logitAdjusted(
  options: LossOptions & { readonly classCounts: readonly number[]; readonly tau?: number },
): Loss {
  const { classCounts, tau = 1, ignoreLabel } = options;
  checkClassCounts(classCounts);
  if (!Number.isFinite(tau)) throw new RangeError(`tau must be a finite number, got ${tau}`);
  const total = classCounts.reduce((sum, count) => sum + count, 0);
  const logs = classCounts.map((count) => Math.log(count / total + SMALLEST_SHARE));
  const greatest = logs.reduce((a, b) => Math.max(a, b));
  const adjustments = vector(logs.map((log) => tau * (log - greatest)));
  return lossOver((samples) => {
    const rows = op.biasAdd(samples.rows, adjustments);
    return meanCrossEntropy({ ...samples, rows });
  }, { ignoreLabel, classes: classCounts.length });
}
