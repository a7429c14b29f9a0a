import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  acceptanceThreshold,
  detectionAccuracyRate,
  mls,
  type QuantileRule,
  quantileRules,
  type Scored,
} from "../../lib/evaluation/mod.ts";
import fixture from "../fixtures/evaluation/detection_accuracy.json" with { type: "json" };

function scored(
  { logits, ...rest }: { logits: number[]; confidence: number[]; labels: number[] },
  classes: number,
): Scored {
  return { logits: Float32Array.from(logits), classes, ...rest };
}

/** Two classes; sample n is classified as 0, and is right where `correct[n]`. */
function samples(confidence: number[], correct: boolean[]): Scored {
  return {
    logits: Float32Array.from(confidence.flatMap(() => [1, 0])),
    confidence,
    labels: correct.map((isCorrect) => isCorrect ? 0 : 1),
    classes: 2,
  };
}

for (const { name, classes, clean, attacked, thresholds, rates } of fixture.cases) {
  for (const rule of quantileRules) {
    Deno.test(`acceptanceThreshold() and DAR equal NumPy's: ${name}, ${rule}`, () => {
      const threshold = acceptanceThreshold(scored(clean, classes), { rule });
      assertAlmostEquals(threshold, thresholds[rule as QuantileRule], 1e-12);
      assertAlmostEquals(
        detectionAccuracyRate(scored(attacked, classes), threshold),
        rates[rule as QuantileRule],
        1e-12,
      );
    });
  }
}

for (const rule of quantileRules) {
  Deno.test(`acceptanceThreshold() is NumPy's to the last digit where scores are equal: ${rule}`, () => {
    for (const { name, scores, ...thresholds } of fixture.ties) {
      const clean = samples(scores, scores.map(() => true));
      const threshold = acceptanceThreshold(clean, { rule });
      const expected = thresholds[rule as QuantileRule];
      const label = `${name}, ${scores.length} scores: ${threshold}, NumPy ${expected}`;
      assertAlmostEquals(threshold, expected, 1e-12, label);
      // what is accepted hangs on whether scores at the threshold count as equal to it
      assertEquals(
        scores.filter((score) => score >= threshold).length,
        scores.filter((score) => score >= expected).length,
        label,
      );
    }
  });
}

Deno.test("acceptanceThreshold() interpolates nothing where the 5 % fall on one score", () => {
  for (let n = 21; n < 20_000; n += 20) {
    const confidence = Array.from({ length: n }, (_, i) => i + 1);
    const threshold = acceptanceThreshold(samples(confidence, confidence.map(() => true)), {
      rule: "linear",
    });
    assertEquals(threshold, (n - 1) / 20 + 1);
  }
});

Deno.test("acceptanceThreshold() accepts decimal shares as they are written", () => {
  const confidence = Array.from({ length: 10 }, (_, i) => i + 1);
  const clean = samples(confidence, confidence.map(() => true));
  for (let tenths = 1; tenths <= 10; tenths++) {
    assertEquals(acceptanceThreshold(clean, { share: tenths / 10 }), 11 - tenths);
  }
});

Deno.test("acceptanceThreshold() is the spec's example: .05 to 1 by .05 gives .10, interpolated .0975", () => {
  const confidence = Array.from({ length: 20 }, (_, i) => (i + 1) / 20);
  const clean = samples(confidence, confidence.map(() => true));
  assertEquals(acceptanceThreshold(clean), 0.1);
  assertAlmostEquals(acceptanceThreshold(clean, { rule: "linear" }), 0.0975, 1e-12);
});

Deno.test("acceptanceThreshold() accepts at least 95 % of the correct samples, for any number of them", () => {
  for (let n = 1; n <= 300; n++) {
    const confidence = Array.from({ length: n }, (_, i) => (i * 7919) % n);
    const threshold = acceptanceThreshold(samples(confidence, confidence.map(() => true)));
    const accepted = confidence.filter((value) => value >= threshold).length;
    assert(accepted >= 0.95 * n, `${accepted} of ${n}`);
    assert(accepted - 1 < 0.95 * n + 1e-9, `${accepted} of ${n} is more than needed`);
  }
});

Deno.test("acceptanceThreshold() looks at correctly classified samples alone", () => {
  const confidence = [0, 0, 0, 5, 6, 7];
  const clean = samples(confidence, [false, false, false, true, true, true]);
  assertEquals(acceptanceThreshold(clean), 5);
});

Deno.test("acceptanceThreshold() is 1 where most scores are exactly 1, and all of those are accepted", () => {
  const confidence = [0.5, ...new Array<number>(99).fill(1)];
  const clean = samples(confidence, confidence.map(() => true));
  const threshold = acceptanceThreshold(clean);
  assertEquals(threshold, 1);
  assertEquals(detectionAccuracyRate(clean, threshold), 0.99);
});

Deno.test("detectionAccuracyRate() counts the four outcomes as A.1.2 says", () => {
  const one = (confidence: number, correct: boolean) =>
    detectionAccuracyRate(samples([confidence], [correct]), 0.5);
  assertEquals(one(0.6, true), 1); // accepted, right
  assertEquals(one(0.5, true), 1); // at the threshold: accepted
  assertEquals(one(0.4, true), 0); // rejected, right
  assertEquals(one(0.6, false), 0); // accepted, wrong
  assertEquals(one(0.4, false), 1); // rejected, wrong
});

Deno.test("DAR rejects NaN, lengths that do not fit, and a test set without a correct sample", () => {
  assertThrows(() => acceptanceThreshold(samples([1], [false])), RangeError, "no sample");
  assertThrows(
    () => detectionAccuracyRate(samples([NaN], [true]), 0),
    RangeError,
    "sample 0 is NaN",
  );
  assertThrows(() => detectionAccuracyRate(samples([1], [true]), NaN), RangeError, "threshold");
  assertThrows(() => detectionAccuracyRate(samples([], []), 0), RangeError, "at least one");
  const logits = Float32Array.of(1, 0, 1, 0);
  const confidence = mls(logits, 2);
  const wrong = { logits, confidence, labels: [0], classes: 2 };
  assertThrows(() => detectionAccuracyRate(wrong, 0), RangeError, "2, 2, 1");
  const clean = samples([1], [true]);
  assertThrows(() => acceptanceThreshold(clean, { share: 95 }), RangeError, "share of 95");
});
