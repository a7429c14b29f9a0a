import { tf } from "../tensorflow/mod.ts";
import type { Loss, LossOptions } from "./loss.ts";
import * as op from "./ops.ts";
import { countOf, type Evaluated, lossOver, type Samples } from "./samples.ts";

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

function overlap(samples: Samples, denominator: DiceDenominator): Evaluated {
  const { labels, classes, counted } = samples;
  const squared = denominator === "squared";
  const column = (values: ReturnType<typeof op.asNumber>) => tf.reshape(values, [-1, 1]);

  const weights = counted ? op.asNumber(counted) : tf.ones([samples.count]);
  const all = op.softmax(samples.rows);
  const p = counted ? op.mulOrZero(all, column(weights)) : all;
  const sizes = squared ? op.square(p) : p;
  const pOfTarget = op.atTarget(p, labels);

  const inBatch = op.sumPerClass(weights, labels, classes); // sum g_c
  const intersection = op.sumPerClass(tf.reshape(pOfTarget, [-1]), labels, classes); // I_c
  const sum = op.add(op.sumOfSamples(sizes), inBatch);
  const divisor = squared ? op.add(sum, tf.scalar(EPSILON)) : op.maximum(sum, tf.scalar(EPSILON));
  const score = op.div(op.add(intersection, intersection), divisor);

  // The classes whose 1 - score counts: all (none if every sample is ignored), or those in the batch.
  const scored = squared ? op.minimum(countOf(samples), op.ONE) : op.minimum(inBatch, op.ONE);
  const value = op.meanOfSamples(op.mul(scored, op.sub(op.ONE, score)));

  return {
    value,
    saved: [p, sizes, pOfTarget, labels, divisor, score],
    // q_c = dL/dp_c = (score_c / D_c) dD_c/dp_c / C - 2 g_c / (C D_c); then by the softmax: p_c (q_c - sum_j p_j q_j).
    gradient: (dy, [p, sizes, pOfTarget, labels, divisor, score]) => {
      const share = op.div(op.div(dy, tf.scalar(classes)), divisor!);
      const twice = op.add(share, share);
      const byDivisor = op.mul(squared ? twice : share, score!);
      const atTarget = op.mul(pOfTarget!, op.ofTarget(twice, labels!)); // p_l times 2 / (C D_l)
      const pq = op.mul(sizes!, byDivisor);
      const total = op.sub(op.sumOfClasses(pq), atTarget);
      const gradient = op.sub(pq, op.mul(p!, total));
      const target = op.sub(op.atTarget(gradient, labels!), atTarget);
      return op.choose(op.isTarget(labels!, classes), target, gradient);
    },
  };
}
