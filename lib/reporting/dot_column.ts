import { averages } from "./averages.ts";
import type { DotColumn } from "./condition_dots.ts";
import { conditionTitle } from "./conditions.ts";
import { percent, seriesLabel } from "./display.ts";
import { measured } from "./measured.ts";
import type { Measure } from "./measures.ts";
import { ownMeasured } from "./own.ts";
import type { Results } from "./results_table.ts";

/** One column of Figures 2, 3, 5 and 6: a measure in each condition, and its average under all losses of the section. */
export function dotColumn(results: Results, measure: Measure): DotColumn {
  const ofMeasure = measured(results, measure);
  return {
    measured: ofMeasure,
    own: ownMeasured(results, ofMeasure),
    averages: averages(ofMeasure, results.losses),
  };
}

/** A column's averages in one line of text. */
export function summarise({ averages, measured }: DotColumn): string {
  const { title } = measured.measure;
  if (averages.length === 0) return `${title}: no condition has all losses yet`;
  const means = averages.map(({ series, mean }) => `${seriesLabel(series)} ${percent(mean)}`);
  return `${title} (%), mean over ${averages[0]!.conditions.map(conditionTitle).join(", ")}: ${
    means.join(", ")
  }`;
}

/** What the marks of these figures are. */
export function averagesSentence({ losses }: Results): string {
  const counts = ["no", "one", "two", "three", "four", "five", "six", "seven"];
  return "Dots: mean over trials; bars: ± 1 standard deviation over trials (n − 1). Averages: over the " +
    `conditions, and the trials, that all ${
      counts[losses.length]
    } losses have; bars: standard deviation ` +
    "of the average over trials.";
}
