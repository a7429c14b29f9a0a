import jstat from "jstat";
import { quantileSorted, standardDeviation } from "simple-statistics";
import { generator } from "../random/mod.ts";

/**
 * The trials of one condition that a statistic is computed from. Each is a list of numbers, one per quantity that is
 * compared, in the same order everywhere: the quantities of one trial belong to the same seed.
 */
export interface PairedTrials {
  condition: string;
  trials: readonly (readonly number[])[];
  /** Of each trial. Conditions with the same ones have their starts, and orders of classes, in common; absent: with no other. */
  seeds?: readonly number[];
}

/**
 * A number from trials, with the ends of its 95 % interval; null where a condition has too few trials for one: a single one, or
 * two that agree to the last digit, which says nothing of how far a third would be.
 */
export interface Estimate {
  value: number;
  interval: Range | null;
}

/** Two ends, both in it. */
export type Range = readonly [low: number, high: number];

/** What a share can be, and a difference of two shares: an interval of one says nothing beyond. */
export const shareRange: Range = [0, 1];
export const differenceRange: Range = [-1, 1];

/** A statistic of the conditions' means: `means[c][q]` is quantity `q` in condition `c`, over its trials. */
export type Statistic = (means: readonly (readonly number[])[]) => number;

/** What the interval is, for captions. */
export const intervalSentence =
  "Brackets: 95 % interval by a bootstrap over the trials within each condition, paired by seed, also over conditions that have " +
  "the same seeds " +
  "(2,000 draws of n − 1 of n trials, after Rao and Wu 1988: percentiles, widened by Student's t for few trials, " +
  "and at least t standard deviations of the draws to both sides).";

/** What that of a count is, for captions. */
export const countSentence =
  "Of counts: from the conditions, or tasks, that are so beyond doubt to those that may be, the ones not run among them.";

const draws = 2000;
const tails = [0.025, 0.975] as const;
const normalQuantile = 1.959963984540054;

/**
 * A statistic over conditions with its 95 % interval: a bootstrap over the trials within each condition. Of conditions that have
 * seeds in common the same trials are drawn, since they move together, and others in the place of those that one lacks; the trials
 * that all of them have count once in the degrees of freedom.
 *
 * Drawing n - 1 of n trials with replacement gives a mean the variance s^2/n, while n draws give (n - 1)/n of it, half
 * with two trials (Rao and Wu, "Resampling inference with complex survey data", 1988). The percentiles' distances from the
 * estimate are widened by the ratio of Student's quantile, with as many degrees of freedom as the groups of such conditions have
 * trials in common, less one for each, to the normal one (Hesterberg, "What teachers should know about the bootstrap", 2015, section 4),
 * without which few trials are held for more than they are. Of two or three trials there are too few resamples for a 2.5 %
 * quantile (of two, the ends are one standard error away), and those of a smallest or largest can all lie on one side: so each end is at least as far as Student's quantile
 * times the standard deviation of the draws, which for a mean is Student's own interval. Seeded: the same trials give the same
 * interval. It ends where the statistic's own range does: no share is below 0 or above 1, whatever Student's quantile says.
 *
 * @throws {RangeError} where there is no condition, or one without a trial.
 */
