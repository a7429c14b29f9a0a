import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { number, vector } from "../tensorflow/mod.ts";
import type { Loss, LossOptions } from "./loss.ts";
import {
  checkErrorOptions,
  type ErrorOptions,
  errorsOf,
  hinges,
  slopesOf,
} from "./margin_errors.ts";
import * as op from "./ops.ts";
import { type Evaluated, lossOver, type Samples, shareOf } from "./samples.ts";

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
  checkErrorOptions({ margin, exponent, marginIndex });
  const margins = typeof margin === "number" ? margin : vector(margin);
  const classes = typeof margin === "number" ? undefined : margin.length;
  return lossOver((samples) => {
    const hinge = hinges(samples, margins, marginIndex);
    return combined(samples, hinge, exponent, combination);
  }, { ignoreLabel, classes });
}

/**
 * With k_b the sum of the kept errors of sample b and n_b their number, L is
 *
 * - over everything: sum_b k_b / (P C)
 * - above zero: sum_b L_b / (1e-6 + number of L_b > 0), where L_b = k_b / (1e-6 + n_b)
 *
 * The threshold and the numbers are detached: dL/de is the same for all errors that a sample keeps.
 */
function combined(
  samples: Samples,
  hinge: Tensor,
  exponent: number,
  { threshold, aboveZero }: Combination,
): Evaluated {
  const { labels, classes } = samples;
  const errors = errorsOf(hinge, exponent);
  // Asked the other way round, so that NaN is kept and shows in the loss. A zero is always dropped.
  const dropped = threshold
    ? op.less(errors, op.maximum(op.meanOfClasses(errors), number(ABOVE_ZERO)))
    : op.atMost(errors, number(0));
  const kept = threshold ? op.choose(dropped, number(0), errors) : errors;

  let value: Tensor;
  let divisors: Tensor[]; // of every error's share in the value
  if (aboveZero) {
    const number_b = op.sub(number(classes + EPSILON), op.sumOfClasses(op.asNumber(dropped)));
    const losses = op.divOrZero(op.sumOfClasses(kept), number_b);
    const above = op.add(op.sumOfAll(op.sign(losses)), number(EPSILON));
    value = op.div(op.sumOfAll(losses), above);
    divisors = [above, number_b];
  } else {
    const share = op.mul(shareOf(samples), number(1 / classes));
    value = op.mul(op.sumOfAll(kept), share);
    divisors = [share];
  }
  return {
    value,
    saved: [labels, hinge, errors, dropped, ...divisors],
    gradient: (dy, [labels, hinge, errors, dropped, first, number_b]) => {
      const scale = number_b ? op.divOrZero(op.div(dy, first!), number_b) : op.mul(dy, first!);
      const byErrors = exponent === 1
        ? op.choose(dropped!, number(0), scale)
        : op.choose(dropped!, number(0), op.mul(slopesOf(hinge!, errors!, exponent), scale));
      const byTarget = op.negative(op.sumOfClasses(byErrors));
      return op.choose(op.isTarget(labels!, classes), byTarget, byErrors);
    },
  };
}
