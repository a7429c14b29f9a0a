import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  hemMargin,
  hemPlusMargins,
  highErrorMargin,
  multiMarginAboveZero,
} from "../../lib/losses/mod.ts";
import { batchOf, distance, evaluate, randomBatch, valueOf } from "./evaluate.ts";

Deno.test("highErrorMargin() keeps an error that equals the mean", () => {
  // Errors 1/2 and 1 and the target's 0: their mean over all three is 1/2.
  const { value, gradient } = evaluate(
    highErrorMargin({ margin: 0.5 }),
    batchOf([[0, 0, 0.5]], [0]),
  );
  assertAlmostEquals(value, 0.75, 1e-5);
  assert(distance(gradient, [-1, 0.5, 0.5]) < 1e-5);
});

Deno.test("highErrorMargin() counts only samples above zero", () => {
  // The second sample holds its margin: the loss is the first's alone.
  const { value, gradient } = evaluate(
    highErrorMargin({ margin: 0.5 }),
    batchOf([[0, 1, 0], [0, 9, 0]], [0, 1]),
  );
  assertAlmostEquals(value, 1.5, 1e-5); // of the errors 1.5 and 0.5, whose mean is 2/3
  assert(distance(gradient, [-1, 1, 0, 0, 0, 0]) < 1e-5);
});

Deno.test("highErrorMargin() takes the target's margin, or the competitor's", () => {
  const margin = [1, 2, 4];
  const batch = batchOf([[0, 0, 0]], [1]);
  const by = (marginIndex: "target" | "competitor") =>
    valueOf(highErrorMargin({ margin, marginIndex }), batch);
  assertAlmostEquals(valueOf(highErrorMargin({ margin }), batch), 2, 1e-5);
  assertAlmostEquals(by("target"), 2, 1e-5);
  assertAlmostEquals(by("competitor"), 4, 1e-5); // of 1 and 4, whose mean with 0 is 5/3
});

Deno.test("highErrorMargin() with HEM+'s margins of equal class counts is HEM", () => {
  const batch = randomBatch([16, 5], { seed: 1 });
  const hem = evaluate(highErrorMargin({ margin: hemMargin(5 * 77) }), batch);
  for (const marginIndex of ["target", "competitor"] as const) {
    const margin = hemPlusMargins([77, 77, 77, 77, 77]);
    assertEquals(evaluate(highErrorMargin({ margin, marginIndex }), batch), hem);
  }
});

Deno.test("highErrorMargin() sees small errors beside great logits", () => {
  // 4096 - 2^-20 is 4096 in float32: the logits have to be subtracted first.
  const { value } = evaluate(
    highErrorMargin({ margin: 2 ** -20 }),
    batchOf([[4096, 4096, 0]], [0]),
  );
  assertAlmostEquals(value, 2 ** -20, 1e-11);
});

Deno.test("multiMarginAboveZero() is highErrorMargin() without the threshold", () => {
  const batch = batchOf([[0, 1, 0]], [0]);
  assertAlmostEquals(valueOf(multiMarginAboveZero({ margin: 0.5 }), batch), 1, 1e-5);
});

Deno.test("highErrorMargin() refuses margins and exponents out of range", () => {
  assertThrows(() => highErrorMargin({ margin: NaN }), RangeError, "margin must be");
  assertThrows(() => highErrorMargin({ margin: [1, Infinity] }), RangeError, "got Infinity");
  assertThrows(() => highErrorMargin({ margin: [] }), RangeError, "an empty list");
  assertThrows(() => highErrorMargin({ margin: 1, exponent: 0 }), RangeError, "exponent must be");
  assertThrows(
    () => highErrorMargin({ margin: 1, marginIndex: "sample" as "target" }),
    RangeError,
    "marginIndex must be",
  );
  assertThrows(
    () => valueOf(highErrorMargin({ margin: [1, 1, 1] }), randomBatch([2, 4], { seed: 1 })),
    TypeError,
    "made for 3 classes",
  );
});