export function estimate(
  conditions: readonly PairedTrials[],
  statistic: Statistic,
  [smallest, largest]: Range = [-Infinity, Infinity],
): Estimate {
  if (conditions.length === 0 || conditions.some(({ trials }) => trials.length === 0)) {
    throw new RangeError("Cannot estimate from a condition without trials");
  }
  const value = statistic(conditions.map(({ trials }) => meansOf(trials)));
  const tooFew = conditions.some(({ trials }) => trials.length < 2);
  if (tooFew || someAgreeByChance(conditions, statistic)) return { value, interval: null };
  const source = generator(0, "bootstrap");
  // One set of means for all draws: a statistic keeps none of them.
  const means = conditions.map(({ trials }) => trials[0]!.map(() => 0));
  const groups = linked(conditions);
  const resampled = Float64Array.from({ length: draws }, () => {
    for (const { members, seeds, most } of groups) {
      const drawn = Array.from({ length: most - 1 }, () => seeds[source.integer(seeds.length)]!);
      for (const { at, placeOf } of members) {
        const { trials } = conditions[at]!;
        const places = drawn.slice(0, trials.length - 1).map((seed) =>
          placeOf.get(seed) ?? source.integer(trials.length)
        );
        meansOfDrawn(trials, places, means[at]!);
      }
    }
    return statistic(means);
  }).sort();
  const freedom = groups.reduce((sum, group) => sum + group.freedom, 0);
  const student = Number(jstat.studentt.inv(tails[1], freedom));
  const sorted = [...resampled];
  const [low, high] = tails.map((tail) =>
    value + (student / normalQuantile) * (quantileSorted(sorted, tail) - value)
  );
  const deviation = standardDeviation(sorted);
  // Apart from rounding, also where the value itself is nothing but that.
  const agree = deviation <= 1e-12 * Math.max(1, Math.abs(value));
  if (agree && conditions.some(({ trials }) => trials.length < 3)) return { value, interval: null };
  const least = student * deviation;
  const ends = [Math.min(low!, value - least), Math.max(high!, value + least)] as const;
  return {
    value,
    interval: [Math.max(ends[0], smallest), Math.min(ends[1], largest)],
  };
}

/** Conditions that have seeds in common, one by one or through others. */
interface Linked {
  members: { at: number; placeOf: ReadonlyMap<number | string, number> }[];
  /** Of any of them. */
  seeds: (number | string)[];
  /** The trials of the one that has most. */
  most: number;
  /** The trials that all have, less one. */
  freedom: number;
}

function linked(conditions: readonly PairedTrials[]): Linked[] {
  const members = conditions.map(({ trials, seeds }, at) => ({
    at,
    placeOf: new Map<number | string, number>(
      trials.map((_, i) => [seeds?.[i] ?? `trial ${i} of ${at}`, i]),
    ),
  }));
  const groups: Linked["members"][] = [];
  for (const member of members) {
    const shares = (group: Linked["members"]) =>
      group.some(({ placeOf }) => [...placeOf.keys()].some((seed) => member.placeOf.has(seed)));
    const [first, ...others] = groups.filter(shares);
    if (first === undefined) groups.push([member]);
    else first.push(...others.flat(), member);
    for (const other of others) groups.splice(groups.indexOf(other), 1);
  }
  return groups.map((members) => {
    const seeds = [...new Set(members.flatMap(({ placeOf }) => [...placeOf.keys()]))];
    const common = seeds.filter((seed) => members.every(({ placeOf }) => placeOf.has(seed)));
    return {
      members,
      seeds,
      most: Math.max(...members.map(({ placeOf }) => placeOf.size)),
      freedom: Math.max(1, common.length - 1),
    };
  });
}

/**
 * Whether a condition has two trials alone that give the same statistic, though it goes with that condition's means: two
 * that differ in nothing say nothing of a third, and other conditions that differ would hide it. A count of conditions, which small
 * changes leave as it is, may well be the same.
 */
function someAgreeByChance(conditions: readonly PairedTrials[], statistic: Statistic): boolean {
  const means = conditions.map(({ trials }) => meansOf(trials));
  const value = statistic(means);
  // Apart from rounding, also where the value itself is nothing but that.
  const isSame = (other: number) => Math.abs(other - value) <= 1e-12 * Math.max(1, Math.abs(value));
  return conditions.some(({ trials }, at) => {
    if (trials.length > 2) return false;
    const isSameWith = (own: readonly number[]) => isSame(statistic(means.with(at, [...own])));
    const nudged = means[at]!.map((mean, quantity) => means[at]!.with(quantity, mean + 1e-6));
    return trials.every(isSameWith) && !nudged.every(isSameWith);
  });
}

/** Fills `means` with those of the drawn trials. */
function meansOfDrawn(
  trials: readonly (readonly number[])[],
  drawn: readonly number[],
  means: number[],
): void {
  means.fill(0);
  for (const trial of drawn) {
    for (let i = 0; i < means.length; i++) means[i]! += trials[trial]![i]! / drawn.length;
  }
}

function meansOf(trials: readonly (readonly number[])[]): number[] {
  return trials[0]!.map((_, i) =>
    trials.reduce((sum, quantities) => sum + quantities[i]!, 0) / trials.length
  );
}
