import { measures } from "../measures.ts";
import { shareRange } from "../interval.ts";
import type { Curve } from "../curves.ts";
import type { Claim } from "./claim.ts";
import { trainingCurves } from "./curves.ts";
import { above, below, type Rule } from "./rule.ts";
import { computedNumber, difference } from "./statistics.ts";

const isZero: Rule = { words: "exactly 0", low: 0, high: 0, closed: true };
const notNegative: Rule = { words: "not below 0", low: 0, closed: true };

/** What is left of a measure in the last epoch. */
const shareLeft = ([curve]: readonly Curve[]) => curve!.values.at(-1)! / curve!.values[0]!;

/** What sections 2 to 4 say of the losses. */
export const claims2: readonly Claim[] = [
  {
    id: "table1-monotone",
    section: "2",
    place: "2.1",
    statement:
      "CE is lower on row 5 (wrong) than on rows 2-4 (right); LN, MM, HEM never fall from a better row " +
      "to a worse one",
    needs: [],
    checks: [
      {
        statistic: computedNumber(
          "table1/ce",
          "CE in row 5 less the lowest of rows 2 to 4",
          "number",
        ),
        rule: below(),
      },
      ...["ln", "mm", "hem"].map((loss) => ({
        statistic: computedNumber(
          `table1/${loss}`,
          `smallest step of ${loss.toUpperCase()} from a row to the next`,
          "number",
        ),
        rule: notNegative,
      })),
    ],
  },
  {
    id: "mm-stops-early",
    section: "2",
    place: "2.2, 5.1.2",
    statement: "MM's loss comes close to zero while training samples are still misclassified, " +
      "the more classes the more",
    // Of B.3 only one data set is trained; 5.1 has MM with 10 to 1000 classes.
    needs: ["B.3", "5.1"],
    checks: [
      {
        statistic: trainingCurves("B.3", ["mm"], measures.lossByEpoch, {
          words: "MM's loss in the last epoch, as a share of its first epoch's",
          unit: "percent",
          of: shareLeft,
          range: [0, Infinity],
        }),
        // "Close to zero" has no number in the paper.
        rule: { words: "below 10 %", high: 0.1 },
      },
      {
        statistic: trainingCurves("B.3", ["mm"], measures.errorByEpoch, {
          words: "training images that MM misclassifies after the last epoch",
          unit: "percent",
          of: ([mm]) => mm!.values.at(-1)!,
          range: shareRange,
        }),
        rule: { words: "above 0", low: 0 },
      },
      {
        statistic: trainingCurves("5.1", ["mm"], measures.lossByEpoch, {
          words: "change of that share of MM's loss when there are ten times as many classes",
          unit: "points",
          of: shareLeft,
          tenfoldClasses: true,
        }),
        rule: below(),
      },
    ],
  },
  {
    id: "ln-stable",
    section: "3",
    place: "3.3",
    statement: "with LN's small temperature training succeeds; CE with the same temperature fails",
    needs: ["B.3"],
    checks: [{
      statistic: difference({ section: "B.3" }, ["ln", "ce@temperature=0.04"], measures.trained),
      // To fail is to be far below; the paper gives no number.
      rule: above(10),
    }],
  },
  {
    id: "identity-balanced",
    section: "3",
    place: "3.4, 4.3",
    statement: "on balanced data LA is CE and HEM+ is HEM",
    needs: [],
    checks: [["la", "LA − CE"], ["hem_plus", "HEM+ − HEM"]].map(([name, pair]) => ({
      statistic: computedNumber(
        `identity/${name}`,
        `largest difference in value or gradient, ${pair}`,
        "number",
      ),
      rule: isZero,
    })),
  },
];
