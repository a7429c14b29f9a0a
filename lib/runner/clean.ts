import { accuracy, histogram, msp } from "../evaluation/mod.ts";
import { predictLogits } from "../training/mod.ts";
import type { EvaluationContext, Measurements } from "./evaluation.ts";

/** The bins of every histogram of MSP over [0, 1]. */
export const confidenceBins = 50;

// The threshold of "very high confidence" of claim `overconfidence` (5.1.2, Figure 4).
const highConfidence = 0.99;

/**
 * Accuracy on the test set, the share of its images with an MSP above 0.99, and the histogram of its
 * MSP (A.1.2).
 */
export async function evaluateClean(context: EvaluationContext): Promise<Measurements> {
  const { network, dataset, advance } = context;
  advance(0, "test set");
  const logits = await predictLogits(network, dataset.test);
  const confidence = msp(logits, dataset.classes);
  const confident = confidence.filter((value) => value > highConfidence).length;
  return {
    rows: [
      {
        dataset: "test",
        metric: "accuracy",
        value: accuracy(logits, dataset.test.labels, dataset.classes),
      },
      { dataset: "test", metric: "msp_above_0.99", value: confident / confidence.length },
    ],
    histograms: [{ dataset: "test", ...confidenceHistogram(confidence) }],
  };
}

/** The histogram of MSP scores, without the data set they belong to. */
export function confidenceHistogram(confidence: Float32Array) {
  const range = { low: 0, high: 1 };
  const counts = histogram(confidence, { ...range, bins: confidenceBins });
  return { score: "msp", ...range, counts: [...counts] };
}
