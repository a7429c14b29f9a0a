import { datasetFacts } from "../datasets/mod.ts";
import type { Results } from "./results_table.ts";
import { conditionName } from "./conditions.ts";

/** One value of a hyper-parameter that was tried, and the series of its trials. */
export interface SweepPoint {
  value: number;
  /** Such as `hem@margin=0.5`, or `hem` where the value is the one that the loss takes anyway. */
  series: string;
}

/**
 * The values of a loss's option that a condition's results have, in rising order: its variants, and the loss without a variant
 * at the value that it takes anyway.
 */
export function sweepOf(
  { rows, records }: Results,
  condition: string,
  loss: string,
  option: string,
): SweepPoint[] {
  const own = rows.filter((row) => row.loss === loss && conditionName(row) === condition);
  const ids = new Set(own.filter(({ series }) => series === loss).map(({ id }) => id));
  const start = `${loss}@${option}=`;
  const variants = [...new Set(own.map(({ series }) => series))]
    .filter((series) => series.startsWith(start))
    .map((series) => ({ series, value: Number(series.slice(start.length)) }))
    .filter(({ value }) => Number.isFinite(value));
  const usual = records.find(({ id }) => ids.has(id));
  const all = usual === undefined
    ? variants
    : [...variants, { series: loss, value: usualValue(loss, usual.trial.dataset) }];
  return all.sort((a, b) => a.value - b.value);
}

/** Whether a training set, such as `mnist_50each`, has few images of each class. */
export function hasFew(data: string): boolean {
  return /_\d+each$/.test(data);
}

/** What a loss takes where a trial says nothing: LN's temperature, MM's margin, and HEM's by the number of training images. */
function usualValue(
  loss: string,
  { name, perClass, trainCount }: { name: string; perClass?: number; trainCount?: number },
): number {
  if (loss === "ln") return 0.04;
  if (loss === "mm") return 1;
  const { classes, images } = datasetFacts(name);
  const count = perClass === undefined ? trainCount ?? images.train : perClass * classes;
  return Number(Math.sqrt(2000 / count).toPrecision(3));
}
