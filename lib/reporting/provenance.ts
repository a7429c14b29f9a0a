import { datasetFacts, isTrained } from "../datasets/mod.ts";
import type { Scale, StageRecord } from "../trials/mod.ts";
import { conditionName, conditionTitle } from "./conditions.ts";
import {
  classesOf,
  counted,
  dataTitle,
  grouped,
  listed,
  scaleTitles,
  seriesLabel,
  titleOf,
  together,
} from "./display.ts";
import type { Measured } from "./measured.ts";
import type { Results } from "./results_table.ts";
import { datasetLabel, lossLabel, methodLabel } from "../trials/mod.ts";

/** What a figure says of where its numbers come from; computed from the records. */
export interface Provenance {
  scale: Scale;
  /** "Paper scale. MNIST: all training images, 20 epochs. 2 trials per network and loss (the paper: 5)." */
  sentence: string;
  /** A word for the figure itself where the runs are smaller than the paper's, else null. */
  reduced: string | null;
  /** "1", "2" or "2–5" trials per network and loss. */
  trials: string;
}

/**
 * Describes the runs behind some measures: scale, training data, epochs, trials, what stands in for what, trainings that
 * diverged, and what does not count.
 */
export function provenance(results: Results, shown: readonly Measured[]): Provenance {
  const { scale, records } = results;
  const trials = trialRange(shown);
  const reduced = scale === "paper" || records.length === 0
    ? null
    : `REDUCED RUN (${scale}): ${epochsOf(records)}`;
  const settings = together(
    [...Map.groupBy(records, ({ trial }) => datasetLabel(trial))]
      .map(([data, ofData]) => ({ data, text: trainingOf(ofData) })),
  );
  const sentences = settings.length === 0 ? [`${scaleTitles[scale]}: no results yet.`] : [
    `${scaleTitles[scale]}${reduced === null ? "" : ", a reduced run"}. ${settings.join("; ")}.`,
    trialsSentence(results, shown),
  ];
  return {
    scale,
    sentence: [...sentences, ...standIns(results), ...diverged(results), ...notCounted(results)]
      .join(" "),
    reduced,
    trials,
  };
}

function trainingOf(records: readonly StageRecord[]): string {
  const tested = new Set(records.map(({ trial: { dataset } }) => dataset.testCount));
  const first = [...tested].filter((count) => count !== undefined);
  return `${imagesOf(records)}, ${epochsOf(records)}` +
    (first.length === 0 ? "" : `, the first ${range(first)}${ofAll(records)} test images`);
}

/** " of 10,000", where the data sets of these records have as many test images. */
function ofAll(records: readonly StageRecord[]): string {
  const counts = new Set(
    records.map(({ trial: { dataset: { name, standIn } } }) =>
      isTrained(name) && !standIn ? datasetFacts(name).images.test : 0
    ),
  );
  const [count] = counts;
  return counts.size === 1 && count ? ` of ${grouped(count)}` : "";
}

function imagesOf(records: readonly StageRecord[]): string {
  const choices = records.map(({ trial: { dataset } }) => {
    const { trainCount, perClass, longTail, name } = dataset;
    if (perClass !== undefined) return grouped(perClass * classesOf(name));
    const part = trainCount === undefined ? "all" : grouped(trainCount);
    return longTail === undefined ? part : `the long tail of ${part}`;
  });
  return `${[...new Set(choices)].join(" or ")} training images`;
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
function paperTrials({ conditions, rows }: Results): string {
  const there = new Set(rows.map(({ data, method }) => `${data}/${method}`));
  return range(conditions.filter(({ name }) => there.has(name)).map(({ repeats }) => repeats));
}

/** How many trials the networks and losses have of some measures. */
export function trialRange(shown: readonly Measured[]): string {
  return range(shown.flatMap(({ cells }) => cells.map(({ values }) => values.length)));
}

/**
 * What a caption that does not describe the runs has to say of them all the same: which of the conditions with results stand in
 * for others, and what diverged.
 */
export function remarksOn(results: Results): string[] {
  const there = new Set(results.rows.map(conditionName));
  const conditions = results.conditions.filter(({ name }) => there.has(name));
  return [...standIns({ ...results, conditions }), ...diverged(results)];
}

/** "ResNet32 on CIFAR10 stands in for ResNet18 on CIFAR10.", for each condition that another one stands in for. */
function standIns({ conditions }: Results): string[] {
  return conditions.flatMap(({ name, standsFor }) =>
    standsFor === undefined
      ? []
      : [`${conditionTitle(name)} stands in for the paper's ${conditionTitle(standsFor)}.`]
  );
}

/** The trainings whose loss was no number any more, which have no results. */
function diverged({ records }: Results): string[] {
  const names = records.flatMap(({ trial, outcome }) =>
    outcome.name === "diverged"
      ? [
        `${seriesLabel(lossLabel(trial))} with ${titleOf(methodLabel(trial))} on ` +
        `${dataTitle(datasetLabel(trial))} (trial ${trial.index}, after ` +
        `${counted(outcome.epoch, "epoch")}: loss ${
          typeof outcome.loss === "number" ? outcome.loss.toPrecision(4) : outcome.loss
        } in step ${outcome.step})`,
      ]
      : []
  );
  return names.length === 0 ? [] : [`Diverged: ${listed(names)}.`];
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
