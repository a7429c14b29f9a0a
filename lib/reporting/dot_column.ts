import type { DotColumn } from "./condition_dots.ts";
import { type Condition, conditionTitle } from "./conditions.ts";
import { balancedLosses, lossStyle, percent } from "./display.ts";
import { averages } from "./averages.ts";
import { type Measure, measured } from "./measures.ts";
import type { Results } from "./results_table.ts";

/** One column of Figures 2 and 3: a measure under CE and HEM per condition, and its average under the five losses. */
export function dotColumn(
  results: Results,
  measure: Measure,
  conditions: readonly Condition[],
): DotColumn {
  const ofMeasure = measured(results, measure);
  const means = averages(ofMeasure, balancedLosses);
  return {
    title: measure.title,
    panel: measure.panel ?? measure.title,
    of: conditions.length,
    measured: ofMeasure,
    averages: means,
    absent: "no result yet",
  };
}

/** A column's averages in one line of text. */
export function summarise({ averages, title }: DotColumn): string {
  if (averages.length === 0) return `${title}: no condition has all five losses yet`;
  const means = averages.map(({ loss, mean }) => `${lossStyle(loss).label} ${percent(mean)}`);
  return `${title} (%), mean over ${averages[0]!.conditions.map(conditionTitle).join(", ")}: ${
    means.join(", ")
  }`;
}

/** What the marks of Figures 2 and 3 are. */
export const averagesSentence =
  "Dots: mean over trials; bars: ± 1 standard deviation over trials " +
  "(n − 1). Averages: over the conditions, and the trials, that all five losses have; bars: " +
  "standard deviation of the average over trials.";
