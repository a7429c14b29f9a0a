import { assertEquals, assertThrows } from "@std/assert";
import { accuracy, predictions } from "../../lib/evaluation/mod.ts";
import { scores } from "./scores.ts";

Deno.test("predictions() equal PyTorch's argmax", () => {
  for (const { classes, logits, predictions: expected } of scores.logits) {
    assertEquals(predictions(Float32Array.from(logits), classes), Int32Array.from(expected));
  }
});

Deno.test("predictions() take the first of equal logits", () => {
  assertEquals(
    predictions(Float32Array.of(1, 2, 2, 0, 0, 0, -1, -2, -1), 3),
    Int32Array.of(1, 0, 0),
  );
});

Deno.test("accuracy() is the share of samples whose largest logit is that of their label", () => {
  const logits = Float32Array.of(1, 0, 0, 1, 2, 1, 5, 5);
  assertEquals(accuracy(logits, [0, 1, 1, 0], 2), 3 / 4);
  assertEquals(accuracy(logits, Int32Array.of(1, 0, 1, 1), 2), 0);
});

Deno.test("accuracy() rejects what does not fit, nothing, and NaN", () => {
  assertThrows(
    () => accuracy(Float32Array.of(1, 2), [0, 1], 2),
    RangeError,
    "one label for each of 1",
  );
  assertThrows(() => accuracy(new Float32Array(), [], 2), RangeError, "got 0");
  assertThrows(
    () => accuracy(Float32Array.of(1, 2, 3), [0], 2),
    RangeError,
    "whole number of rows",
  );
  assertThrows(() => accuracy(Float32Array.of(NaN, 2), [1], 2), RangeError, "NaN");
  assertThrows(() => predictions(Float32Array.of(2, NaN), 2), RangeError, "class 1 of sample 0");
});
