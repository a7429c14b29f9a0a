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

Deno.test("estimate() draws the same trials of conditions that share their seeds, as of one condition that has the numbers of both", () => {
  const source = generator(5, "shared seeds");
  const shared = Array.from({ length: 5 }, () => source.normal());
  const [first, second] = [0, 1].map(() => shared.map((own) => [own + 0.1 * source.normal(), 0]));
  const seeds = shared.map((_, i) => i);
  const together = estimate([
    { condition: "0", trials: first!, seeds },
    { condition: "1", trials: second!, seeds },
  ], statistics.difference);
  const both = first!.map((trial, i) => [...trial, ...second![i]!]);
  const asOne = estimate(
    named([both]),
    ([means]) => statistics.difference([means!.slice(0, 2), means!.slice(2)]),
  );
  assertEquals(together, asOne);
  // They move together: as independent ones they would be held for more than they are.
  const apart = estimate(named([first!, second!]), statistics.difference);
  const width = ({ interval }: typeof apart) => interval![1] - interval![0];
  assert(width(together) > 1.3 * width(apart), `${width(together)}, ${width(apart)}`);
  const others = [{ condition: "0", trials: first!, seeds }, {
    condition: "1",
    trials: second!,
    seeds: seeds.map((seed) => seed + 9),
  }];
  assertEquals(estimate(others, statistics.difference), apart);
});

