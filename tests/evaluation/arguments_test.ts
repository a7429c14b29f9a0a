/** Every metric says what is wrong with what is no array, and with labels that are no classes. */
import { assertThrows } from "@std/assert";
import {
  acceptanceThreshold,
  accuracy,
  aupr,
  auroc,
  ConfusionMatrix,
  continualMetrics,
  detectionAccuracyRate,
  finalAccuracies,
  fpr95,
  histogram,
  intersectionOverUnion,
  mls,
  msp,
  predictions,
} from "../../lib/evaluation/mod.ts";

const [logits, classes] = [new Float32Array([1, 2, 3, 2, 1, 0]), 3];
const confidence = [0.5, 0.75];

// deno-lint-ignore no-explicit-any -- what a caller without types gives
type Anything = any;

const ofArrays: Record<string, (bad: Anything) => unknown> = {
  "accuracy, logits": (bad) => accuracy(bad, [2, 0], classes),
  "accuracy, labels": (bad) => accuracy(logits, bad, classes),
  predictions: (bad) => predictions(bad, classes),
  msp: (bad) => msp(bad, classes),
  mls: (bad) => mls(bad, classes),
  "auroc, known": (bad) => auroc(bad, [1]),
  "auroc, unknown": (bad) => auroc([1], bad),
  aupr: (bad) => aupr(bad, [1], { positive: "known" }),
  fpr95: (bad) => fpr95([1], bad),
  "threshold, labels": (bad) => acceptanceThreshold({ logits, confidence, labels: bad, classes }),
  "threshold, confidence": (bad) =>
    acceptanceThreshold({ logits, confidence: bad, labels: [2, 0], classes }),
  "DAR, labels": (bad) => detectionAccuracyRate({ logits, confidence, labels: bad, classes }, 0.5),
  "confusion matrix, labels": (bad) => new ConfusionMatrix(3).add(bad, [0, 1]),
  "confusion matrix, predictions": (bad) => new ConfusionMatrix(3).add([0, 1], bad),
  histogram: (bad) => histogram(bad, { low: 0, high: 1, bins: 2 }),
  "finalAccuracies, correct": (bad) => finalAccuracies(bad, [1, 1]),
  "finalAccuracies, counts": (bad) => finalAccuracies([1, 1], bad),
  "continualMetrics, correct": (bad) => continualMetrics(bad, [1], [0]),
  "continualMetrics, a row": (bad) => continualMetrics([bad], [1], [0]),
  "continualMetrics, untrained": (bad) => continualMetrics([[1]], [1], bad),
};

for (const [name, measure] of Object.entries(ofArrays)) {
  Deno.test(`${name}: what is no array is a TypeError that says so`, () => {
    for (const bad of [undefined, null, 3, "12", {}, Promise.resolve([1]), new Set([1])]) {
      assertThrows(() => measure(bad), TypeError, "in an array or a typed array, got");
    }
  });
}

const ofLabels: Record<string, (labels: Anything) => unknown> = {
  accuracy: (labels) => accuracy(logits, labels, classes),
  acceptanceThreshold: (labels) => acceptanceThreshold({ logits, confidence, labels, classes }),
  detectionAccuracyRate: (labels) =>
    detectionAccuracyRate({ logits, confidence, labels, classes }, 0.5),
  "ConfusionMatrix.add": (labels) => new ConfusionMatrix(classes).add(labels, [0, 1]),
  "ConfusionMatrix.add that ignores": (labels) =>
    new ConfusionMatrix(classes, { ignoreLabel: 255 }).add(labels, [0, 1]),
};

for (const [name, measure] of Object.entries(ofLabels)) {
  Deno.test(`${name}: a label that is no class is named`, () => {
    for (const bad of [-1, classes, 1.5, NaN, Infinity, undefined, null, "1"]) {
      assertThrows(() => measure([2, bad]), RangeError, String(bad));
    }
  });
}

Deno.test("histogram() refuses edges that are not finite, or too far apart", () => {
  for (const [low, high] of [[0, Infinity], [-Infinity, 0], [NaN, 1], [-1e308, 1e308]] as const) {
    assertThrows(() => histogram([0], { low, high, bins: 3 }), RangeError, "Cannot count in 3");
  }
});

Deno.test("the accuracies of continual learning need images, and no more right than there are", () => {
  for (
    const [correct, counts] of [[[1], [1, 2]], [[NaN, 1], [2, 2]], [[3, 1], [2, 2]], [[0], [0]], [
      [],
      [],
    ]]
  ) {
    assertThrows(() => finalAccuracies(correct!, counts!), RangeError, "Cannot measure");
    assertThrows(
      () => continualMetrics(counts!.map(() => correct!), counts!, correct!),
      RangeError,
    );
  }
});

Deno.test("a confusion matrix knows its classes, and counts absent ones in the ways that there are", () => {
  const matrix = new ConfusionMatrix(3);
  for (const one of [3, -1, 1.5, NaN]) {
    assertThrows(() => matrix.count(one, 0), RangeError, `no class ${one}`);
    assertThrows(() => matrix.ofClass(one), RangeError, `no class ${one}`);
    assertThrows(() => matrix.predictedAs(one), RangeError, `no class ${one}`);
  }
  assertThrows(() => new ConfusionMatrix(3, { ignoreLabel: NaN }), RangeError, "whole number");
  const absent = "zero" as "one";
  assertThrows(() => intersectionOverUnion(matrix, { absent }), RangeError, '"zero"');
});
