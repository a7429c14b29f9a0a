import { assertEquals, assertThrows } from "@std/assert";
import { histogram } from "../../lib/evaluation/mod.ts";
import { scores } from "./scores.ts";

Deno.test("histogram() counts as NumPy's does", () => {
  const { values, low, high, counts } = scores.histogram;
  assertEquals([...histogram(values, { low, high, bins: counts.length })], counts);
});

Deno.test("histogram() puts an edge into the bin above it, and the last edge into the last bin", () => {
  assertEquals([...histogram([0, 0.25, 0.5, 0.75, 1, 1], { low: 0, high: 1, bins: 4 })], [
    1,
    1,
    1,
    3,
  ]);
  assertEquals([...histogram([-2, 0, 2], { low: -2, high: 2, bins: 2 })], [1, 2]);
  assertEquals([...histogram([], { low: 0, high: 1, bins: 3 })], [0, 0, 0]);
});

Deno.test("histogram() rejects values outside, NaN, and what is no range", () => {
  const range = { low: 0, high: 1, bins: 2 };
  assertThrows(() => histogram([0, 1.5], range), RangeError, "value 1: 1.5");
  assertThrows(() => histogram([NaN], range), RangeError, "value 0: NaN");
  assertThrows(() => histogram([0], { ...range, bins: 0 }), RangeError, "0 intervals");
  assertThrows(() => histogram([0], { ...range, low: 1 }), RangeError, "from 1 to 1");
});