Deno.test("estimate() of conditions with some seeds in common is hardly surer than of those seeds alone", () => {
  const trials = [[0.1, 0], [0.4, 0]];
  const condition = (name: string, seeds: number[], more: number[][] = []) => ({
    condition: name,
    trials: [...trials, ...more],
    seeds,
  });
  const width = (conditions: PairedTrials[]) => {
    const { interval } = estimate(conditions, statistics.difference);
    return interval![1] - interval![0];
  };
  // Each is the other's copy, but for a third trial, with which both are surer by as much as their mean is.
  const alone = width([condition("0", [1, 2]), condition("1", [1, 2])]);
  const further = width([condition("0", [1, 2]), condition("1", [1, 2, 3], [[0.25, 0]])]);
  assert(further > 0.6 * alone, `${further}, ${alone}`);
  // Also where others link them.
  const chain = width([
    condition("0", [1, 2]),
    condition("1", [3, 4]),
    condition("2", [1, 2, 3, 4], [[0.1, 0], [0.4, 0]]),
  ]);
  assert(chain > 0.4 * alone, `${chain}, ${alone}`);
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

for (const [conditionCount, trialCount] of [[1, 2], [1, 3], [3, 2], [3, 3]] as const) {
  Deno.test(`nineteen of twenty intervals hold the truth, with ${trialCount} trials in each of ${conditionCount} conditions`, () => {
    const source = generator(4, `coverage ${conditionCount} ${trialCount}`);
    const isHeld = () => {
      const conditions = Array.from(
        { length: conditionCount },
        () => Array.from({ length: trialCount }, () => [source.normal()]),
      );
      const [low, high] = estimate(
        named(conditions),
        (means) => means.reduce((sum, [mean]) => sum + mean!, 0) / conditionCount,
      ).interval!;
      return low <= 0 && high >= 0;
    };
    const held = Array.from({ length: 400 }, isHeld).filter((is) => is).length;
    // Binomial: 380 less three standard deviations of 4.4; the plain percentile bootstrap holds 200 of two trials.
    assert(held >= 367, `${held} of 400`);
  });
}

Deno.test("estimate() of a mean difference is no narrower than Student's paired interval, and with two trials it is that one", () => {
  const trials = fixture.scipy.trials.slice(0, 5);
  for (const [count, [low, high]] of Object.entries(fixture.paired)) {
    const [from, to] = estimate(
      named([trials.slice(0, Number(count))]),
      ([means]) => means![0]! - means![1]!,
    ).interval!;
    // The standard deviation of 2,000 draws is known to two in a hundred.
    const margin = 0.04 * (high! - low!);
    assert(from <= low! + margin && to >= high! - margin, `${count}: ${from}, ${to}`);
    if (count !== "2") continue;
    assertAlmostEquals(from, low!, margin);
    assertAlmostEquals(to, high!, margin);
  }
});

Deno.test("an interval holds its own estimate, where all resamples of a smallest lie on one side too", () => {
  // Two trials: of each alone the smaller of the last two is smaller than the smaller of their means.
  const trials = [[0.5, 0.2, 0.4], [0.5, 0.4, 0.21]];
  const { value, interval } = estimate(
    named([trials]),
    ([means]) => means![0]! - Math.min(means![1]!, means![2]!),
  );
  assertAlmostEquals(value, 0.2, 1e-12);
  assert(interval![0] <= value && value <= interval![1], `${interval}`);
});

Deno.test("estimate() has no interval where a condition has one trial, and the same one each time", () => {
  const two = [[[1], [3]], [[2], [2]]];
  const mean = (means: readonly (readonly number[])[]) => (means[0]![0]! + means[1]![0]!) / 2;
  assertEquals(estimate(named([[[1]], [[2], [2]]]), mean), { value: 1.5, interval: null });
  assertEquals(estimate(named(two), mean), estimate(named(two), mean));
  assertThrows(() => estimate([], mean), RangeError, "without trials");
});

Deno.test("estimate() gives an interval that ends where its statistic's range does, and only there", () => {
  const share = (means: readonly (readonly number[])[]) => means[0]![0]!;
  const wide = named([[[0.4], [0.6]]]);
  const free = estimate(wide, share).interval!;
  // Two trials: Student's quantile with one degree of freedom, 12.71, times the standard error 0.1.
  assertAlmostEquals(free[1], 0.5 + 12.706 * 0.1, 0.05);
  assertEquals(estimate(wide, share, [0, 1]).interval, [0, 1]);
  assertEquals(estimate(wide, share, [0, Infinity]).interval, [0, free[1]]);
  const narrow = named([[[0.500], [0.501]]]);
  assertEquals(estimate(narrow, share, [0, 1]), estimate(narrow, share));
});

Deno.test("estimate() takes no spread from two trials that agree by chance, as ones on few images do", () => {
  const pairs = named([[[0.76, 0.5], [0.62, 0.36]]]);
  const found = estimate(pairs, statistics.difference);
  assertAlmostEquals(found.value, 0.26, 1e-12);
  assertEquals(found.interval, null);
  // Two conditions whose equal differences cancel, but for rounding, say no more.
  const opposed = named([
    [[0.91, 0.9], [0.79, 0.78]],
    [[0.3, 0.31], [0.28, 0.29]],
  ]);
  const { value, interval } = estimate(opposed, statistics.difference);
  assert(value !== 0 && Math.abs(value) < 1e-15);
  assertEquals(interval, null);
  // Beside others that differ they say no more; a count, which they do not move, is that of the others.
  const beside = named([[[0.76, 0.5], [0.62, 0.36]], [[0.5, 0.4], [0.5, 0.3], [0.6, 0.3]]]);
  const mean = (means: readonly (readonly number[])[]) =>
    means.reduce((sum, [a, b]) => sum + a! - b!, 0) / means.length;
  assertEquals(estimate(beside, mean).interval, null);
  const above = (means: readonly (readonly number[])[]) =>
    means.filter(([a, b]) => a! - b! > 0.15).length;
  assert(estimate(beside, above).interval !== null);
  // Three that agree are what the bootstrap says of them, and two that differ are.
  const three = named([[[1, 0.5], [1, 0.5], [1, 0.5]]]);
  assertEquals(estimate(three, statistics.difference).interval, [0.5, 0.5]);
  assert(estimate(named([[[0.76, 0.5], [0.62, 0.38]]]), statistics.difference).interval !== null);
});
