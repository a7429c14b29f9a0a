import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { op, vector } from "../tensorflow/mod.ts";
import type { Loss, LossOptions } from "./loss.ts";
import {
  checkErrorOptions,
  type ErrorOptions,
  errorsOf,
  hinges,
  slopesOf,
} from "./margin_errors.ts";
import { isTarget } from "./targets.ts";
import { type Evaluated, lossOver, type Samples, weighted } from "./samples.ts";
import { total } from "./totals.ts";

/**
 * The weights w of the errors e, both [P, C], which tell the margin losses apart: 0 where the error is 0, and for ignored
 * samples. They are detached: the loss's gradient takes them for constants.
 */
export type ErrorWeights = (errors: Tensor, samples: Samples) => Tensor;

/** A loss on margin errors e (eq. 6): L = sum of w e over all samples and classes. */
export function marginLoss(options: LossOptions & ErrorOptions, weightsOf: ErrorWeights): Loss {
  const { margin, exponent = 1, marginIndex = "target", ignoreLabel } = options;
  checkErrorOptions({ margin, exponent, marginIndex });
  const margins = typeof margin === "number" ? margin : vector(margin);
  const classes = typeof margin === "number" ? undefined : margin.length;
  return lossOver((samples) => {
    const hinge = hinges(samples, margins, marginIndex);
    const errors = errorsOf(hinge, exponent);
    const weights = weightsOf(errors, samples);
    return weightedSum(samples, { hinge, errors, exponent, weights });
  }, { ignoreLabel, classes });
}

function weightedSum(
  samples: Samples,
  { hinge, errors, exponent, weights }: {
    hinge: Tensor;
    errors: Tensor;
    exponent: number;
    weights: Tensor;
  },
): Evaluated<{ labels: Tensor; weights: Tensor; hinge?: Tensor; errors?: Tensor }> {
  return {
    value: total(weighted(errors, weights, samples)),
    saved: { labels: samples.labels, weights, ...(exponent !== 1 && { hinge, errors }) },
    // dL/dy_i = w_i de_i/du_i for i != l, and minus their sum for the label l.
    gradient: (dy, { labels, weights, hinge, errors }) => {
      const scaled = op.mul(weights, dy);
      // With p = 1, de/du is 1 wherever w is not 0.
      const byErrors = exponent === 1
        ? scaled
        : weighted(slopesOf(hinge!, errors!, exponent), scaled, samples);
      const byTarget = op.neg(op.rowSum(byErrors));
      return op.where(isTarget(labels, samples.classes), byTarget, byErrors);
    },
  };
}
