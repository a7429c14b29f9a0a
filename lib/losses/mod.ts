// The losses that the paper compares, for any network of TensorFlow.js.
// In: logits [N, C] or [N, H, W, C] and integer labels. Out: one differentiable scalar.
// Each factory takes what its loss needs; `losses` makes them from the class counts of a training set.
export type { Loss, LossOptions } from "./loss.ts";
export { crossEntropy } from "./cross_entropy.ts";
export { logitNorm } from "./logit_norm.ts";
export { logitAdjusted } from "./logit_adjusted.ts";
export { dice, type DiceDenominator } from "./dice.ts";
export type { ErrorOptions, MarginIndex } from "./margin_errors.ts";
export {
  multiMargin,
  multiMarginAboveZero,
  type MultiMarginOptions,
  multiMarginThresholded,
} from "./multi_margin.ts";
export { highErrorMargin } from "./high_error_margin.ts";
export { hemMargin, hemPlusMargins, type MarginOptions } from "./margins.ts";
export { type LossContext, losses } from "./catalogue.ts";
export { type LossName, lossNames } from "./names.ts";
export { samplesPerClass, type SampleUnit, sampleUnits } from "./sample_units.ts";
