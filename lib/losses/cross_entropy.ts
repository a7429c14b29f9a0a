import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { number, op, softmaxCrossEntropy } from "../tensorflow/mod.ts";
import type { Loss, LossOptions } from "./loss.ts";
import { asColumn } from "./targets.ts";
import { type Evaluated, lossOver, type Samples, shareOf, weighted } from "./samples.ts";
import { total } from "./totals.ts";

/**
 * Cross-entropy (CE): the mean over the samples of -log p_l (eq. 2, section 3.1), where l is the sample's label
 * and p = softmax(y) at temperature 1 (eq. 1).
 *
 * @param options.temperature Divides the logits before the softmax; 1 unless told, "typically set to one". Section 3.3 says that
 *   LN's small one makes it fail
 * @throws {RangeError} for a temperature that is not above 0
 *
 * @example
 * ```ts
 * import { crossEntropy } from "./lib/losses/mod.ts";
 * const loss = crossEntropy();
 * loss(tf.tensor2d([[2, 0, 0, 0]]), tf.tensor1d([0], "int32")); // 0.34, Table 1's first row
 * ```
 */
export function crossEntropy(options: LossOptions & { readonly temperature?: number } = {}): Loss {
  const { temperature, ...own } = options;
  if (temperature === undefined) return lossOver(meanCrossEntropy, own);
  if (!(temperature > 0 && temperature < Infinity)) {
    throw new RangeError(`temperature must be a finite number above 0, got ${temperature}`);
  }
  return lossOver((samples): ReturnType<typeof meanCrossEntropy> => {
    const rows = op.div(samples.rows, number(temperature));
    const inner = meanCrossEntropy({ ...samples, rows });
    return {
      ...inner,
      gradient: (dy, saved) => op.div(inner.gradient(dy, saved), number(temperature)),
    };
  }, own);
}

/** Mean cross-entropy over the samples that count: the core of CE, LN and LA. */
export function meanCrossEntropy(samples: Samples): Evaluated<{ slope: Tensor; share?: Tensor }> {
  const [losses, slope] = softmaxCrossEntropy(samples.rows, samples.labels);
  if (!samples.counted) {
    return {
      value: op.mul(total(losses), shareOf(samples)),
      saved: { slope },
      gradient: (dy, { slope }) => op.mul(slope, op.mul(dy, shareOf(samples))),
    };
  }
  const share = shareOf(samples);
  return {
    value: total(weighted(asColumn(losses), share, samples)),
    saved: { slope, share },
    gradient: (dy, { slope, share }) => weighted(slope, op.mul(share!, dy), samples),
  };
}
