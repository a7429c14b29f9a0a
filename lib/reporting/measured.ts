import { mean, sampleStandardDeviation } from "simple-statistics";
import { conditionName } from "./conditions.ts";
import type { Measure } from "./measures.ts";
import type { Results, ResultsRow } from "./results_table.ts";

/** A measure in one condition under one loss, or one variant of it, over its trials. */
export interface Cell {
  /** The images and the method, as in `mnist/lenet`. */
  condition: string;
  data: string;
  /** A network, a strategy, an encoder. */
  method: string;
  /** The loss with its variant, as in `hem@margin=0.5`. */
  series: string;
  /** One value per trial, in the order of the trials' numbers. */
  values: number[];
  trials: number[];
  seeds: number[];
  mean: number;
  /** Standard deviation over trials (n - 1); null where there is one trial. */
  sd: number | null;
}

/** A measure's numbers, and over which data sets each trial's number is a mean. */
export interface Measured {
  measure: Measure;
  cells: Cell[];
  /** By training data, the measured data sets that every trial of it has: only they are averaged. */
  datasets: Map<string, string[]>;
}

const known = new WeakMap<Results, Map<Measure, Measured>>();

/**
 * Reads a measure from results. A trial's value is the mean over the measured data sets that all trials with the same
 * training data have, so that losses are compared on the same images.
 */
export function measured(results: Results, measure: Measure): Measured {
  const ofResults = known.get(results) ?? new Map<Measure, Measured>();
  known.set(results, ofResults);
  const found = ofResults.get(measure) ?? read(results, measure);
  ofResults.set(measure, found);
  return found;
}

function read(results: Results, measure: Measure): Measured {
  const rows = wholeTrials(measure, results.rows.filter((row) => belongs(row, measure, results)));
  const datasets = commonDatasets(rows);
  const averaged = rows.filter(({ data, dataset }) => datasets.get(data)!.includes(dataset));
  const cells = [...Map.groupBy(averaged, (row) => `${conditionName(row)}/${row.series}`).values()]
    .map((ofCell): Cell => {
      const byTrial = [...Map.groupBy(ofCell, ({ id }) => id).values()]
        .sort(([a], [b]) => a!.trial - b!.trial);
      const { data, method, series } = ofCell[0]!;
      const values = byTrial.map((ofTrial) => mean(ofTrial.map(({ value }) => value)));
      return {
        condition: conditionName(ofCell[0]!),
        data,
        method,
        series,
        values,
        trials: byTrial.map(([row]) => row!.trial),
        seeds: byTrial.map(([row]) => row!.seed),
        mean: mean(values),
        sd: values.length > 1 ? sampleStandardDeviation(values) : null,
      };
    });
  return { measure, datasets, cells: inOrder(results, cells) };
}

/** Whether a row is one of a measure's. */
export function belongs(
  row: Pick<ResultsRow, "stage" | "metric" | "dataset" | "at">,
  { stage, metric, datasets, at = {} }: Measure,
  { corruptions }: Pick<Results, "corruptions">,
): boolean {
  if (row.stage !== stage || row.metric !== metric) return false;
  const places = Object.keys({ ...row.at, ...at });
  if (places.some((place) => row.at[place as keyof typeof row.at] !== at[place])) return false;
  if (datasets === undefined) return true;
  return typeof datasets === "function"
    ? datasets(row.dataset, corruptions)
    : datasets.includes(row.dataset);
}

/** The rows of a measure without those of trials that lack a part of its mean. */
function wholeTrials({ datasets, whole }: Measure, rows: ResultsRow[]): ResultsRow[] {
  if (whole === undefined) return rows;
  const parts = Array.isArray(datasets) ? datasets.length : 0;
  const ofTrial = Map.groupBy(rows, seriesOfTrial);
  return rows.filter((row) => ofTrial.get(seriesOfTrial(row))!.length === parts);
}

/** A trial, and which of its stages' variants: each of them is a measurement of its own. */
function seriesOfTrial({ id, series }: ResultsRow): string {
  return `${id}/${series}`;
}

/** Cells in the paper's order of conditions. */
function inOrder({ conditions }: Results, cells: Cell[]): Cell[] {
  const place = (cell: Cell) => conditions.findIndex(({ name }) => name === cell.condition);
  return cells.toSorted((a, b) => place(a) - place(b));
}

/** By training data, the measured data sets that every trial of it has. */
export function commonDatasets(rows: readonly ResultsRow[]): Map<string, string[]> {
  return new Map(
    [...Map.groupBy(rows, ({ data }) => data)].map(([data, ofData]) => {
      const perTrial = [...Map.groupBy(ofData, seriesOfTrial).values()]
        .map((ofTrial) => new Set(ofTrial.map(({ dataset }) => dataset)));
      return [data, [...perTrial.reduce((shared, own) => shared.intersection(own))]];
    }),
  );
}
