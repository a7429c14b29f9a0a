import canonicalize from "canonicalize";
import { median } from "simple-statistics";
import { type StageRecord, trainingStage } from "./record.ts";
import type { Trial } from "./trial.ts";

/** Expected seconds of a stage, and what the figure rests on. */
export interface Estimate {
  seconds: number;
  basis: "measured" | "model";
}

// Seconds per 1000 images on one thread of a 2-core x86-64 machine with both cores busy, batch 128,
// measured in trials of section 5.1.
const secondsPerThousand: Record<string, { training: number; inference: number }> = {
  lenet: { training: 0.165, inference: 0.04 },
  convnet: { training: 0.42, inference: 0.13 },
  mlp: { training: 0.036, inference: 0.012 },
};

// Seconds to make or read 1000 images of unknown classes, measured there too.
const unknownImagesPerThousand = 0.1;

// Section A.1.2: the corrupted copies of the test set, and seconds to make 1000 images of them, on
// average over MNIST-C's corruptions on one thread of such a machine.
const corruptedSets: Record<string, { count: number; perThousand: number }> = {
  mnist: { count: 15, perThousand: 0.2 },
};

// Sizes of the standard splits.
const setSizes: Record<string, { train: number; test: number }> = {
  mnist: { train: 60_000, test: 10_000 },
  fashion_mnist: { train: 60_000, test: 10_000 },
};

// Section A.1.2: seven unknown-class sets, the synthetic ones of 10000 images each.
const unknownSetCount = 7;
const unknownSetSize = 10_000;

/** Seconds from the start of a process to its first training step: Deno, TensorFlow and the data. */
export const startSeconds = 3;

/** Durations of finished stages, to estimate the pending ones. */
export type Durations = Map<string, number[]>;

/** Collects the durations of stored stages, by everything that decides a duration but the loss. */
export function durationsOf(records: readonly StageRecord[]): Durations {
  const durations: Durations = new Map();
  for (const { trial, stage, seconds } of records) {
    const key = workKey(trial, stage);
    durations.set(key, [...(durations.get(key) ?? []), seconds]);
  }
  return durations;
}

/**
 * Expected seconds of a stage: the median of stored ones of the same data set, network, recipe and
 * scale, else the stated cost model, else undefined (a network that never ran here).
 */
export function estimateStage(
  trial: Trial,
  stage: string,
  durations: Durations,
): Estimate | undefined {
  const stored = durations.get(workKey(trial, stage));
  if (stored) return { seconds: median(stored), basis: "measured" };
  const speed = secondsPerThousand[trial.network.name];
  const sizes = setSizes[trial.dataset.name];
  if (!speed || !sizes) return undefined;
  const { trainCount = sizes.train, testCount = sizes.test } = trial.dataset;
  const { unknownCount = unknownSetSize } = trial.dataset;
  if (stage === trainingStage) {
    const seconds = speed.training * trial.recipe.epochs * trainCount / 1000;
    return { seconds, basis: "model" };
  }
  if (stage === "corrupt") {
    const { count, perThousand } = corruptedSets[trial.dataset.name] ??
      { count: 0, perThousand: 0 };
    return { seconds: (speed.inference + perThousand) * count * testCount / 1000, basis: "model" };
  }
  const unknown = stage === "unknown" ? unknownSetCount * unknownCount : 0;
  const seconds = speed.inference * (testCount + unknown) + unknownImagesPerThousand * unknown;
  return { seconds: seconds / 1000, basis: "model" };
}

function workKey(trial: Trial, stage: string): string {
  const { scale, dataset, network, recipe } = trial;
  return canonicalize({ stage, scale, dataset, network, recipe })!;
}
