import { measures } from "../measures.ts";
import type { Claim } from "./claim.ts";
import { above } from "./rule.ts";
import { computedNumber, difference } from "./statistics.ts";

const section = "6";
const { clean, corrupt, unknownMsp, attack, continual, segmentation } = measures;
const four = [clean, corrupt, unknownMsp, attack];

// On balanced data HEM+ is HEM (4.3), and so it is in continual learning (5.3).
const tasks = [
  ...four.map((measure) => ({ in: "5.1", series: "hem", measure })),
  ...four.map((measure) => ({ in: "5.2", series: "hem_plus", measure })),
  { in: "5.3", series: "hem", measure: continual },
  { in: "5.4", series: "hem_plus", measure: segmentation },
];

/** What the conclusion says of everything. "Clearly below" has no number in the paper: one point is taken. */
export const claims6: readonly Claim[] = [
  {
    id: "general-purpose",
    section,
    place: "6",
    statement:
      "there is no task on which HEM+ is clearly below CE, except clean and corrupt accuracy slightly",
    needs: ["5.1", "5.2", "5.3", "5.4"],
    checks: tasks.map(({ in: section, series, measure }) => ({
      statistic: difference({ section }, [series, "ce"], measure),
      rule: above(-1),
    })),
  },
  {
    id: "no-extra-cost",
    section,
    place: "6",
    statement: "replacing the loss costs no additional computation",
    needs: [],
    checks: [{
      statistic: computedNumber(
        "extra-cost",
        "largest growth of a training step with HEM in place of CE",
        "percent",
      ),
      // The paper gives no number: one that a user would hardly notice.
      rule: { words: "at most 5 %", low: -Infinity, high: 0.05, closed: true },
    }],
  },
];
