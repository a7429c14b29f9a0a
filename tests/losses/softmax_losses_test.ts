/** What is special about CE's relatives and DICE. */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { crossEntropy, dice, logitAdjusted, logitNorm } from "../../lib/losses/mod.ts";
import { batchOf, distance, evaluate, randomBatch, size, valueOf } from "./evaluate.ts";

Deno.test("logitAdjusted() with equal class counts is crossEntropy(), bit for bit", () => {
  for (const shape of [[32, 10], [2, 3, 4, 10]]) {
    const batch = randomBatch(shape, { seed: 1, scale: 3 });
    const la = logitAdjusted({ classCounts: new Array(10).fill(6131) });
    assertEquals(evaluate(la, batch), evaluate(crossEntropy(), batch));
  }
});

Deno.test("logitAdjusted() gives the log of the class counts for logits that say nothing", () => {
  const loss = logitAdjusted({ classCounts: [900, 90, 10] });
  [900, 90, 10].forEach((count, label) =>
    assertAlmostEquals(valueOf(loss, batchOf([[7, 7, 7]], [label])), -Math.log(count / 1000), 1e-5)
  );
});

Deno.test("logitAdjusted() stays finite for a class without samples, and refuses other counts", () => {
  const { value, gradient } = evaluate(
    logitAdjusted({ classCounts: [5, 0] }),
    batchOf([[0, 0]], [1]),
  );
  assertAlmostEquals(value, 12 * Math.log(10), 1e-4);
  assert(gradient.every(Number.isFinite));
  for (const classCounts of [[], [0, 0], [1, -1], [1, NaN]]) {
    assertThrows(() => logitAdjusted({ classCounts }), RangeError, "classCounts must");
  }
  assertThrows(() => logitAdjusted({ classCounts: [1, 1], tau: NaN }), RangeError, "tau must be");
  assertThrows(
    () => valueOf(logitAdjusted({ classCounts: [1, 2] }), randomBatch([2, 4], { seed: 1 })),
    TypeError,
    "made for 2 classes",
  );
});

Deno.test("logitNorm() does not see the scale of the logits, and has no gradient along them", () => {
  const batch = randomBatch([4, 6], { seed: 2 });
  const scaled = { ...batch, logits: batch.logits.map((y) => 8 * y) };
  const { value, gradient } = evaluate(logitNorm(), batch);
  assertAlmostEquals(valueOf(logitNorm(), scaled), value, 1e-5);
  for (let n = 0; n < 4; n++) {
    const along = [0, 1, 2, 3, 4, 5]
      .reduce((sum, i) => sum + gradient[6 * n + i]! * batch.logits[6 * n + i]!, 0);
    assertAlmostEquals(along, 0, 1e-4 * size(gradient));
  }
});

Deno.test("logitNorm() at logits of 0 is log C, and refuses a temperature of 0", () => {
  assertAlmostEquals(valueOf(logitNorm(), batchOf([[0, 0, 0, 0]], [2])), Math.log(4), 1e-6);
  for (const temperature of [0, -1, NaN, Infinity]) {
    assertThrows(() => logitNorm({ temperature }), RangeError, "temperature must be");
  }
});

Deno.test("dice() of a perfect prediction is the share of absent classes, or 0 if plain", () => {
  const batch = batchOf([[99, 0, 0, 0], [0, 99, 0, 0]], [0, 1]);
  assertAlmostEquals(valueOf(dice(), batch), 0.5, 1e-6);
  assertAlmostEquals(valueOf(dice({ denominator: "plain" }), batch), 0, 1e-6);
});

Deno.test("dice() of uniform probabilities has its closed form", () => {
  // Two samples of class 0 of 4: I = 1/2, sum p = 1/2, sum p^2 = 1/8, sum g = 2.
  const batch = batchOf([[0, 0, 0, 0], [3, 3, 3, 3]], [0, 0]);
  assertAlmostEquals(valueOf(dice(), batch), (1 - 1 / 2.125 + 3) / 4, 1e-6);
  assertAlmostEquals(
    valueOf(dice({ denominator: "plain" }), batch),
    (1 - 1 / 2.5) / 4,
    1e-6,
  );
  assertThrows(() => dice({ denominator: "cubed" as "plain" }), RangeError, "denominator must be");
});

Deno.test("crossEntropy() of a certain and right prediction is 0", () => {
  const { value, gradient } = evaluate(crossEntropy(), batchOf([[1e4, 0, 0]], [0]));
  assertEquals(value, 0);
  assertEquals(size(gradient), 0);
});

Deno.test("crossEntropy() ignores samples whose logits are not finite", () => {
  const rows = [[1, 2, 3], [-Infinity, NaN, 0]];
  const one = evaluate(crossEntropy({ ignoreLabel: 255 }), batchOf(rows, [1, 255]));
  const { value, gradient } = evaluate(crossEntropy(), batchOf(rows.slice(0, 1), [1]));
  assertAlmostEquals(one.value, value, 1e-6);
  assert(distance(one.gradient, [...gradient, 0, 0, 0]) < 1e-6);
});
