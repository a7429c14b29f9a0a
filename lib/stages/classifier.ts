import { join } from "node:path";
import { type Dataset, loadDataset, loadStandIn, makeDataset, subset } from "../datasets/mod.ts";
import { buildNetwork, type Network } from "../models/mod.ts";
import { loadWeights } from "../training/mod.ts";
import type { Trial } from "../trials/mod.ts";
import type { StageContext } from "./work.ts";

/** A network that classifies, and the data set that it is trained and tested on. */
export interface Classifier {
  network: Network;
  dataset: Dataset;
}

/** A trial's network with its initial weights, and its data set. */
export async function newClassifier({ trial, data }: StageContext): Promise<Classifier> {
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
export function trainedClassifier(context: StageContext): Promise<Classifier> {
  return context.shared("classifier", async () => {
    const classifier = await newClassifier(context);
    await loadWeights(classifier.network, context.weights.file);
    return classifier;
  });
}

/** The data set of a trial or its stand-in, with as many images as the trial says: the first ones. */
async function loadTrialData(trial: Trial, data: string): Promise<Dataset> {
  const { name, trainCount, testCount, standIn } = trial.dataset;
  const { classNames, train, test } = standIn
    ? await loadStandIn(name, join(data, "runs", "stand_in", name))
    : await loadDataset(name, { data, ...(testCount !== undefined && { testCount }) });
  return makeDataset({
    name,
    classNames,
    train: trainCount === undefined ? train : subset(train, trainCount),
    test: testCount === undefined ? test : subset(test, testCount),
  });
}

/** How many training images each class has. */
export function classCounts({ classes, train }: Dataset): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of train.labels) counts[label]!++;
  return counts;
}
