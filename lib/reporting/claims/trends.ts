import { linearRegression, mean } from "simple-statistics";
import { conditionsOf, dataOf } from "../conditions.ts";
import { pairedTrials } from "../evidence.ts";
import { classesOf, seriesLabel } from "../display.ts";
import { estimate, type PairedTrials } from "../interval.ts";
import type { Measure } from "../measures.ts";
import type { ClaimStatistic, Finding, Source } from "./claim.ts";

/**
 * How the difference of two losses changes with the number of classes: the slope over its decades, of the data sets'
 * means. There is none where all data sets have as many classes.
 */
export function perClassCount(
  section: string,
  [first, second]: readonly [string, string],
  measure: Measure,
): ClaimStatistic {
  return {
    words:
      `change of ${seriesLabel(first)} − ${
        seriesLabel(second)
      } in ${measure.words} when there are ten times ` +
      "as many classes",
    unit: "points",
    section,
    isOf: (series) => series === first || series === second,
    find: ({ evidence }) => {
      const conditions = pairedTrials(
        evidence.results(section),
        [first, second].map((series) => ({ measure, series })),
      );
      return overClasses(evidence, section, conditions, ([a, b]) => a! - b!);
    },
  };
}

/** The slope of a number over decades of classes, of the means over conditions with as many; undefined where all have as many. */
export function overClasses(
  evidence: Source["evidence"],
  section: string,
  conditions: readonly PairedTrials[],
  of: (means: readonly number[]) => number,
): Finding | undefined {
  const decades = conditions.map(({ condition }) => Math.log10(classesOf(dataOf(condition))));
  if (new Set(decades).size < 2) return undefined;
  const byDecade = (means: readonly (readonly number[])[]) =>
    [...Map.groupBy(means.map((own, i) => ({ x: decades[i]!, y: of(own) })), ({ x }) => x)]
      .map(([x, same]): [number, number] => [x, mean(same.map(({ y }) => y))]);
  return {
    estimate: estimate(conditions, (means) => linearRegression(byDecade(means)).m),
    conditions: [],
    coverage: { there: conditions.length, of: conditionsOf(section, evidence.scale).length },
    trials: conditions.map(({ trials }) => trials.length),
  };
}
