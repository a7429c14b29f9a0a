// Metrics: accuracy, confidence, AUROC, histograms, and what is said of several trials.
// In: logits, scores and labels as arrays. Out: numbers, fractions in [0, 1] where they can be one.
// Nothing here knows a network, a data set or TensorFlow.
export { accuracy, predictions } from "./accuracy.ts";
export { auroc } from "./auroc.ts";
export { type LogitBatch, maximumLogit, maximumSoftmaxProbability } from "./confidence.ts";
export { type Histogram, histogram } from "./histogram.ts";
export { mean, standardDeviation, standardError } from "./statistics.ts";
