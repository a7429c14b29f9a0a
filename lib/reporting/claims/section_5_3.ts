import { conditionsOf } from "../conditions.ts";
import { differenceRange, estimate } from "../interval.ts";
import { measures } from "../measures.ts";
import type { Claim, ClaimStatistic } from "./claim.ts";
import { printedIn } from "./printed.ts";
import { above, below } from "./rule.ts";
import { countAbove, difference, shareAbove, wholeSets } from "./statistics.ts";

const section = "5.3";
const here = { section };
const measure = measures.continual;
const needs = [section];

const pair = ["hem", "ce"];

/** In how many tasks HEM with its best strategy is above CE with its own; of those tasks of which all strategies are there. */
const bestStrategies: ClaimStatistic = {
  words: "tasks in which HEM with its best strategy is above CE with its own",
  unit: "conditions",
  section,
  isOf: (series) => pair.includes(series),
  find: ({ evidence }) => {
    const whole = wholeSets(evidence, section, pair.map((series) => ({ measure, series })));
    if (whole === undefined) return undefined;
    const { sets, coverage, trials } = whole;
    const best = (means: readonly (readonly number[])[], at: number) =>
      Math.max(...means.map((of) => of[at]!));
    const conditions = [...sets].map(([condition, strategies]) => ({
      condition,
      estimate: estimate(strategies, (means) => best(means, 0) - best(means, 1), differenceRange),
    }));
    const tasks = new Set(conditionsOf(section, evidence.scale).map(({ data }) => data));
    const counted = { above: 0, of: tasks.size };
    return {
      estimate: countAbove(conditions.map(({ estimate }) => estimate), counted),
      ...{ counted, conditions, coverage, trials },
    };
  },
};

/** What section 5.3 says of continual learning. "Considerably" has no number in the paper: one point is taken. */
export const claims53: readonly Claim[] = [
  {
    id: "cl-11-of-16",
    section,
    place: "5.3",
    statement: "HEM is considerably better than CE in 11 of the 16 conditions",
    needs,
    checks: [{
      statistic: shareAbove(here, ["hem", "ce"], measure, 1),
      rule: { words: "in at least 11/16", low: 11 / 16, high: 1, closed: true },
      printed: printedIn("continual-hem-wins"),
    }],
  },
  {
    id: "cl-best-3-of-4",
    section,
    place: "5.3",
    statement: "with each loss's best strategy, HEM beats CE in three of the four tasks",
    needs,
    checks: [{
      statistic: bestStrategies,
      rule: { words: "in at least 3/4", low: 3 / 4, high: 1, closed: true },
      printed: printedIn("continual-best"),
    }],
  },
  {
    id: "cl-average",
    section,
    place: "5.3",
    statement:
      "on average HEM is above CE, and further above LN, DICE and MM; LN and DICE are very poor",
    needs,
    checks: [
      { statistic: difference(here, ["hem", "ce"], measure), rule: above() },
      // Further above than above CE: CE is itself above them.
      ...["ln", "dice", "mm"].map((other) => ({
        statistic: difference(here, ["ce", other], measure),
        rule: above(),
      })),
      ...["ln", "dice"].map((other) => ({
        statistic: difference(here, [other, "ce"], measure),
        // "Very poor" has no number in the paper.
        rule: below(-10),
      })),
    ],
  },
];
