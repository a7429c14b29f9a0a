import type { Loss, LossOptions } from "./loss.ts";
import type { ErrorOptions } from "./margin_errors.ts";
import { marginLoss } from "./margin_loss.ts";

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
  return marginLoss(options, { threshold: true, aboveZero: true });
}
