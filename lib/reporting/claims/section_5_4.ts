import { mean } from "simple-statistics";
import { dataOf } from "../conditions.ts";
import { measures } from "../measures.ts";
import { differenceRange, estimate, type Range } from "../interval.ts";
import type { Claim, ClaimStatistic } from "./claim.ts";
import { printedIn } from "./printed.ts";
import { above, below, between } from "./rule.ts";
import { difference, lead, shareAbove, wholeSets } from "./statistics.ts";

const section = "5.4";
const here = { section };
const measure = measures.segmentation;
const needs = [section];
const others = ["ce", "ln", "la", "dice", "mm", "hem"];
const all = ["hem_plus", ...others];
const large = {
  section,
  only: (condition: string) => ["cityscapes", "sbd"].includes(dataOf(condition)),
};
const camvid = { section, only: (condition: string) => dataOf(condition) === "camvid" };

type Means = readonly (readonly number[])[];
type Conditions = readonly { condition: string }[];

/** HEM+'s lead over the best other loss, from each loss's average. */
function leadOf([own, ...rest]: readonly number[]): number {
  return own! - Math.max(...rest);
}

function leadOnAverage(means: Means): number {
  return leadOf(all.map((_, loss) => mean(means.map((of) => of[loss]!))));
}

/** The same where each loss has its best backbone on each data set. */
function leadOfBest(means: Means, shown: Conditions): number {
  const byData = [...Map.groupBy(means, (_, i) => dataOf(shown[i]!.condition)).values()];
  return leadOf(
    all.map((_, loss) => mean(byData.map((same) => Math.max(...same.map((of) => of[loss]!))))),
  );
}

/** A number of the data sets of which all backbones are there with all losses. */
function ofWholeSets(
  words: string,
  of: (means: Means, shown: Conditions) => number,
  range: Range = differenceRange,
): ClaimStatistic {
  return {
    ...{ words, unit: "points", section },
    isOf: (series) => all.includes(series),
    find: ({ evidence }) => {
      const whole = wholeSets(evidence, section, all.map((series) => ({ measure, series })));
      if (whole === undefined) return undefined;
      const { sets, coverage, trials } = whole;
      const shown = [...sets.values()].flat();
      return {
        estimate: estimate(shown, (means) => of(means, shown), range),
        ...{ conditions: [], coverage, trials },
      };
    },
  };
}

/** What section 5.4 says of segmentation. "Very poorly" and "similar" have no numbers in the paper: 10 and 3 points. */
export const claims54: readonly Claim[] = [
  {
    id: "seg-hemplus-best",
    section,
    place: "5.4",
    statement:
      "HEM+ has the best average IoU of all losses, clearer still with each loss's best backbone",
    needs,
    checks: [
      { statistic: lead(here, "hem_plus", others, measure), rule: above() },
      {
        statistic: ofWholeSets(
          `HEM+ − the best other loss, ${measure.words}, each with its best backbone`,
          leadOfBest,
        ),
        rule: above(),
      },
      {
        statistic: ofWholeSets(
          "that lead − the lead on average over all backbones",
          (means, shown) => leadOfBest(means, shown) - leadOnAverage(means),
          [-2, 2],
        ),
        rule: above(),
      },
    ],
  },
  {
    id: "seg-large-sets",
    section,
    place: "5.4",
    statement: "on the two larger data sets HEM+ beats CE with all four backbones",
    needs,
    checks: [{
      statistic: shareAbove(large, ["hem_plus", "ce"], measure),
      rule: { words: "in all", low: 1, high: 1, closed: true },
      printed: printedIn("segmentation-large-sets"),
    }],
  },
  {
    id: "seg-camvid",
    section,
    place: "5.4",
    statement: "on CamVid CE is better for some backbones",
    needs,
    checks: [{
      statistic: shareAbove(camvid, ["ce", "hem_plus"], measure),
      rule: { words: "in some, not in all", low: 0, high: 1 },
    }],
  },
  {
    id: "seg-ln-la-poor",
    section,
    place: "5.4",
    statement: "LN and LA perform very poorly",
    needs,
    checks: ["ln", "la"].map((loss) => ({
      statistic: difference(here, [loss, "ce"], measure),
      rule: below(-10),
    })),
  },
  {
    id: "seg-dice-alike",
    section,
    place: "5.4",
    statement: "DICE is similar to CE and HEM",
    needs,
    checks: ["ce", "hem"].map((other) => ({
      statistic: difference(here, ["dice", other], measure),
      rule: between(-3, 3),
    })),
  },
];
