import { number } from "../tensorflow/mod.ts";
import type { Loss, LossOptions } from "./loss.ts";
import * as op from "./ops.ts";
import { type Evaluated, lossOver, type Samples, shareOf } from "./samples.ts";

/**
 * Cross-entropy (CE): the mean over the samples of -log p_l (eq. 2, section 3.1), where l is the sample's label
 * and p = softmax(y) at temperature 1 (eq. 1).
 *
 * @example
 * ```ts
 * import { crossEntropy } from "./lib/losses/mod.ts";
 * const loss = crossEntropy();
 * loss(tf.tensor2d([[2, 0, 0, 0]]), tf.tensor1d([0], "int32")); // 0.34, Table 1's first row
 * ```
 */
export function crossEntropy(options: LossOptions = {}): Loss {
  return lossOver(meanCrossEntropy, options);
}

/** Mean cross-entropy over the samples that count: the core of CE, LN and LA. */
export function meanCrossEntropy(samples: Samples): Evaluated {
  const { rows, labels, count, counted } = samples;
  const [losses, gradient] = op.softmaxCrossEntropy(rows, labels);
  if (!counted) {
    const share = number(1 / count);
    return {
      value: op.meanOfSamples(losses),
      saved: [gradient],
      gradient: (dy, [gradient]) => op.mul(gradient!, op.mul(dy, share)),
    };
  }
  // The weight of each sample: 0, or 1 / the number that counts.
  const weights = op.mul(op.asNumber(counted), shareOf(samples));
  return {
    value: op.sumOfSamples(op.mulOrZero(losses, weights)),
    saved: [gradient, weights],
    gradient: (dy, [gradient, weights]) =>
      op.mulOrZero(gradient!, op.asColumn(op.mul(weights!, dy))),
  };
}
