import { mean } from "simple-statistics";
import { conditionsOf, dataOf } from "../conditions.ts";
import { seriesLabel } from "../display.ts";
import { type Evidence, pairedTrials, type Quantity } from "../evidence.ts";
import {
  differenceRange,
  type Estimate,
  estimate,
  type PairedTrials,
  type Range,
} from "../interval.ts";
import { type Measure } from "../measures.ts";
import type { ClaimStatistic, Finding, Unit } from "./claim.ts";
import { pointsText } from "./rule.ts";

/** A statistic over the conditions of a section; those that a claim speaks of where it speaks of some. */
export interface Choice {
  section: string;
  /** Which conditions count, by `data/network`; absent: all. */
  only?: (condition: string) => boolean;
}

/** One loss minus another in a measure, on average over conditions. */
export function difference(
  choice: Choice,
  [first, second]: readonly [string, string],
  measure: Measure,
): ClaimStatistic {
  return onAverage(choice, {
    words: `${seriesLabel(first)} − ${seriesLabel(second)}, ${measure.words}`,
    unit: "points",
    quantities: [{ measure, series: first }, { measure, series: second }],
    of: ([a, b]) => a! - b!,
    range: differenceRange,
  });
}

/** What is computed of the averages over conditions, and of each condition. */
export interface OfMeans {
  words: string;
  unit: Unit;
  quantities: readonly Quantity[];
  of: (means: readonly number[]) => number;
  /** What it can be; absent: any number. */
  range?: Range;
}

/** A number of the averages over conditions, as the paper's figures show them; and the same of each condition. */
export function onAverage(
  choice: Choice,
  { words, unit, quantities, of, range }: OfMeans,
): ClaimStatistic {
  return {
    words,
    unit,
    section: choice.section,
    isOf: seriesOf(quantities),
    ...(choice.only && { isIn: choice.only }),
    find: ({ evidence }) => {
      const conditions = gather(evidence, choice, quantities);
      return conditions && {
        estimate: estimate(conditions, (means) => of(averagesOf(means)), range),
        ...perCondition(evidence, choice, conditions, { of, range }),
      };
    },
  };
}

/** The trials of the data sets of which every method is there: only of these the best method is known. */
export function wholeSets(
  evidence: Evidence,
  section: string,
  quantities: readonly Quantity[],
):
  | Required<Pick<Finding, "coverage" | "trials">> & { sets: Map<string, PairedTrials[]> }
  | undefined {
  const all = Map.groupBy(conditionsOf(section, evidence.scale), ({ data }) => data);
  const there = gather(evidence, { section }, quantities) ?? [];
  const sets = Map.groupBy(there, ({ condition }) => dataOf(condition));
  for (const [data, own] of sets) {
    // Of one there is no best.
    const wanted = all.get(data)!.length;
    if (wanted < 2 || own.length < wanted) sets.delete(data);
  }
  if (sets.size === 0) return undefined;
  const shown = [...sets.values()].flat();
  return {
    sets,
    coverage: { there: shown.length, of: [...all.values()].flat().length },
    trials: shown.map(({ trials }) => trials.length),
  };
}

/** The share of conditions in which one loss is above another by more than some points. */
export function shareAbove(
  choice: Choice,
  [first, second]: readonly [string, string],
  measure: Measure,
  points = 0,
): ClaimStatistic {
  const pair = `${seriesLabel(first)} above ${seriesLabel(second)}`;
  return share(choice, {
    words: `${pair}${
      points === 0 ? "" : ` by more than ${pointsText(points)}`
    } in ${measure.words}`,
    quantities: [{ measure, series: first }, { measure, series: second }],
    of: ([a, b]) => a! - b!,
    range: differenceRange,
    above: points / 100,
  });
}

/**
 * The share of conditions in which a number is above another, by default 0. Its interval: from those in which it is beyond
 * doubt, by the condition's own interval, to those in which it is possible, of all that there should be: in one that has not
 * been run both are.
 */
