import { mean } from "simple-statistics";
import { conditionsOf } from "../conditions.ts";
import { type Curve, curvesOf } from "../curves.ts";
import { estimate, type PairedTrials, type Range } from "../interval.ts";
import type { Measure } from "../measures.ts";
import type { ClaimStatistic, Unit } from "./claim.ts";
import { overClasses } from "./trends.ts";

/** What is computed of the curves of one condition, a curve per loss. */
export interface OfCurves {
  words: string;
  unit: Unit;
  of: (curves: readonly Curve[]) => number;
  /** What it can be; absent: any number. */
  range?: Range;
  /** Not the mean over conditions, but its change when there are ten times as many classes. */
  tenfoldClasses?: true;
}

/** A number of the courses of training under some losses, of the trials with the same seed, averaged over conditions. */
export function trainingCurves(
  section: string,
  losses: readonly string[],
  measure: Measure,
  { words, unit, of, range, tenfoldClasses }: OfCurves,
): ClaimStatistic {
  return {
    words,
    unit,
    section,
    isOf: (series) => losses.includes(series),
    find: ({ evidence }) => {
      const curves = curvesOf(evidence.results(section), measure);
      const conditions = [...Map.groupBy(curves, ({ condition }) => condition)]
        .flatMap(([condition, same]): PairedTrials[] => {
          const trials = [...Map.groupBy(same, ({ seed }) => seed).values()].flatMap((ofSeed) => {
            const wanted = losses.map((loss) => ofSeed.find(({ series }) => series === loss));
            return wanted.every((curve) => curve !== undefined) ? [[of(wanted as Curve[])]] : [];
          });
          return trials.length === 0 ? [] : [{ condition, trials }];
        });
      if (conditions.length === 0) return undefined;
      if (tenfoldClasses) return overClasses(evidence, section, conditions, ([value]) => value!);
      return {
        estimate: estimate(conditions, (means) => mean(means.map(([value]) => value!)), range),
        conditions: conditions.map((one) => ({
          condition: one.condition,
          estimate: estimate([one], ([means]) => means![0]!, range),
        })),
        coverage: { there: conditions.length, of: conditionsOf(section, evidence.scale).length },
        trials: conditions.map(({ trials }) => trials.length),
      };
    },
  };
}
