import { join } from "node:path";
import {
  type Dataset,
  type ImageSet,
  loadDataset,
  loadStandIn,
  longTailed,
  makeDataset,
  select,
  subset,
} from "../datasets/mod.ts";
import { type AnyNetwork, buildNetwork, type Network } from "../models/mod.ts";
import { loadWeights } from "../training/mod.ts";
import type { Trial } from "../trials/mod.ts";
import { type MeasureContext, type TrialContext, trialOf } from "./work.ts";

/** A network that classifies, or any function that does, and the data set that it is trained and tested on. */
export interface Classifier {
  network: AnyNetwork;
  dataset: Dataset;
}

/** What the stages of a process share a classifier as. */
export const sharedClassifier = "classifier";

/** A trial's network with its initial weights, and its data set. */
export async function newClassifier(
  { trial, data }: Pick<TrialContext, "trial" | "data">,
): Promise<Classifier & { network: Network }> {
  const dataset = await loadTrialData(trial, data);
  const network = buildNetwork(trial.network.name, {
    classes: dataset.classes,
    inputShape: dataset.imageShape,
    seed: trial.seed,
    options: trial.network.options ?? {},
  });
  return { network, dataset };
}

/** A trial's trained network and its data set, once for all stages of a process. */
export function trainedClassifier(context: MeasureContext): Promise<Classifier> {
  return context.shared<Classifier>(sharedClassifier, async () => {
    const { data, weights } = context;
    const classifier = await newClassifier({ trial: trialOf(context), data });
    await loadWeights(classifier.network, weights.file);
    return classifier;
  });
}

/**
 * The data set of a trial or its stand-in, with as many images as the trial says: the first ones.
 *
 * @throws {RangeError} where it has options, which are those of scenes
 */
export async function loadTrialData(
  trial: Pick<Trial, "dataset">,
  data: string,
): Promise<Dataset> {
  const { name, trainCount, testCount, standIn, options } = trial.dataset;
  if (options !== undefined) {
    throw new RangeError(
      `Cannot prepare the images of ${name} by ${
        JSON.stringify(options)
      }: only scenes have such options`,
    );
  }
  const { classNames, train, test } = standIn
    ? await loadStandIn(name, join(data, "runs", "stand_in", name))
    : await loadDataset(name, { data, ...(testCount !== undefined && { testCount }) });
  const first = trainCount === undefined ? train : subset(train, trainCount);
  return makeDataset({
    name,
    classNames,
    train: partOf(first, classNames.length, trial.dataset),
    test: testCount === undefined ? test : subset(test, testCount),
  });
}

/** The part of a training set that a trial learns from: a long tail, or so many of each class. */
function partOf(train: ImageSet, classes: number, { longTail, perClass }: Trial["dataset"]) {
  const equal = perClass === undefined ? train : firstOfEach(train, perClass);
  if (longTail === undefined) return equal;
  const { ratio, selection = "first" } = longTail;
  return longTailed(equal, { classes, imbalance: ratio, selection });
}

/** The first images of each class, in the order of the set. */
function firstOfEach(train: ImageSet, count: number): ImageSet {
  const seen = new Map<number, number>();
  const chosen = Array.from(train.labels.keys()).filter((index) => {
    const label = train.labels[index]!;
    seen.set(label, (seen.get(label) ?? 0) + 1);
    return seen.get(label)! <= count;
  });
  return select(train, Uint32Array.from(chosen));
}
