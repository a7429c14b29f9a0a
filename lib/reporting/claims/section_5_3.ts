import { mean } from "simple-statistics";
import { dataOf } from "../conditions.ts";
import { seriesLabel } from "../display.ts";
import { measures } from "../measures.ts";
import type { Claim, ClaimStatistic } from "./claim.ts";
import { printedIn } from "./printed.ts";
import { above, below } from "./rule.ts";
import { difference, overall, shareAbove } from "./statistics.ts";

const section = "5.3";
const here = { section };
const measure = measures.continual;
const needs = [section];

/** Of each task the best strategy of each loss: in how many HEM is above CE. */
const bestStrategies: ClaimStatistic = overall(here, {
  words: "tasks in which HEM with its best strategy is above CE with its own",
  unit: "conditions",
  quantities: ["hem", "ce"].map((series) => ({ measure, series })),
  of: (means, conditions) => {
    const byTask = Map.groupBy(
      means.map((of, i) => ({ of, task: dataOf(conditions[i]!) })),
      ({ task }) => task,
    );
    const best = (same: readonly { of: readonly number[] }[], at: number) =>
      Math.max(...same.map(({ of }) => of[at]!));
    return mean([...byTask.values()].map((same) => best(same, 0) > best(same, 1) ? 1 : 0));
  },
});

/** How much further HEM is above a loss than above CE. */
function furtherAbove(other: string): ClaimStatistic {
  return overall(here, {
    words: `CE − ${seriesLabel(other)}, ${measure.words}`,
    unit: "points",
    quantities: ["ce", other].map((series) => ({ measure, series })),
    of: (means) => mean(means.map(([ce, own]) => ce! - own!)),
  });
}

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
      ...["ln", "dice", "mm"].map((other) => ({ statistic: furtherAbove(other), rule: above() })),
      ...["ln", "dice"].map((other) => ({
        statistic: difference(here, [other, "ce"], measure),
        // "Very poor" has no number in the paper.
        rule: below(-10),
      })),
    ],
  },
];
