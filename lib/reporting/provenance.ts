import type { Scale, StageRecord } from "../trials/mod.ts";
import { counted, grouped, lossStyle, scaleTitles, titleOf } from "./display.ts";
import type { Results } from "./results_table.ts";

/** What a figure says of where its numbers come from; computed from the records. */
export interface Provenance {
  scale: Scale;
  /** "Paper scale. MNIST: 60,000 training images, 20 epochs, 2 trials." */
  sentence: string;
  /** A word for the figure itself where the runs are smaller than the paper's, else null. */
  reduced: string | null;
  /** "1", "2" or "2–5" trials per network and loss. */
  trials: string;
}

/** Describes the runs behind results: scale, training data, epochs, number of trials. */
export function provenance(results: Results): Provenance {
  const { scale, records } = results;
  const byData = Map.groupBy(records, ({ trial }) => trial.dataset.name);
  const settings = [...byData].map(([data, ofData]) =>
    `${titleOf(data)}: ${trainingOf(ofData)}, ${trialsOf(ofData)}`
  );
  const left = results.leftOut === 0
    ? ""
    : ` ${counted(results.leftOut, "record")} of other settings left out.`;
  return {
    scale,
    sentence: settings.length === 0
      ? `${scaleTitles[scale]}: no results yet.`
      : `${scaleTitles[scale]}. ${settings.join("; ")}.${left}`,
    reduced: scale === "paper" || records.length === 0
      ? null
      : `REDUCED RUN (${scale}): ${trainingOf(records)}`,
    trials: range(trialCounts(records)),
  };
}

function trainingOf(records: readonly StageRecord[]): string {
  const images = new Set(records.map(({ trial }) => trial.dataset.trainCount));
  const all = images.delete(undefined);
  const counts = [...images].map((count) => count!);
  const words = [...(counts.length > 0 ? [range(counts)] : []), ...(all ? ["all"] : [])];
  const epochs = records.map(({ trial }) => trial.recipe.epochs);
  return `${words.join(" or ")} training images, ${range(epochs)} ${
    Math.max(...epochs) === 1 ? "epoch" : "epochs"
  }`;
}

/** "1–2 trials per network and loss". */
export function trialsOf(records: readonly StageRecord[]): string {
  const counts = trialCounts(records);
  return `${range(counts)} ${Math.max(...counts) === 1 ? "trial" : "trials"} per network and loss`;
}

function trialCounts(records: readonly StageRecord[]): number[] {
  const groups = Map.groupBy(
    records,
    ({ trial }) => `${trial.dataset.name}/${trial.network.name}/${trial.loss.name}`,
  );
  return [...groups.values()].map((group) => new Set(group.map(({ id }) => id)).size);
}

function range(values: readonly number[]): string {
  if (values.length === 0) return "0";
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? grouped(low) : `${grouped(low)}–${grouped(high)}`;
}

/** The losses of results that have options of their own, as "HEM (errorPower 0.5)". */
export function lossOptions(results: Results): string[] {
  const texts = results.records.flatMap(({ trial: { loss } }) =>
    loss.options === undefined ? [] : [
      `${lossStyle(loss.name).label} (${
        Object.entries(loss.options).map(([key, value]) => `${key} ${value}`).join(", ")
      })`,
    ]
  );
  return [...new Set(texts)];
}
