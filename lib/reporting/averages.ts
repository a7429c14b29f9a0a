import { mean, sampleStandardDeviation } from "simple-statistics";
import { type LossName } from "../trials/mod.ts";
import type { Cell, Measured } from "./measures.ts";

/** Mean over conditions of a measure under one loss. */
export interface Average {
  measure: string;
  loss: LossName;
  /** `data/network` of the conditions in the mean: those that have every loss compared. */
  conditions: string[];
  /** The mean in each condition, over its trials that every loss compared has. */
  means: number[];
  /** Of the conditions' means. */
  mean: number;
  /** The mean over the conditions in each trial that all of them have. */
  values: number[];
  /** Standard deviation of these (n - 1); null where there are not two. */
  sd: number | null;
}

/**
 * Means over conditions for the losses given: only conditions that have all of them count, and in
 * each only the trials that all of them have, so that losses are compared on the same starts.
 */
export function averages({ measure, cells }: Measured, losses: readonly LossName[]): Average[] {
  const compared = [...Map.groupBy(cells, ({ data, network }) => `${data}/${network}`)]
    .map(([name, ofCondition]) => ({
      name,
      cells: losses.map((loss) => ofCondition.find((cell) => cell.loss === loss)),
    }))
    .flatMap(({ name, cells }) => {
      const trials = cells.map((cell) => new Set(cell?.trials))
        .reduce((shared, own) => shared.intersection(own));
      return trials.size === 0 ? [] : [{ name, trials, cells: cells.map((cell) => cell!) }];
    });
  if (compared.length === 0) return [];
  const everywhere = compared.map(({ trials }) => trials)
    .reduce((shared, own) => shared.intersection(own));
  return losses.map((loss, i) => {
    const over = (trials: Iterable<number>, { values, trials: own }: Cell) =>
      mean([...trials].map((trial) => values[own.indexOf(trial)]!));
    const means = compared.map(({ trials, cells }) => over(trials, cells[i]!));
    const values = [...everywhere].sort((a, b) => a - b)
      .map((trial) => mean(compared.map(({ cells }) => over([trial], cells[i]!))));
    return {
      measure: measure.name,
      loss,
      conditions: compared.map(({ name }) => name),
      means,
      mean: mean(means),
      values,
      sd: values.length > 1 ? sampleStandardDeviation(values) : null,
    };
  });
}

/** One loss minus another. */
export interface Difference {
  /** Over the conditions, as a fraction. */
  mean: number;
  /** Standard deviation over trials of that mean; null where there is one trial. */
  sd: number | null;
  /** `data/network` of the conditions that have both. */
  conditions: string[];
  /** Conditions in which the first loss is above the second. */
  wins: number;
}

/** One loss minus another, over the trials with the same number, then over the conditions; undefined where there is none. */
export function difference(
  measured: Measured,
  first: LossName,
  second: LossName,
): Difference | undefined {
  const [a, b] = averages(measured, [first, second]);
  if (a === undefined || b === undefined) return undefined;
  const values = a.values.map((value, i) => value - b.values[i]!);
  return {
    mean: a.mean - b.mean,
    sd: values.length > 1 ? sampleStandardDeviation(values) : null,
    conditions: a.conditions,
    wins: a.means.filter((value, i) => value > b.means[i]!).length,
  };
}
