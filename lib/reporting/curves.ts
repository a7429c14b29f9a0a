import { conditionName } from "./conditions.ts";
import { commonDatasets } from "./measured.ts";
import type { Measure } from "./measures.ts";
import type { Results, ResultsRow } from "./results_table.ts";

/** A measure over the epochs of one trial's training. */
export interface Curve {
  condition: string;
  series: string;
  seed: number;
  epochs: readonly number[];
  values: readonly number[];
  /** The epoch after which the learning rate first falls; where it never does, the last one. */
  drop: number;
}

/**
 * The courses of a measure in training, a curve per trial that did not diverge; its value of an epoch is the mean over the data
 * sets that all trials with the same training data have.
 */
export function curvesOf(results: Results, measure: Measure): Curve[] {
  const all = rowsOf(results, measure);
  const common = commonDatasets(all);
  const rows = all.filter(({ data, dataset }) => common.get(data)!.includes(dataset));
  return [...Map.groupBy(rows, ({ id }) => id)].map(([id, ofTrial]) => {
    const byEpoch = [...Map.groupBy(ofTrial, ({ at }) => at.epoch!)].sort(([a], [b]) => a - b);
    const first = ofTrial[0]!;
    const epochs = byEpoch.map(([epoch]) => epoch);
    return {
      condition: conditionName(first),
      series: first.series,
      seed: first.seed,
      epochs,
      values: byEpoch.map(([, same]) =>
        same.reduce((sum, { value }) => sum + value, 0) / same.length
      ),
      drop: dropOf(results, id) ?? epochs.at(-1)!,
    };
  });
}

/** By training data, the data sets that an epoch's value is the mean over. */
export function curveSets(results: Results, measure: Measure): Map<string, string[]> {
  return commonDatasets(rowsOf(results, measure));
}

function rowsOf({ records, rows }: Results, measure: Measure): ResultsRow[] {
  const diverged = new Set(
    records.filter(({ outcome }) => outcome.name === "diverged").map(({ id }) => id),
  );
  return rows.filter(({ id, at: { epoch }, stage, metric }) =>
    epoch !== undefined && stage === measure.stage && metric === measure.metric && !diverged.has(id)
  );
}

function dropOf({ records }: Results, id: string): number | undefined {
  const schedule = records.find((record) => record.id === id)?.trial.recipe.schedule;
  return schedule?.name === "steps" ? schedule.milestones[0] : undefined;
}

/** The mean over the trials of curves, at the epochs that all of them have. */
export function meanCurve(curves: readonly Curve[]): { epoch: number; value: number }[] {
  const [first, ...others] = curves;
  return (first?.epochs ?? []).flatMap((epoch) => {
    const of = [first!, ...others];
    const values = of.flatMap(({ epochs, values }) => values[epochs.indexOf(epoch)] ?? []);
    if (values.length < of.length) return [];
    return [{ epoch, value: values.reduce((sum, value) => sum + value, 0) / values.length }];
  });
}
