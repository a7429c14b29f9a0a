import { join } from "node:path";
import { type ImageSet, MissingDataError, subset, unknownSets } from "../datasets/mod.ts";
import { accuracy, auroc, mls, msp } from "../evaluation/mod.ts";
import { removeIfThere } from "../files/mod.ts";
import type { Network } from "../models/mod.ts";
import { predictLogits } from "../training/mod.ts";
import type { ResultRow, StageRecord } from "../trials/mod.ts";
import type { AttackSettings } from "./attack.ts";
import { attackRows, attackScratch } from "./attack_work.ts";
import { type Classifier, newClassifier, sharedClassifier } from "./classifier.ts";
import { openKept } from "./kept.ts";
import type { Follower, StageContext, TrialContext } from "./work.ts";

/**
 * Measures a network after each epoch of its training. What was measured before an interruption stays, and an epoch that is
 * run again after one is not measured again.
 */
export async function followCurves(context: TrialContext): Promise<Follower> {
  const { trial, stage } = context;
  const { every, trainImages, unknownImages, attackImages } = stage.settings;
  const kept = openKept<ResultRow[]>(join(context.scratch, "epochs.json"), [trial, stage]);
  const missing: NonNullable<StageRecord["missing"]> = [];
  const classifier = await context.shared(sharedClassifier, () => newClassifier(context));
  const { dataset } = classifier;
  const train = Number(trainImages) > 0
    ? subset(dataset.train, Math.min(Number(trainImages), dataset.train.count))
    : undefined;
  const unknown = Number(unknownImages) > 0 ? await loadUnknown(context, classifier, missing) : [];

  async function measure(network: Network): Promise<ResultRow[]> {
    const { test, classes } = dataset;
    const accuracyOf = (logits: Float32Array, { labels }: ImageSet) =>
      accuracy(logits, labels, classes);
    // Where a stop is heard.
    const options = { onProgress: (fraction: number) => context.advance(fraction, "curves") };
    const onTest = await predictLogits(network, test, options);
    const rows: ResultRow[] = [
      { metric: "accuracy", dataset: "test", value: accuracyOf(onTest, test) },
    ];
    if (train !== undefined) {
      const onTrain = await predictLogits(network, train, options);
      rows.unshift({ metric: "error", dataset: "train", value: 1 - accuracyOf(onTrain, train) });
    }
    for (const { name, images } of unknown) {
      const logits = await predictLogits(network, images, options);
      for (const [score, confidenceOf] of [["msp", msp], ["mls", mls]] as const) {
        const known = confidenceOf(onTest, classes);
        const value = auroc(known, confidenceOf(logits, classes));
        rows.push({ metric: `auroc_${score}`, dataset: name, value });
      }
    }
    return rows;
  }

  const epochs = Array.from({ length: trial.recipe.epochs }, (_, i) => i + 1);
  const isWanted = (done: number) => done % Number(every) === 0 || done === trial.recipe.epochs;

  return {
    hasFirst: (done) =>
      epochs.slice(0, done)
        .every((epoch) => !isWanted(epoch) || kept.get(String(epoch)) !== undefined),
    async onEpoch({ epoch }, network) {
      // A training that begins anew may be another one, on another machine.
      if (epoch === 0) kept.clear();
      const done = epoch + 1;
      if (!isWanted(done) || kept.get(String(done)) !== undefined) return;
      const rows = await measure(network);
      if (Number(attackImages) > 0) {
        const settings = { ...stage.settings, images: Number(attackImages) } as AttackSettings;
        rows.push(...await attackRows(context, { network, dataset }, settings, done));
      }
      kept.add(String(done), rows.map((row) => ({ ...row, at: { epoch: done } })));
      await removeIfThere(attackScratch(context, done));
    },
    measurements: () => ({
      rows: epochs.flatMap((epoch) => kept.get(String(epoch)) ?? []),
      missing,
    }),
  };
}

/** The first images of each set of unknown classes, read once. */
async function loadUnknown(
  { stage, data }: StageContext,
  { dataset }: Classifier,
  missing: NonNullable<StageRecord["missing"]>,
) {
  const { seed, unknownImages } = stage.settings;
  const sets = unknownSets(dataset, { seed: Number(seed), data, count: Number(unknownImages) });
  const found = [];
  for (const { name, load } of sets) {
    try {
      found.push({ name, images: await load() });
    } catch (error) {
      if (!(error instanceof MissingDataError)) throw error;
      missing.push({ dataset: name, reason: error.message });
    }
  }
  return found;
}
