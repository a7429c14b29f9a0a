import { datasetFacts, isTrained } from "../datasets/mod.ts";
import { experimentOf } from "../experiments/mod.ts";
import {
  conditionNameOf,
  datasetLabel,
  lossLabel,
  type Scale,
  type StageRecord,
  type Trial,
} from "../trials/mod.ts";
import { type Condition, conditionName, conditionTitle, runTitle } from "./conditions.ts";
import {
  classesOf,
  counted,
  grouped,
  isOfPaper,
  listed,
  rangeText,
  scaleTitles,
  seriesLabel,
  together,
} from "./display.ts";
import type { LossName } from "../losses/mod.ts";
import { measured } from "./measured.ts";
import { type Measure, measures } from "./measures.ts";
import type { Results } from "./results_table.ts";
import { partialSets } from "./unknown_sets.ts";

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

/** A measure, and the trials that it is of: a value of each. */
interface Shown {
  measure: Pick<Measure, "words">;
  cells: readonly { values: readonly unknown[] }[];
}

/**
 * Describes the runs behind some measures: scale, training data, epochs, trials, what stands in for what, trainings that
 * diverged, and what does not count.
 *
 * @param drawn The losses that are drawn: of them it says which the scale leaves out; by default all that the section compares
 */
export function provenance(
  results: Results,
  shown: readonly Shown[],
  drawn: readonly string[] = experimentOf(results.section).losses,
): Provenance {
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
    ...leftOutSentence(results, drawn),
  ];
  return {
    scale,
    sentence: [
      ...sentences,
      ...standIns(results.conditions),
      ...diverged(records),
      ...notCounted(results),
    ].join(" "),
    reduced,
    trials,
  };
}

function trainingOf(records: readonly StageRecord[]): string {
  return [imagesOf(records), epochsOf(records), ...reductionsOf(records)].join(", ");
}

/**
 * "the first 1,000 of 10,000 test images", "the first 2,000 images of each unknown set", "scenes resized to 180x240, in the test
 * too" and "batches in parts of 32 images", where that is so of these records.
 */
function reductionsOf(records: readonly StageRecord[]): string[] {
  return [
    ...ofAny(
      records,
      ({ trial }) => trial.dataset.testCount,
      (count) => `the first ${count}${ofAll(records)} test images`,
    ),
    ...ofAny(
      records.filter(({ stage }) => stage.name === "unknown"),
      ({ trial }) => trial.dataset.unknownCount,
      (count) => `the first ${count} images of each unknown set`,
    ),
    ...resized(records),
    ...ofAny(
      records,
      ({ trial }) => trial.recipe.microBatch,
      (count) => `batches in parts of ${count} images`,
    ),
  ];
}

/** "AutoAttack on 50 images", where it is of fewer than are tested; a caption that shows DAR alone has a sentence of it. */
function attackedOf(records: readonly StageRecord[]): string[] {
  return ofAny(
    records.filter(({ stage }) => stage.name === "attack"),
    ({ trial, stage }) => {
      const images = Number(stage.settings.images);
      const all = trial.dataset.testCount ?? testImagesOf(trial) ?? Infinity;
      return images < all ? images : undefined;
    },
    (count) => `AutoAttack on ${count} images`,
  );
}

/** What some records have a number for; with "in some trials" where others have none. */
function ofAny(
  records: readonly StageRecord[],
  valueOf: (record: StageRecord) => number | undefined,
  text: (known: string) => string,
): string[] {
  const values = new Set(records.map(valueOf));
  const known = [...values].filter((value) => value !== undefined);
  if (known.length === 0) return [];
  return [`${values.has(undefined) ? "in some trials " : ""}${text(rangeText(known))}`];
}

function resized(records: readonly StageRecord[]): string[] {
  const sizes = new Set(
    records.map(({ trial: { dataset: { options } } }) =>
      options?.resizeHeight && `${options.resizeHeight}x${options.resizeWidth}`
    ),
  );
  const known = [...sizes].filter((size) => size !== undefined);
  if (known.length === 0) return [];
  const some = sizes.has(undefined) ? "in some trials " : "";
  return [`${some}scenes resized to ${known.join(" or ")}, in the test too`];
}

/** " of 10,000", where the data sets of these records have as many test images. */
function ofAll(records: readonly StageRecord[]): string {
  const counts = new Set(records.map(({ trial }) => testImagesOf(trial)));
  const [count] = counts;
  return counts.size === 1 && count ? ` of ${grouped(count)}` : "";
}

/** The test images of a trial's data set, where it is one whose images are known. */
function testImagesOf({ dataset: { name, standIn } }: Trial): number | undefined {
  return isTrained(name) && !standIn ? datasetFacts(name).images.test : undefined;
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
  return `${rangeText(epochs)} ${Math.max(...epochs) === 1 ? "epoch" : "epochs"}`;
}

