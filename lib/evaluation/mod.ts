// How good predictions are: accuracy, IoU, confidence, how well confidence tells known from unknown classes.
// In: logits as typed arrays [count * classes], labels, scores. Out: numbers (fractions, not percent).
// No TensorFlow here, and nothing of networks or data sets.
export { accuracy, predictions } from "./accuracy.ts";
export { aupr, auprConvention } from "./aupr.ts";
export { auroc } from "./auroc.ts";
export { ConfusionMatrix, type ConfusionOptions } from "./confusion_matrix.ts";
export { mls, msp, normalisedLogits } from "./confidence.ts";
export {
  acceptanceThreshold,
  detectionAccuracyRate,
  type QuantileRule,
  quantileRules,
  type Scored,
} from "./detection_accuracy.ts";
export { fpr95, fpr95Convention } from "./fpr95.ts";
export { histogram } from "./histogram.ts";
export {
  type IntersectionOverUnion,
  intersectionOverUnion,
  pixelAccuracy,
} from "./intersection_over_union.ts";
export { type ContinualMetrics, continualMetrics, finalAccuracies } from "./transfer.ts";
