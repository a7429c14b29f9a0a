import { mean, sampleStandardDeviation } from "simple-statistics";
import type { Cell, Measured } from "./measured.ts";

/** Mean over conditions of a measure under one loss, or one variant of it. */
export interface Average {
  measure: string;
  /** A loss with its variant, as in `hem@margin=0.5`. */
  series: string;
  /** The conditions in the mean: those that have all that is compared. */
  conditions: string[];
  /** The mean in each condition, over its trials that all that is compared has. */
  means: number[];
  /** Of the conditions' means. */
  mean: number;
  /** The mean over the conditions in each trial that all of them have. */
  values: number[];
  /** Standard deviation of these (n - 1); null where there are not two. */
  sd: number | null;
}

/**
 * Means over conditions for what is compared: only conditions that have all of it count, and in each only the trials that all
 * of it has, so that losses are compared on the same starts.
 */
export function averages({ measure, cells }: Measured, compared: readonly string[]): Average[] {
  const conditions = [...Map.groupBy(cells, ({ condition }) => condition)]
    .map(([name, ofCondition]) => ({
      name,
      cells: compared.map((series) => ofCondition.find((cell) => cell.series === series)),
    }))
    .flatMap(({ name, cells }) => {
      const trials = cells.map((cell) => new Set(cell?.trials))
        .reduce((shared, own) => shared.intersection(own));
      return trials.size === 0 ? [] : [{ name, trials, cells: cells.map((cell) => cell!) }];
    });
  if (conditions.length === 0) return [];
  const everywhere = conditions.map(({ trials }) => trials)
    .reduce((shared, own) => shared.intersection(own));
  return compared.map((series, i) => {
    const over = (trials: Iterable<number>, { values, trials: own }: Cell) =>
      mean([...trials].map((trial) => values[own.indexOf(trial)]!));
    const means = conditions.map(({ trials, cells }) => over(trials, cells[i]!));
    const values = [...everywhere].sort((a, b) => a - b)
      .map((trial) => mean(conditions.map(({ cells }) => over([trial], cells[i]!))));
    return {
      measure: measure.name,
      series,
      conditions: conditions.map(({ name }) => name),
      means,
      mean: mean(means),
      values,
      sd: values.length > 1 ? sampleStandardDeviation(values) : null,
    };
  });
}
