import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../tensorflow/mod.ts";
import type { Loss, LossOptions } from "./loss.ts";
import {
  checkErrorOptions,
  type ErrorOptions,
  errorsOf,
  hinges,
  slopesOf,
} from "./margin_errors.ts";
import * as op from "./ops.ts";
import { countOf, type Evaluated, lossOver, type Samples } from "./samples.ts";

/** How the errors become one number: the two modifications of MM that make HEM (section 4.1, Table 3). */
export interface Combination {
  /** Set a sample's errors below their mean to zero ("+thres"). */
  readonly threshold: boolean;
  /** Take means over what is above zero only, for each sample and then for the batch ("+maz"). */
  readonly aboveZero: boolean;
}

// Added to the numbers that are divided by, as in the reference code.
const EPSILON = 1e-6;
// A threshold of 0 becomes this, the smallest normal float32, so that no zero reaches it.
const ABOVE_ZERO = 2 ** -126;

/** A loss on margin errors e (eq. 6), combined in one of the four ways of Table 3. */
export function marginLoss(options: LossOptions & ErrorOptions, combination: Combination): Loss {
  const { margin, exponent = 1, marginIndex = "target", ignoreLabel } = options;
  const complete = { margin, exponent, marginIndex };
  checkErrorOptions(complete);
  const classes = typeof margin === "number" ? undefined : margin.length;
  return lossOver((samples) => combined(samples, complete, combination), { ignoreLabel, classes });
}

/**
 * Each sample b gives k_b = the sum of its errors that are kept. Then, with n_b the number kept,
 *
 * - over everything: L = sum_b k_b / (P C)
 * - above zero: L_b = k_b / (1e-6 + n_b) and L = sum_b L_b / (1e-6 + number of L_b > 0)
 *
 * The threshold and the numbers are detached, so dL/de is the same s_b for all errors kept in a sample.
 */
function combined(
  samples: Samples,
  options: Required<ErrorOptions>,
  { threshold, aboveZero }: Combination,
): Evaluated {
  const { exponent } = options;
  const { labels, classes } = samples;
  const hinge = hinges(samples, options);
  const errors = errorsOf(hinge, exponent);

  // Asked the other way round, so that NaN is kept and shows in the loss. A zero is always dropped.
  const isDropped = threshold
    ? op.less(errors, op.maximum(op.meanOfClasses(errors), tf.scalar(ABOVE_ZERO)))
    : op.atMost(errors, op.ZERO);
  const kept = op.sumOfClasses(threshold ? op.choose(isDropped, op.ZERO, errors) : errors);

  let value: Tensor;
  let scale: Tensor; // s_b [P, 1], or one for all []
  if (aboveZero) {
    const keptCount = op.sub(tf.scalar(classes), op.sumOfClasses(op.asNumber(isDropped)));
    const lossCount = op.sumOfSamples(op.minimum(keptCount, op.ONE)); // [1]
    const epsilon = tf.scalar(EPSILON);
    const divisor = op.mul(op.add(keptCount, epsilon), op.add(lossCount, epsilon));
    value = op.sumOfSamples(op.div(kept, divisor));
    scale = op.reciprocal(divisor);
  } else {
    const divisor = op.mul(countOf(samples), tf.scalar(classes));
    value = op.divOrZero(op.sumOfSamples(kept), divisor);
    scale = op.reciprocal(divisor);
  }
  return {
    value: tf.reshape(value, []),
    saved: [isDropped, labels, scale, hinge, errors],
    gradient: (dy, [isDropped, labels, scale, hinge, errors]) => {
      const slopes = slopesOf(hinge!, errors!, exponent);
      const byErrors = op.choose(isDropped!, op.ZERO, op.mul(slopes, op.mul(scale!, dy)));
      const byTarget = op.negative(op.sumOfClasses(byErrors));
      return op.choose(op.isTarget(labels!, classes), byTarget, byErrors);
    },
  };
}
