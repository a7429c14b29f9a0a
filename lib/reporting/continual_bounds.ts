import { listed, seriesLabel } from "./display.ts";
import type { Evidence } from "./evidence.ts";
import { missingConditions } from "./lacking.ts";
import { measured } from "./measured.ts";
import { measures } from "./measures.ts";
import { countedTrials, remarksOn } from "./provenance.ts";
import type { Results } from "./results_table.ts";

/** The experiment that has the bounds. */
export const boundsSection = "bounds";

/** The bounds between which strategies lie, at the scale of the strategies; none where they are no part of it. */
export interface ContinualBounds {
  results: Results;
  missing: string[];
  /** What they are and how many trials they have, for a caption; nothing where there are none. */
  sentences: string[];
}

/** The bounds that are part of the scale. */
export function boundsIn(evidence: Evidence): ContinualBounds {
  const all = evidence.results(boundsSection);
  const conditions = all.conditions.filter(({ excluded }) => excluded === undefined);
  const results: Results = { ...all, conditions };
  const final = measured(results, measures.continual);
  const missing = missingConditions(
    [{ ...final, measure: { ...final.measure, words: "the bounds" } }],
    results,
  );
  const trials = final.cells.length === 0 ? "no result yet" : `${countedTrials([final])} per loss`;
  return {
    results,
    missing,
    sentences: conditions.length === 0 ? [] : [
      "Bounds, which are not in the paper and in no average: Naive has no strategy, Joint has all experiences at once, both with " +
      `the network and recipe of the task's SI (${
        listed(results.losses.map(seriesLabel))
      }, ${trials}).`,
      ...remarksOn([results]),
    ],
  };
}
