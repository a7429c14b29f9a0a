import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { continualMetrics } from "../../lib/evaluation/mod.ts";

Deno.test("continualMetrics() gives numbers worked by hand", () => {
  // Accuracies: after 1: .9 .2 .1; after 2: .6 .8 .3; after 3: .5 .9 .75; before: .1 .15 .05
  const metrics = continualMetrics(
    [[9, 4, 4], [6, 16, 12], [5, 18, 30]],
    [10, 20, 40],
    [1, 3, 2],
  );
  assertAlmostEquals(metrics.final, 53 / 70);
  assertAlmostEquals(metrics.average, (0.5 + 0.9 + 0.75) / 3);
  // Best before the end: .9 and .8
  assertAlmostEquals(metrics.forgetting, ((0.9 - 0.5) + (0.8 - 0.9)) / 2);
  assertAlmostEquals(metrics.backward, ((0.5 - 0.9) + (0.9 - 0.8)) / 2);
  assertAlmostEquals(metrics.forward, ((0.2 - 0.15) + (0.3 - 0.05)) / 2);
});

Deno.test("continualMetrics() gives avalanche-lib's transfer (tests/oracles/continual_metrics.py)", async () => {
  const file = new URL("../fixtures/evaluation/continual.json", import.meta.url);
  const { cases } = JSON.parse(await Deno.readTextFile(file));
  for (const { correct, counts, untrained, backward, forward } of cases) {
    const metrics = continualMetrics(correct, counts, untrained);
    assertAlmostEquals(metrics.backward, backward, 1e-14);
    assertAlmostEquals(metrics.forward, forward, 1e-14);
  }
});

Deno.test("continualMetrics() of one experience has no transfer", () => {
  const { final, average, forgetting, backward, forward } = continualMetrics([[3]], [4], [1]);
  assertEquals([final, average], [0.75, 0.75]);
  assertEquals([forgetting, backward, forward], [NaN, NaN, NaN]);
});

Deno.test("continualMetrics() refuses what does not fit", () => {
  assertThrows(() => continualMetrics([[1, 2]], [2, 2], [0, 0]), RangeError, "square matrix");
  assertThrows(() => continualMetrics([[1]], [2], [0, 0]), RangeError, "square matrix");
  assertThrows(() => continualMetrics([], [], []), RangeError);
  assertThrows(() => continualMetrics([[3]], [2], [0]), RangeError, "3 of 2");
});
