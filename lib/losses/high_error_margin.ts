import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { number, op } from "../tensorflow/mod.ts";
import type { Loss, LossOptions } from "./loss.ts";
import type { ErrorOptions } from "./margin_errors.ts";
import { type ErrorWeights, marginLoss } from "./margin_loss.ts";
import { asColumn } from "./targets.ts";
import { type Samples, shareOf } from "./samples.ts";
import { total } from "./totals.ts";

/**
 * High error margin loss (HEM), the paper's own (section 4.1, eq. 8), and with a margin per class HEM+ (section 4.3).
 *
 * With the errors e_i = max(0, y_i - y_l + mu)^p for i != l, and e_l = 0 (eq. 6):
 *
 * 1. thr = the mean of e over all C classes, detached from the gradient
 * 2. keep e_i where e_i >= thr, else 0
 * 3. L_b = sum of the kept / (1e-6 + number of the kept above 0), for each sample b
 * 4. L = sum of L_b / (1e-6 + number of L_b above 0)
 *
 * @example
 * ```ts
 * import { hemMargin, highErrorMargin } from "./lib/losses/mod.ts";
 * const loss = highErrorMargin({ margin: hemMargin(60000) }); // 0.1826, for MNIST
 * const value = loss(logits, labels);
 * ```
 *
 * @param options.margin mu, or one per class: see `hemMargin` and `hemPlusMargins`
 * @param options.exponent p; 1 unless told. Table 1 needs 1/2, with margin 1/2
 * @param options.marginIndex Whose margin an error uses where there is one per class; the target's unless told
 * @throws {RangeError} for margins that are not finite or an exponent that is not above 0
 */
export function highErrorMargin(options: LossOptions & ErrorOptions): Loss {
  return marginLoss(options, highErrors);
}

/** HEM, eq. 8, all steps. */
const highErrors: ErrorWeights = (errors, samples) => {
  const dropped = belowMean(errors);
  return ofKept(dropped, shareAboveZero(dropped, samples));
};

/** MM+maz of Table 3: steps 3 and 4 alone. */
export const aboveZero: ErrorWeights = (errors, samples) => {
  const dropped = isZero(errors);
  return ofKept(dropped, shareAboveZero(dropped, samples));
};

/** MM+thres of Table 3: steps 1 and 2 alone. */
export const thresholded: ErrorWeights = (errors, samples) =>
  ofKept(belowMean(errors), shareOfAll(samples));

/** MM, eq. 7: no step. */
export const allErrors: ErrorWeights = (errors, samples) =>
  ofKept(isZero(errors), shareOfAll(samples));

function ofKept(dropped: Tensor, share: Tensor): Tensor {
  return op.where(dropped, number(0), share);
}

// That an error is dropped is asked such that NaN is kept, and shows in the loss.
function isZero(errors: Tensor): Tensor {
  return op.lessEqual(errors, number(0));
}

// A threshold of 0 becomes this, the smallest normal float32, so that no zero reaches it.
const ABOVE_ZERO = 2 ** -126;

/** Steps 1 and 2: which errors are below the mean of their sample's; those that are 0 too. */
function belowMean(errors: Tensor): Tensor {
  return op.less(errors, op.maximum(op.rowMean(errors), number(ABOVE_ZERO)));
}

/** Of a mean over all samples and classes: 1 / (P C). */
function shareOfAll(samples: Samples): Tensor {
  return op.mul(shareOf(samples), number(1 / samples.classes));
}

// Added to the numbers that are divided by, as in the reference code.
const EPSILON = 1e-6;

/** Steps 3 and 4: 1 / ((1e-6 + n_b) (1e-6 + N)), [P, 1], where n_b errors of sample b are kept, and N samples keep any. */
function shareAboveZero(dropped: Tensor, { classes, counted }: Samples): Tensor {
  const kept = op.sub(number(classes), op.rowSum(op.cast(dropped, "float32"))); // n_b
  const keepsAny = op.sign(kept);
  const above = counted ? op.mul(keepsAny, asColumn(op.cast(counted, "float32"))) : keepsAny;
  const samplesAbove = op.add(total(above), number(EPSILON));
  return op.div(above, op.mul(op.add(kept, number(EPSILON)), samplesAbove));
}
