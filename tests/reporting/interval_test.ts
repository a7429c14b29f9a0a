import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { generator } from "../../lib/random/mod.ts";
import { estimate, type PairedTrials } from "../../lib/reporting/mod.ts";
import fixture from "../fixtures/interval.json" with { type: "json" };

const statistics = {
  difference: (means: readonly (readonly number[])[]) =>
    means.reduce((sum, [a, b]) => sum + a! - b!, 0) / means.length,
  lead: (means: readonly (readonly number[])[]) => {
    const of = (i: number) => means.reduce((sum, one) => sum + one[i]!, 0) / means.length;
    return of(0) - Math.max(of(1), of(2));
  },
};

function named(conditions: readonly (readonly (readonly number[])[])[]): PairedTrials[] {
  return conditions.map((trials, i) => ({ condition: String(i), trials }));
}

for (const { statistic, conditions, value, interval } of fixture.enumerated) {
  Deno.test(`estimate() of a ${statistic} over ${conditions.length} conditions is that of all resamples`, () => {
    const found = estimate(
      named(conditions),
      statistics[statistic as keyof typeof statistics],
    );
    assertAlmostEquals(found.value, value, 1e-12);
    // 2,000 draws find the percentiles of at most 576 resamples, but for the next value beside them.
    const width = interval[1]! - interval[0]!;
    found.interval!.forEach((end, i) => assertAlmostEquals(end, interval[i]!, 0.04 * width));
  });
}

Deno.test("estimate() of one large sample is scipy's percentile bootstrap", () => {
  const { trials, interval, standardError } = fixture.scipy;
  const found = estimate(named([trials]), ([means]) => means![0]! / means![1]!);
  // A 2.5 % quantile of 2,000 draws has a standard error of 0.06 of the statistic's own.
  found.interval!.forEach((end, i) =>
    assertAlmostEquals(end, interval[i]!, 4 * 0.06 * standardError)
  );
});

Deno.test("estimate() of a mean has the closed form's variance, with two trials too", () => {
  // Thirty conditions of two trials: s^2/n is (a - b)^2/4 in each.
  const source = generator(3, "closed form");
  const conditions = Array.from({ length: 30 }, () => [[source.normal()], [source.normal()]]);
  const variance = conditions.reduce((sum, [a, b]) => sum + (a![0]! - b![0]!) ** 2 / 4, 0) /
    30 ** 2;
  const found = estimate(
    named(conditions),
    (means) => means.reduce((sum, [mean]) => sum + mean!, 0) / means.length,
  );
  // Student's t with 30 degrees of freedom: 2.042.
  const half = (found.interval![1]! - found.interval![0]!) / 2;
  assertAlmostEquals(half / Math.sqrt(variance), 2.042, 0.2);
});

Deno.test("nineteen of twenty intervals hold the truth, with three trials in each of three conditions", () => {
  const source = generator(4, "coverage");
  const isHeld = () => {
    const conditions = Array.from(
      { length: 3 },
      () => Array.from({ length: 3 }, () => [source.normal()]),
    );
    const [low, high] = estimate(
      named(conditions),
      (means) => means.reduce((sum, [mean]) => sum + mean!, 0) / 3,
    ).interval!;
    return low <= 0 && high >= 0;
  };
  const held = Array.from({ length: 200 }, isHeld).filter((is) => is).length;
  // Binomial: 190 ± 3 standard deviations of 3.1; the plain percentile bootstrap holds 166.
  assert(held >= 181, `${held} of 200`);
});

Deno.test("estimate() has no interval where a condition has one trial, and the same one each time", () => {
  const two = [[[1], [3]], [[2], [2]]];
  const mean = (means: readonly (readonly number[])[]) => (means[0]![0]! + means[1]![0]!) / 2;
  assertEquals(estimate(named([[[1]], [[2], [2]]]), mean), { value: 1.5, interval: null });
  assertEquals(estimate(named(two), mean), estimate(named(two), mean));
  assertThrows(() => estimate([], mean), RangeError, "without trials");
});
