import { linearRegression, max, mean, min } from "simple-statistics";
import { dataOf } from "../conditions.ts";
import { type Evidence, pairedTrials } from "../evidence.ts";
import {
  differenceRange,
  estimate,
  type PairedTrials,
  type Range,
  shareRange,
  type Statistic,
} from "../interval.ts";
import { type Measure, measures } from "../measures.ts";
import { hasFew, sweepOf } from "../sweep.ts";
import type { Claim, ClaimStatistic, Finding, Unit } from "./claim.ts";
import { above, below, type Rule } from "./rule.ts";

const section = "B.1";
const { clean, unknownMsp, unknownMls } = measures;
const needs = [section];
/** What the paper's "fairly constant" and "little influence" allow: it gives no number. */
const flat: Rule = { words: "at most 1 point", low: 0, high: 0.01, closed: true };

/** The mean of each measure at each value of the swept option: `y[measure][value]`. */
interface Curve {
  x: readonly number[];
  y: readonly (readonly number[])[];
}

/** A number of a sweep on all training images, averaged over conditions. */
function ofSweep(
  loss: string,
  shown: readonly Measure[],
  { words, unit, of, range }: {
    words: string;
    unit: Unit;
    of: (curve: Curve) => number;
    /** What it can be; absent: any number. */
    range?: Range;
  },
): ClaimStatistic {
  return {
    words,
    unit,
    section,
    isOf: (series) => isSwept(series, loss),
    isIn: (condition) => !hasFew(dataOf(condition)),
    find: ({ evidence }) => {
      const full = sweeps(evidence, loss, shown).filter(({ name }) => !hasFew(dataOf(name)));
      if (full.length === 0) return undefined;
      const wanted = sweptConditions(evidence, loss).filter((name) => !hasFew(dataOf(name)));
      const statistic: Statistic = (means) =>
        mean(means.map((own, i) => of(curveOf(full[i]!.x, own))));
      return found(full, wanted.length, statistic, range);
    },
  };
}

/** Whether a series is a loss or one of its variants. */
function isSwept(series: string, loss: string): boolean {
  return series.split("@")[0] === loss;
}

/** A swept condition: the values tried, and its trials' numbers, measure by measure and value by value. */
interface Sweep {
  name: string;
  x: readonly number[];
  pairs: PairedTrials;
}

/** Those of which every value was tried: a part of a sweep has other ends. */
function sweeps(evidence: Evidence, loss: string, shown: readonly Measure[]): Sweep[] {
  const results = evidence.results(section);
  return results.conditions.flatMap(({ name, series }): Sweep[] => {
    const points = sweepOf(results, name, loss, "margin");
    const wanted = series.filter((one) => isSwept(one, loss));
    if (points.length < wanted.length) return [];
    const quantities = shown.flatMap((measure) =>
      points.map(({ series }) => ({ measure, series }))
    );
    const pairs = pairedTrials(results, quantities).find(({ condition }) => condition === name);
    return pairs === undefined ? [] : [{ name, x: points.map(({ value }) => value), pairs }];
  });
}

/** The names of the conditions in which a loss should be swept. */
function sweptConditions(evidence: Evidence, loss: string): string[] {
  return evidence.results(section).conditions
    .filter(({ series }) => series.some((one) => isSwept(one, loss)))
    .map(({ name }) => name);
}

/** A number of some of the sweeps that there should be. */
function found(
  some: readonly Sweep[],
  of: number,
  statistic: Statistic,
  range?: Range,
): Finding {
  return {
    estimate: estimate(some.map(({ pairs }) => pairs), statistic, range),
    conditions: [],
    coverage: { there: some.length, of },
    trials: some.map(({ pairs }) => pairs.trials.length),
  };
}

function curveOf(x: readonly number[], means: readonly number[]): Curve {
  const y = Array.from(
    { length: means.length / x.length },
    (_, i) => means.slice(i * x.length, (i + 1) * x.length),
  );
  return { x, y };
}

/** The smallest range of a curve over values that span a factor of a hundred; its whole range where none do. */
function flattestRange({ x, y: [y] }: Curve): number {
  const ranges = x.filter((from) => from > 0).flatMap((from) => {
    const end = x.find((to) => to >= 100 * from);
    return end === undefined ? [] : [rangeOf(y!.filter((_, i) => x[i]! >= from && x[i]! <= end))];
  });
  return ranges.length === 0 ? rangeOf(y!) : min(ranges);
}

