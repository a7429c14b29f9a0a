import { median } from "simple-statistics";
import { stageDefinition } from "../stages/mod.ts";
import { canonicalForm, type Stage, type StageRecord, type Trial } from "../trials/mod.ts";
import { type NetworkWork, stageFlops } from "./work.ts";

/** What an expectation rests on, the best first. */
export const bases = ["measured", "model", "flops"] as const;

/** Stored durations, a stated model of a CPU's, or multiplications and a measured speed. */
export type Basis = typeof bases[number];

/** Expected seconds of a stage, and what the figure rests on. */
export interface Estimate {
  seconds: number;
  basis: Basis;
}

/** What trials run on. */
export interface Device {
  name: string;
  /** Reached in a training step of a convolution, with all threads. */
  flopsPerSecond: number;
  /** Threads that share it; absent on a GPU. */
  threads?: number;
  /** Bytes that are free. */
  memory: number;
}

/** What estimates rest on beside stored durations; what is absent is not known. */
export interface Costs {
  networkOf?: (trial: Trial) => NetworkWork | undefined;
  device?: Device;
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

// Seconds to make 1000 corrupted images, on average over MNIST-C's corruptions on one thread of such a machine.
const corruptedImagesPerThousand = 0.2;

/** Seconds from the start of a process to its first training step: Deno, TensorFlow and the data. */
export const startSeconds = 3;

/** Durations of finished stages, to estimate the pending ones. */
export type Durations = Map<string, number[]>;

/**
 * Collects the durations of stored stages, by everything that decides a duration but the loss.
 *
 * @param onGpu Only those of a GPU, or only those of a CPU; absent: all
 */
export function durationsOf(records: readonly StageRecord[], onGpu?: boolean): Durations {
  const durations: Durations = new Map();
  for (const { trial, stage, seconds, outcome, provenance } of records) {
    // 0: of a stage that watched a training before its own time was measured.
    if (outcome.name === "diverged" || seconds === 0) continue;
    if (onGpu !== undefined && onGpu === /^cpu/i.test(provenance.device)) continue;
    const key = workKey(trial, stage);
    durations.set(key, [...(durations.get(key) ?? []), seconds]);
  }
  return durations;
}

/**
 * Expected seconds of a stage: the median of stored ones of the same data set, network, recipe and
 * scale, else the stated cost model, else FLOPs by the device's speed, else undefined (a network that never ran here).
 */
export function estimateStage(
  trial: Trial,
  stage: Stage,
  durations: Durations,
  costs: Costs = {},
): Estimate | undefined {
  const stored = durations.get(workKey(trial, stage));
  if (stored) return { seconds: median(stored), basis: "measured" };
  const work = stageDefinition(stage.name).work(trial, stage);
  if (work === undefined) return undefined;
  const speed = secondsPerThousand[trial.network.name];
  if (speed && isGrey(trial)) {
    const { learnt, seen, corrupted, unknown } = work;
    const made = corruptedImagesPerThousand * corrupted + unknownImagesPerThousand * unknown;
    const seconds = (speed.training * learnt + speed.inference * seen + made) / 1000;
    return { seconds, basis: "model" };
  }
  const network = costs.networkOf?.(trial);
  if (network === undefined || costs.device === undefined) return undefined;
  const { flopsPerSecond, threads = 1 } = costs.device;
  const share = costs.device.threads === undefined
    ? 1
    : Math.min(1, trial.recipe.threads / threads);
  const flops = stageFlops(work, trial.recipe, network);
  return { seconds: flops / (share * flopsPerSecond), basis: "flops" };
}

/** Whether the images are those that the stated model was measured with: 28x28 in grey. */
function isGrey({ dataset: { name } }: Trial): boolean {
  return name === "mnist" || name === "fashion_mnist";
}

function workKey(trial: Trial, stage: Stage): string {
  const { loss: _, variant: _variant, seed: _seed, index: _index, ...work } = trial;
  return canonicalForm({ stage, work });
}
