import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { mls, msp, normalisedLogits } from "../../lib/evaluation/mod.ts";
import { scores } from "./scores.ts";

// the distance from 1 to the float32 below it
const BELOW_ONE = 2 ** -24;

for (const { classes, logits, ...expected } of scores.logits) {
  const largest = Math.max(...logits).toFixed(0);
  Deno.test(`msp() and mls() equal PyTorch's: ${classes} classes, logits up to ${largest}`, () => {
    const rows = Float32Array.from(logits);
    // a sum of float32 depends on its order: a few units in the last place
    msp(rows, classes).forEach((score, n) => {
      assertAlmostEquals(score, expected.msp[n]!, 4 * BELOW_ONE);
      assertAlmostEquals(score, expected.float64Msp[n]!, 4 * BELOW_ONE);
    });
    assertEquals(mls(rows, classes), Float32Array.from(expected.mls));
  });
}

Deno.test("msp() is a float32: exactly 1 above a gap of about 17, below 1 for smaller gaps", () => {
  const score = (gap: number) => msp(Float32Array.of(gap, ...new Array<number>(9).fill(0)), 10)[0]!;
  // 9 exp(-19) < 2^-24 / 2, which rounds away in any order; 9 exp(-14) does not
  assertEquals(score(19), 1);
  assertEquals(score(1e4), 1);
  assert(score(14) < 1);
  assertAlmostEquals(score(14), 1 / (1 + 9 * Math.exp(-14)), 2 * BELOW_ONE);
  assertEquals(score(0), Math.fround(0.1));
});

Deno.test("msp() is 1 / classes for equal logits, of any size", () => {
  for (const logit of [0, 1e4, -1e4, 3e38]) {
    assertEquals(msp(new Float32Array(4).fill(logit), 4), Float32Array.of(0.25));
  }
});

Deno.test("msp() does not change when every logit moves by a power of two", () => {
  const logits = Float32Array.of(1.5, -2.25, 0.5, 3);
  assertEquals(msp(logits, 4), msp(logits.map((logit) => logit + 16), 4));
});

Deno.test("mls() takes the largest of negative logits too", () => {
  assertEquals(mls(Float32Array.of(-3, -1, -2, -5, -6, -4), 3), Float32Array.of(-1, -4));
});

Deno.test("msp() and mls() reject NaN and broken rows", () => {
  for (const score of [msp, mls]) {
    assertThrows(
      () => score(Float32Array.of(1, 2, NaN, 4), 2),
      RangeError,
      "class 0 of sample 1 is NaN",
    );
    assertThrows(() => score(Float32Array.of(1, 2, 3), 2), RangeError, "whole number of rows");
    assertThrows(() => score(Float32Array.of(1, 2), 0), RangeError, "whole number of rows");
    assertEquals(score(new Float32Array(), 10), new Float32Array());
  }
});

Deno.test("normalisedLogits() have the length 1 / temperature, and the order of the logits", () => {
  const normalised = normalisedLogits(Float32Array.of(3, -4, 0, 0.5, 0, 0), 3, 0.04);
  [15, -20, 0, 25, 0, 0].forEach((wanted, i) => assertAlmostEquals(normalised[i]!, wanted, 1e-5));
  assertEquals(normalisedLogits(new Float32Array(3), 3, 0.04), new Float32Array(3));
  for (const temperature of [0, -1, NaN]) {
    assertThrows(
      () => normalisedLogits(new Float32Array(3), 3, temperature),
      RangeError,
      "temperature",
    );
  }
});
