import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { number, op } from "../tensorflow/mod.ts";
import type { Loss, LossOptions } from "./loss.ts";
import { asColumn, atTarget, isTarget, ofTarget, sumPerClass, totalsPerClass } from "./targets.ts";
import { type Evaluated, lossOver, type Samples } from "./samples.ts";
import { columnTotals } from "./totals.ts";

/** Which denominator DICE has: see {@linkcode dice}. */
export type DiceDenominator = "squared" | "plain";

// Keeps the denominator of a class without samples above 0 (the clamp of segmentation_models_pytorch).
const EPSILON = 1e-7;

/**
 * DICE: the mean over the C classes of 1 - 2 I_c / D_c (eq. 5, section 3.5), where over all samples of the batch
 * I_c = sum p_c g_c is the overlap of the probabilities p = softmax(y) with the one-hot labels g, and D_c is
 *
 * - `"squared"`: sum p_c^2 + sum g_c^2 (Milletari et al. 2016, V-Net, which the paper cites). A class without
 *   samples in the batch gives the constant 1.
 * - `"plain"`: sum p_c + sum g_c, as in segmentation_models_pytorch's `DiceLoss` (multiclass mode): a class
 *   without samples in the batch gives 0, and counts in the mean.
 *
 * The paper's text does not say which one it used.
 *
 * @param options.denominator `"squared"` unless told
 * @throws {RangeError} for another denominator
 */
export function dice(options: LossOptions & { readonly denominator?: DiceDenominator } = {}): Loss {
  const { denominator = "squared", ignoreLabel } = options;
  if (denominator !== "squared" && denominator !== "plain") {
    throw new RangeError(`denominator must be "squared" or "plain", got ${denominator}`);
  }
  return lossOver((samples) => overlap(samples, denominator), { ignoreLabel });
}

type Kept = "p" | "sizes" | "pOfTarget" | "labels" | "column" | "divisor" | "score";

function overlap(
  samples: Samples,
  denominator: DiceDenominator,
): Evaluated<Record<Kept, Tensor>> {
  const { labels, classes, counted } = samples;
  const squared = denominator === "squared";

  const weights = counted && op.cast(counted, "float32");
  const all = op.softmax(samples.rows);
  const p = weights ? op.mulNoNan(all, asColumn(weights)) : all;
  const sizes = squared ? op.square(p) : p;
  const column = asColumn(labels);
  const pOfTarget = atTarget(p, column);

  const inBatch = sumPerClass(labels, classes, weights); // sum g_c
  const intersection = totalsPerClass(labels, classes, op.squeezeColumn(pOfTarget)); // I_c
  const sum = op.add(columnTotals(sizes), inBatch);
  const divisor = squared ? op.add(sum, number(EPSILON)) : op.maximum(sum, number(EPSILON));
  const score = op.div(op.add(intersection, intersection), divisor);

  let lacking = op.sub(number(1), score);
  // Only classes in the batch count in the plain one; and nothing where all samples are ignored.
  if (!squared) lacking = op.mul(lacking, op.sign(inBatch));
  else if (weights) lacking = op.mul(lacking, op.sign(op.sum(weights)));

  return {
    value: op.mean(lacking),
    saved: { p, sizes, pOfTarget, labels, column, divisor, score },
    // With s_c the score and g one-hot, q_c = dL/dp_c = (s_c dD_c/dp_c - 2 g_c) / (C D_c); the softmax makes of it
    // p_c (q_c - sum_j p_j q_j).
    gradient: (dy, { p, sizes, pOfTarget, labels, column, divisor, score }) => {
      const share = op.div(op.mul(dy, number(1 / classes)), divisor);
      const twice = op.add(share, share);
      const byDivisor = op.mul(squared ? twice : share, score);
      const byOverlap = op.mul(pOfTarget, ofTarget(twice, column)); // -p_l q_l's part from the overlap
      const pq = op.mul(sizes, byDivisor);
      const total = op.sub(op.rowSum(pq), byOverlap);
      const gradient = op.sub(pq, op.mul(p, total));
      const target = op.sub(atTarget(gradient, column), byOverlap);
      return op.where(isTarget(labels, classes), target, gradient);
    },
  };
}
