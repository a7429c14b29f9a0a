import { assertThrows } from "@std/assert";
import {
  acceptanceThreshold,
  accuracy,
  aupr,
  auroc,
  ConfusionMatrix,
  continualMetrics,
  detectionAccuracyRate,
  fpr95,
  histogram,
  mls,
  msp,
  predictions,
} from "../../lib/evaluation/mod.ts";

const [fine, classes] = [new Float32Array([1, 2, 3, 2, 1, 0]), 3];
const labels = [2, 0];

/** Every metric, of logits or scores of which one is `bad`. */
function metricsOf(bad: number): Record<string, () => unknown> {
  const logits = Float32Array.from(fine, (value, i) => i === 1 ? bad : value);
  const scores = [0.5, bad, 0.25];
  const good = [0.5, 0.75];
  const scored = { logits: fine, confidence: [0.5, bad], labels, classes };
  const scoredLogits = { logits, confidence: good, labels, classes };
  return {
    predictions: () => predictions(logits, classes),
    accuracy: () => accuracy(logits, labels, classes),
    msp: () => msp(logits, classes),
    mls: () => mls(logits, classes),
    "auroc, known": () => auroc(scores, good),
    "auroc, unknown": () => auroc(good, scores),
    "aupr in": () => aupr(scores, good, { positive: "known" }),
    "aupr out": () => aupr(good, scores, { positive: "unknown" }),
    "fpr95, known": () => fpr95(scores, good),
    "fpr95, unknown": () => fpr95(good, scores),
    "acceptanceThreshold, confidence": () => acceptanceThreshold(scored),
    "acceptanceThreshold, logits": () => acceptanceThreshold(scoredLogits),
    "detectionAccuracyRate, confidence": () => detectionAccuracyRate(scored, 0.5),
    "detectionAccuracyRate, logits": () => detectionAccuracyRate(scoredLogits, 0.5),
    "detectionAccuracyRate, threshold": () =>
      detectionAccuracyRate({ ...scored, confidence: good }, bad),
    histogram: () => histogram(scores, { low: 0, high: 1, bins: 2 }),
    "confusion matrix": () => new ConfusionMatrix(3).add([0, 1], [0, bad]),
    continualMetrics: () => continualMetrics([[1, bad], [1, 1]], [2, 2], [0, 0]),
  };
}

for (const bad of [NaN, Infinity, -Infinity]) {
  Deno.test(`every metric refuses ${bad}`, () => {
    for (const [name, measure] of Object.entries(metricsOf(bad))) {
      assertThrows(measure, RangeError, undefined, name);
    }
  });
}
