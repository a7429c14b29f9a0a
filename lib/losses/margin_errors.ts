import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { number, op } from "../tensorflow/mod.ts";
import { asColumn, atTarget, byTarget, ofTarget } from "./targets.ts";
import type { Samples } from "./samples.ts";

/** Whose margin an error uses where each class has its own: the sample's class l or the class i it competes with. */
export type MarginIndex = "target" | "competitor";

/** How the errors of the margin losses are made (eq. 6). */
export interface ErrorOptions {
  /** mu: one number, or one per class. The paper's are not negative; a negative one is allowed. */
  readonly margin: number | readonly number[];
  /**
   * p, above 0. The paper's text lost it: Table 1 can only be produced with 1/2, while the training experiments
   * fit 1, which is the default.
   */
  readonly exponent?: number;
  /** For a margin per class: mu_l (`"target"`, the default) or mu_i (`"competitor"`). */
  readonly marginIndex?: MarginIndex;
}

/**
 * @throws {RangeError} for a margin that is not finite, an empty list of margins, an exponent that is not above 0,
 *   an unknown marginIndex
 */
export function checkErrorOptions(options: Required<ErrorOptions>): void {
  const { margin, exponent, marginIndex } = options;
  const margins = typeof margin === "number" ? [margin] : margin;
  const bad = margins.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0 || margins.length === 0) {
    throw new RangeError(
      `margin must be a finite number or one finite number per class, got ` +
        (margins.length === 0 ? "an empty list" : `${margins[bad]}`),
    );
  }
  if (!(exponent > 0 && exponent < Infinity)) {
    throw new RangeError(`exponent must be a finite number above 0, got ${exponent}`);
  }
  if (marginIndex !== "target" && marginIndex !== "competitor") {
    throw new RangeError(`marginIndex must be "target" or "competitor", got ${marginIndex}`);
  }
}

/**
 * u_i = max(0, y_i - y_l + mu) for every class i but the label l, and 0 for l (eq. 6): [P, C]. `margin` is a number, or a
 * vector with one per class. What it is for an ignored sample means nothing.
 */
export function hinges(
  samples: Samples,
  margin: number | Tensor,
  marginIndex: MarginIndex,
): Tensor {
  const { rows, labels, classes } = samples;
  const column = asColumn(labels);
  const difference = op.sub(rows, atTarget(rows, column));
  // Minus infinity takes the target out of the errors.
  if (typeof margin === "number") {
    return op.relu(op.add(difference, byTarget(labels, classes, -Infinity, margin)));
  }
  const withMargin = marginIndex === "competitor"
    ? op.biasAdd(difference, margin)
    : op.add(difference, ofTarget(margin, column));
  return op.relu(op.add(withMargin, byTarget(labels, classes, -Infinity, 0)));
}

/** e = u^p. */
export function errorsOf(hinge: Tensor, exponent: number): Tensor {
  if (exponent === 1) return hinge;
  if (exponent === 0.5) return op.sqrt(hinge);
  if (exponent === 2) return op.square(hinge);
  return op.pow(hinge, number(exponent));
}

/**
 * de/du = p u^(p - 1) = p e / u where u > 0, and 0 at the kink u = 0, where an exponent below 1 has no finite one.
 */
export function slopesOf(hinge: Tensor, errors: Tensor, exponent: number): Tensor {
  if (exponent === 1) return op.sign(hinge);
  if (exponent === 0.5) return op.divNoNan(number(0.5), errors);
  if (exponent === 2) return op.add(hinge, hinge);
  return op.divNoNan(op.mul(errors, number(exponent)), hinge);
}