/**
 * "2 trials per network and loss (the paper: 5).", of a section of the paper; where the measures differ,
 * "Trials per network and loss (the paper: 5): 2 for clean accuracy, 1 for accuracy on common corruptions."
 */
function trialsSentence(results: Results, shown: readonly Shown[]): string {
  const byCount = Map.groupBy(shown, (one) => trialRange([one]));
  // Strategies of continual learning share their networks.
  const isContinual = results.records.some(({ trial }) => trial.kind === "continual");
  const printed = `per ${isContinual ? "strategy" : "network"} and loss` +
    (isOfPaper(results.section) ? ` (the paper: ${paperTrials(results)})` : "");
  if (byCount.size === 1) {
    return `${countedTrials(shown)} ${printed}.`;
  }
  const counts = [...byCount].map(([range, same]) =>
    `${range === "0" ? "none" : range} for ${listed(same.map(({ measure }) => measure.words))}`
  );
  return `Trials ${printed}: ${counts.join(", ")}.`;
}

/** The losses that a section compares, and this scale of it does not. */
export function lossesLeftOut(
  { section, losses }: Pick<Results, "section" | "losses">,
): LossName[] {
  return experimentOf(section).losses.filter((loss) => !losses.includes(loss));
}

/** "LN and DICE are no part of this scale.", where it leaves any out of those that are drawn. */
function leftOutSentence(results: Results, drawn: readonly string[]): string[] {
  const others = lossesLeftOut(results).filter((loss) => drawn.includes(loss));
  if (others.length === 0) return [];
  const are = others.length === 1 ? "is" : "are";
  return [`${listed(others.map(seriesLabel))} ${are} no part of this scale.`];
}

/** The trials that the paper has of the conditions in the results. */
function paperTrials({ conditions, rows }: Results): string {
  const there = new Set(rows.map(conditionName));
  return rangeText(conditions.filter(({ name }) => there.has(name)).map(({ repeats }) => repeats));
}

/** How many trials the networks and losses have of some measures. */
export function trialRange(shown: readonly Pick<Shown, "cells">[]): string {
  return rangeText(shown.flatMap(({ cells }) => cells.map(({ values }) => values.length)));
}

/** The same in words: "1 trial", "2–5 trials". */
export function countedTrials(shown: readonly Pick<Shown, "cells">[]): string {
  const range = trialRange(shown);
  return `${range} ${range === "1" ? "trial" : "trials"}`;
}

/**
 * What a caption that does not describe the runs of some sections has to say of them all the same: of what only the first test
 * images were measured, unknown or attacked ones, or batches went through the network in parts; which AUROC is not of all sets;
 * which of the conditions with results stand in for others; and what diverged.
 */
export function remarksOn(some: readonly Results[]): string[] {
  const records = some.flatMap((results) => results.records);
  const conditions = some.flatMap(({ conditions, rows }) => {
    const there = new Set(rows.map(conditionName));
    return conditions.filter(({ name }) => there.has(name));
  });
  const reduced = [...Map.groupBy(records, ({ trial }) => datasetLabel(trial))]
    .map(([data, ofData]) => ({
      data,
      text: [...reductionsOf(ofData), ...attackedOf(ofData)].join(", "),
    }))
    .filter(({ text }) => text !== "");
  return [
    ...together(reduced).map((text) => `${text}.`),
    ...partialSets(some.map((results) => measured(results, measures.unknownMsp))),
    ...standIns(conditions),
    ...diverged(records),
  ];
}

/** "ResNet32 on CIFAR10 stands in for ResNet18 on CIFAR10.", for each condition that another one stands in for. */
function standIns(conditions: readonly Condition[]): string[] {
  const sentences = conditions.flatMap(({ name, standsFor }) =>
    standsFor === undefined
      ? []
      : [`${conditionTitle(name)} stands in for the paper's ${conditionTitle(standsFor)}.`]
  );
  return [...new Set(sentences)];
}

/** The trainings whose loss was no number any more, which have no results. */
function diverged(records: readonly StageRecord[]): string[] {
  const names = records.flatMap(({ trial, outcome }) =>
    outcome.name === "diverged"
      ? [
        `${runTitle(lossLabel(trial), conditionNameOf(trial))} ` +
        `(trial ${trial.index}, after ${counted(outcome.epoch, "epoch")}: loss ${
          typeof outcome.loss === "number" ? outcome.loss.toPrecision(4) : outcome.loss
        } in step ${outcome.step})`,
      ]
      : []
  );
  return names.length === 0 ? [] : [`Diverged: ${listed([...new Set(names)])}.`];
}

/** What of the results is in no number. */
function notCounted({ damaged }: Results): string[] {
  return damaged === 0 ? [] : [`${counted(damaged, "damaged record")} not counted.`];
}
