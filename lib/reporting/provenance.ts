import { experimentOf } from "../experiments/mod.ts";
import type { Scale, StageRecord } from "../trials/mod.ts";
import { counted, grouped, listed, scaleTitles, together } from "./display.ts";
import type { Measured } from "./measures.ts";
import type { Results } from "./results_table.ts";

/** What a figure says of where its numbers come from; computed from the records. */
export interface Provenance {
  scale: Scale;
  /** "Paper scale. MNIST: 60,000 training images, 20 epochs. 2 trials per network and loss (the paper: 5)." */
  sentence: string;
  /** A word for the figure itself where the runs are smaller than the paper's, else null. */
  reduced: string | null;
  /** "1", "2" or "2–5" trials per network and loss. */
  trials: string;
}

/**
 * Describes the runs behind some measures: scale, training data, epochs, trials, and what of the
 * results does not count.
 */
export function provenance(results: Results, shown: readonly Measured[]): Provenance {
  const { scale, records } = results;
  const trials = trialRange(shown);
  const reduced = scale === "paper" || records.length === 0
    ? null
    : `REDUCED RUN (${scale}): ${epochsOf(records)}`;
  const settings = together(
    [...Map.groupBy(records, ({ trial }) => trial.dataset.name)]
      .map(([data, ofData]) => ({ data, text: trainingOf(ofData) })),
  );
  const sentences = settings.length === 0 ? [`${scaleTitles[scale]}: no results yet.`] : [
    `${scaleTitles[scale]}${reduced === null ? "" : ", a reduced run"}. ${settings.join("; ")}.`,
    trialsSentence(results, shown),
  ];
  return {
    scale,
    sentence: [...sentences, ...notCounted(results)].join(" "),
    reduced,
    trials,
  };
}

function trainingOf(records: readonly StageRecord[]): string {
  const images = new Set(records.map(({ trial }) => trial.dataset.trainCount));
  const all = images.delete(undefined);
  const counts = [...images].map((count) => count!);
  const words = [...(counts.length > 0 ? [range(counts)] : []), ...(all ? ["all"] : [])];
  return `${words.join(" or ")} training images, ${epochsOf(records)}`;
}

function epochsOf(records: readonly StageRecord[]): string {
  const epochs = records.map(({ trial }) => trial.recipe.epochs);
  return `${range(epochs)} ${Math.max(...epochs) === 1 ? "epoch" : "epochs"}`;
}

/**
 * "2 trials per network and loss (the paper: 5)."; where the measures differ,
 * "Trials per network and loss (the paper: 5): 2 for clean accuracy, 1 for accuracy on common corruptions."
 */
function trialsSentence(results: Results, shown: readonly Measured[]): string {
  const byCount = Map.groupBy(shown, (one) => trialRange([one]));
  const printed = `per network and loss (the paper: ${paperTrials(results)})`;
  if (byCount.size === 1) {
    const range = trialRange(shown);
    return `${range} ${range === "1" ? "trial" : "trials"} ${printed}.`;
  }
  const counts = [...byCount].map(([range, same]) =>
    `${range === "0" ? "none" : range} for ${listed(same.map(({ measure }) => measure.words))}`
  );
  return `Trials ${printed}: ${counts.join(", ")}.`;
}

/** The trials that the paper has of the conditions in the results. */
function paperTrials({ section, records }: Results): string {
  const repeats = experimentOf(section).conditions.filter((condition) =>
    records.some(({ trial }) =>
      trial.dataset.name === condition.trial.dataset.name &&
      trial.network.name === condition.trial.network.name
    )
  ).map(({ repeats }) => repeats);
  return range(repeats);
}

/** How many trials the networks and losses have of some measures. */
export function trialRange(shown: readonly Measured[]): string {
  return range(shown.flatMap(({ cells }) => cells.map(({ values }) => values.length)));
}

/** What of the results is in no number. */
function notCounted({ damaged }: Results): string[] {
  return damaged === 0 ? [] : [`${counted(damaged, "damaged record")} not counted.`];
}

function range(values: readonly number[]): string {
  if (values.length === 0) return "0";
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? grouped(low) : `${grouped(low)}–${grouped(high)}`;
}
