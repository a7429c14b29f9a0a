import type { Loss, LossOptions } from "./loss.ts";
import type { ErrorOptions } from "./margin_errors.ts";
import { aboveZero, allErrors, thresholded } from "./high_error_margin.ts";
import { marginLoss } from "./margin_loss.ts";

/** {@linkcode ErrorOptions} where the margin may be left out. */
export type MultiMarginOptions = LossOptions & Partial<ErrorOptions>;

// "The default value typically used for this loss" (section 3.6): PyTorch's MultiMarginLoss.
const MARGIN = 1;

/**
 * Multi-class margin loss (MM): the mean of the errors e over all samples and all C classes (eq. 7, section 3.6),
 * where e_i = max(0, y_i - y_l + mu)^p for i != l, and e_l = 0 (eq. 6).
 *
 * The target's zero counts in the mean, as in PyTorch's `multi_margin_loss`.
 *
 * @param options.margin mu; 1 unless told
 * @param options.exponent p; 1 unless told. Table 1 needs 1/2, with margin 1/2
 * @throws {RangeError} for a margin that is not finite or an exponent that is not above 0
 */
export function multiMargin(options: MultiMarginOptions = {}): Loss {
  return marginLoss({ margin: MARGIN, ...options }, allErrors);
}

/**
 * MM+maz of the ablation (Table 3): {@linkcode multiMargin} with the mean of the above-zero errors of each sample,
 * and then of the above-zero losses of the batch, as in HEM's eq. 8 without the threshold.
 */
export function multiMarginAboveZero(options: MultiMarginOptions = {}): Loss {
  return marginLoss({ margin: MARGIN, ...options }, aboveZero);
}

/**
 * MM+thres of the ablation (Table 3): {@linkcode multiMargin} with each sample's errors below their mean set to
 * zero, as in HEM, but the mean over all samples and all classes, as in MM.
 */
export function multiMarginThresholded(options: MultiMarginOptions = {}): Loss {
  return marginLoss({ margin: MARGIN, ...options }, thresholded);
}