export function share(
  choice: Choice,
  { words, quantities, of, range, above = 0 }: Omit<OfMeans, "unit"> & { above?: number },
): ClaimStatistic {
  return {
    words,
    unit: "conditions",
    section: choice.section,
    isOf: seriesOf(quantities),
    ...(choice.only && { isIn: choice.only }),
    find: ({ evidence }) => {
      const conditions = gather(evidence, choice, quantities);
      if (conditions === undefined) return undefined;
      const finding = perCondition(evidence, choice, conditions, { of, range });
      const estimates = finding.conditions.map(({ estimate }) => estimate);
      const counted = { above, of: finding.coverage.of };
      return { ...finding, counted, estimate: countAbove(estimates, counted) };
    },
  };
}

/**
 * Which share of some numbers is above another one: of those that are known; for certain, and at most, of all, the unknown ones
 * among them.
 */
export function countAbove(
  estimates: readonly Estimate[],
  { above = 0, of = estimates.length }: { above?: number; of?: number } = {},
): Estimate {
  const count = (is: (one: Estimate) => boolean) => estimates.filter(is).length;
  const unknown = of - estimates.length;
  return {
    value: count(({ value }) => value > above) / estimates.length,
    interval: [
      count(({ interval }) => interval !== null && interval[0] > above) / of,
      (count(({ interval }) => interval === null || interval[1] > above) + unknown) / of,
    ],
  };
}

/** By how much a loss leads the best of others, on average over conditions: negative where it is not the first. */
export function lead(
  choice: Choice,
  first: string,
  others: readonly string[],
  measure: Measure,
): ClaimStatistic {
  const series = [first, ...others];
  const words = `${seriesLabel(first)} − the best other loss, ${measure.words}`;
  const quantities = series.map((one) => ({ measure, series: one }));
  const statistic = onAverage(choice, {
    words,
    unit: "points",
    quantities,
    of: ([own, ...rest]) => own! - Math.max(...rest),
    range: differenceRange,
  });
  return {
    ...statistic,
    find: (source) => {
      const finding = statistic.find(source);
      if (finding === undefined) return undefined;
      const conditions = gather(source.evidence, choice, quantities)!;
      const ranked = averagesOf(conditions.map(({ trials }) => averagesOf(trials)))
        .map((average, i) => ({ label: seriesLabel(series[i]!), average }))
        .sort((a, b) => b.average - a.average)
        .map(({ label, average }) => `${label} ${(100 * average).toFixed(2)}`);
      return { ...finding, note: `${ranked.join(" > ")} %` };
    },
  };
}

/** A number that no trial stands behind: it is handed in by its name, and exact unless it comes from a measurement. */
export function computedNumber(name: string, words: string, unit: Unit): ClaimStatistic {
  return {
    words,
    unit,
    find: ({ computed }) => {
      const found = computed[name];
      return found && { ...found, conditions: [], trials: [] };
    },
  };
}

/** Tells whether a series is one of some quantities'. */
function seriesOf(quantities: readonly Pick<Quantity, "series">[]) {
  return (one: string) => quantities.some(({ series }) => series === one);
}

/** The trials of the chosen conditions; undefined where there are none. */
function gather(
  evidence: Evidence,
  { section, only = () => true }: Choice,
  quantities: readonly Quantity[],
): PairedTrials[] | undefined {
  const conditions = pairedTrials(evidence.results(section), quantities)
    .filter(({ condition }) => only(condition));
  return conditions.length === 0 ? undefined : conditions;
}

/** A number of each of the conditions, and what stands behind it. */
function perCondition(
  evidence: Evidence,
  { section, only = () => true }: Choice,
  conditions: readonly PairedTrials[],
  { of, range }: Pick<OfMeans, "of"> & { range: Range | undefined },
) {
  const wanted = conditionsOf(section, evidence.scale).filter(({ name }) => only(name));
  return {
    conditions: conditions.map((one) => ({
      condition: one.condition,
      estimate: estimate([one], ([means]) => of(means!), range),
    })),
    coverage: { there: conditions.length, of: wanted.length },
    trials: conditions.map(({ trials }) => trials.length),
  };
}

/** The mean of each column. */
function averagesOf(rows: readonly (readonly number[])[]): number[] {
  return rows[0]!.map((_, i) => mean(rows.map((row) => row[i]!)));
}
