import { describeOrigin } from "../datasets/mod.ts";
import { accuracy, histogram, msp } from "../evaluation/mod.ts";
import { predictLogits } from "../training/mod.ts";
import { trainedClassifier } from "./classifier.ts";
import { measureSets } from "./measured_sets.ts";
import type { MeasureContext, Measurements } from "./work.ts";

/** The bins of every histogram of MSP over [0, 1]. */
const confidenceBins = 50;

// The threshold of "very high confidence" of claim `overconfidence` (5.1.2, Figure 4).
const highConfidence = 0.99;

/** Accuracy and confidence on the test set (A.1.2). */
export async function measureClean(context: MeasureContext): Promise<Measurements> {
  const { network, dataset: { test, classes } } = await trainedClassifier(context);
  const images = describeOrigin(test);
  return await measureSets(context, [{
    dataset: "test",
    title: "test set",
    async measure(onProgress) {
      const logits = await predictLogits(network, test, { onProgress });
      const confidence = msp(logits, classes);
      const confident = confidence.filter((value) => value > highConfidence).length;
      return {
        values: [
          ["accuracy", accuracy(logits, test.labels, classes)],
          ["msp_above_0.99", confident / confidence.length],
        ],
        histogram: confidenceHistogram(confidence),
        ...(images !== undefined && { facts: { test_images: images } }),
      };
    },
  }]);
}

/** The histogram of MSP scores, without the data set they belong to. */
export function confidenceHistogram(confidence: Float32Array) {
  const range = { low: 0, high: 1 };
  const counts = histogram(confidence, { ...range, bins: confidenceBins });
  return { score: "msp", ...range, counts: [...counts] };
}