function rangeOf(values: readonly number[]): number {
  return max([...values]) - min([...values]);
}

/** The slope of a curve over a decade of the option. */
function perDecade(x: readonly number[], y: readonly number[]): number {
  const points = x.flatMap((value, i) => value > 0 ? [[Math.log10(value), y[i]!]] : []);
  return linearRegression(points).m;
}

/** Decades between the smallest margins with which accuracy is within a point of its best, few images and all. */
const fewImagesNeed: ClaimStatistic = {
  words:
    "decades from the smallest sufficient margin with all training images to that with few of each class",
  unit: "number",
  section,
  isOf: (series) => isSwept(series, "hem"),
  find: ({ evidence }) => {
    const all = sweeps(evidence, "hem", [clean]);
    const few = all.filter(({ name }) => hasFew(dataOf(name)));
    const full = all.filter(({ name }) => !hasFew(dataOf(name)));
    if (few.length === 0 || full.length === 0) return undefined;
    const both = [...few, ...full];
    const sufficient = (accuracies: readonly number[], i: number) => {
      const first = accuracies.findIndex((one) => one >= max([...accuracies]) - 0.01);
      // A margin of 0 has no logarithm: half of the smallest other one.
      const { x } = both[i]!;
      return Math.log10(x[first]! > 0 ? x[first]! : x.find((value) => value > 0)! / 2);
    };
    return found(both, sweptConditions(evidence, "hem").length, (means) => {
      const decades = means.map(sufficient);
      return mean(decades.slice(0, few.length)) - mean(decades.slice(few.length));
    });
  },
};

/** What appendix B.1 says of the losses' hyper-parameters. */
export const claimsB1: readonly Claim[] = [
  {
    id: "margin-flat",
    section,
    place: "B.1",
    statement:
      "clean accuracy is fairly constant over more than two orders of magnitude of HEM's margin",
    needs,
    checks: [{
      statistic: ofSweep("hem", [clean], {
        words: "range of HEM's clean accuracy over margins that span a factor of 100",
        unit: "points",
        of: flattestRange,
        range: shareRange,
      }),
      rule: flat,
    }],
  },
  {
    id: "margin-msp",
    section,
    place: "B.1",
    statement: "a larger margin harms rejection by MSP, not by MLS",
    needs,
    checks: [
      {
        statistic: ofSweep("hem", [unknownMsp], {
          words: "slope of HEM's AUROC by MSP per decade of the margin",
          unit: "points",
          of: ({ x, y: [msp] }) => perDecade(x, msp!),
        }),
        rule: below(),
      },
      {
        statistic: ofSweep("hem", [unknownMls], {
          words: "slope of HEM's AUROC by MLS per decade of the margin",
          unit: "points",
          of: ({ x, y: [mls] }) => perDecade(x, mls!),
        }),
        rule: above(-0.5),
      },
    ],
  },
  {
    id: "margin-few-samples",
    section,
    place: "B.1",
    statement:
      "with 50 samples per class a larger margin is needed to reach the upper limit of accuracy",
    needs,
    checks: [{ statistic: fewImagesNeed, rule: above() }],
  },
  {
    id: "margin-near-zero",
    section,
    place: "B.1",
    statement: "at a margin near zero accuracy degrades (the paper: to 90.7 %)",
    needs,
    checks: [{
      statistic: ofSweep("hem", [clean], {
        words: "HEM's clean accuracy at the smallest margin, less that at its best",
        unit: "points",
        of: ({ y: [accuracy] }) => accuracy![0]! - max([...accuracy!]),
        range: [-1, 0],
      }),
      rule: below(-1),
    }],
  },
  {
    id: "mm-margin",
    section,
    place: "B.1",
    statement: "MM's margin has little influence on accuracy and a stronger one on rejection",
    needs,
    checks: [
      {
        statistic: ofSweep("mm", [clean], {
          words: "range of MM's clean accuracy over its margins",
          unit: "points",
          of: ({ y: [accuracy] }) => rangeOf(accuracy!),
          range: shareRange,
        }),
        rule: flat,
      },
      {
        statistic: ofSweep("mm", [clean, unknownMsp], {
          words: "range of MM's AUROC by MSP, less that of its clean accuracy",
          unit: "points",
          of: ({ y: [accuracy, auroc] }) => rangeOf(auroc!) - rangeOf(accuracy!),
          range: differenceRange,
        }),
        rule: above(),
      },
    ],
  },
];
