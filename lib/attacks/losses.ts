/** What attacks drive up: one number per image, with its gradient by the logits. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { number, op, softmaxCrossEntropy, vector } from "../tensorflow/mod.ts";

/** The loss of each image, [n], and its gradient by the logits, [n, C]. */
export interface SampleLoss {
  value: Tensor;
  gradient: Tensor;
}

// What each of the four largest logits weighs in the targeted DLR loss's denominator, z(1) - (z(3) + z(4)) / 2.
const DENOMINATOR = vector([1, 0, -0.5, -0.5]);

/** Cross-entropy of each image: -log softmax(z)_y (APGD-CE). */
export function crossEntropyOfEach(logits: Tensor, labels: Tensor): SampleLoss {
  const [value, gradient] = softmaxCrossEntropy(logits, labels);
  return { value, gradient };
}

/**
 * The targeted DLR loss of each image (Croce and Hein 2020, eq. 7): -(z_y - z_t) / (z(1) - (z(3) + z(4)) / 2 + 1e-12), where
 * z(1) >= z(2) >= ... are the sorted logits.
 *
 * The gradient flows through the sorted logits, their order is a constant.
 *
 * @param logits [n, C] with C >= 4
 * @param towards [n, C]: 1 at the target t, -1 at the label y, 0 elsewhere
 */
export function targetedDlr(logits: Tensor, towards: Tensor): SampleLoss {
  const classes = logits.shape[1]!;
  const [values, places] = op.topk(logits, 4);
  const spread = op.add(op.rowSum(op.mul(values, DENOMINATOR)), number(1e-12));
  const value = op.div(op.rowSum(op.mul(logits, towards)), spread);
  const bySpread = op.sum(op.mul(op.oneHot(places, classes, { axis: 1 }), DENOMINATOR), [2]);
  return {
    value: op.squeezeColumn(value),
    gradient: op.div(op.sub(towards, op.mul(value, bySpread)), spread),
  };
}

/** The logit of the target minus that of the label, z_t - z_y (FAB-T); arguments as {@linkcode targetedDlr}. */
export function logitDifference(logits: Tensor, towards: Tensor): SampleLoss {
  return { value: op.squeezeColumn(op.rowSum(op.mul(logits, towards))), gradient: towards };
}
