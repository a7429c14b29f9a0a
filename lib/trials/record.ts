import { z } from "zod";
import { type Trial, trialSchema } from "./trial.ts";

/** One number: which images, which metric, its value. Metrics are fractions, not percent. */
export interface ResultRow {
  dataset: string;
  metric: string;
  value: number;
}

/** Counts of scores in equal bins over [low, high]. */
export interface Histogram {
  dataset: string;
  score: string;
  low: number;
  high: number;
  counts: number[];
}

/** What could not be measured, and why. */
export interface Missing {
  dataset: string;
  /** The data set whose files it needs, where that has another name: it can be measured when that is there. */
  source?: string;
  reason: string;
}

/** One epoch of a training: mean loss and duration. */
export interface Epoch {
  epoch: number;
  loss: number;
  seconds: number;
}

/** On what a stage ran. */
export interface Environment {
  deno: string;
  tensorflow: string;
  device: string;
  threads: number;
  platform: string;
}

/** The result of one stage ("training", "clean", "unknown", ...) of one trial: one file. */
export interface StageRecord {
  trial: Trial;
  id: string;
  stage: string;
  startedAt: string;
  seconds: number;
  environment: Environment;
  rows: ResultRow[];
  /** What decides the numbers beside the trial: an attack's preset and budget, where the images came from. */
  settings?: Record<string, string | number>;
  histograms?: Histogram[];
  missing?: Missing[];
  epochs?: Epoch[];
  /** The weights that the stage made, or measured. */
  weights?: { sha256: string };
  /** What was measured later, when a data set that had been missing was there. */
  completions?: Completion[];
}

/** Data sets that were added to a record, and on what they were measured. */
export interface Completion {
  datasets: string[];
  startedAt: string;
  seconds: number;
  environment: Environment;
}

/** The stage that makes the weights; every other stage measures them. */
export const trainingStage = "training";

const finite = z.number();

const environment = z.strictObject({
  deno: z.string(),
  tensorflow: z.string(),
  device: z.string(),
  threads: z.int().positive(),
  platform: z.string(),
});

/** The shape of a result file. */
export const recordSchema: z.ZodType<StageRecord> = z.strictObject({
  trial: trialSchema,
  id: z.string(),
  stage: z.string().regex(/^[a-z0-9_]+$/),
  startedAt: z.iso.datetime(),
  seconds: finite.nonnegative(),
  environment,
  rows: z.array(
    z.strictObject({ dataset: z.string(), metric: z.string(), value: finite }),
  ),
  settings: z.exactOptional(z.record(z.string(), z.union([z.string(), finite]))),
  histograms: z.exactOptional(z.array(z.strictObject({
    dataset: z.string(),
    score: z.string(),
    low: finite,
    high: finite,
    counts: z.array(z.int().nonnegative()),
  }))),
  missing: z.exactOptional(
    z.array(z.strictObject({
      dataset: z.string(),
      source: z.exactOptional(z.string()),
      reason: z.string(),
    })),
  ),
  epochs: z.exactOptional(
    z.array(z.strictObject({ epoch: z.int(), loss: finite, seconds: finite })),
  ),
  weights: z.exactOptional(
    z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  ),
  completions: z.exactOptional(z.array(z.strictObject({
    datasets: z.array(z.string()).min(1),
    startedAt: z.iso.datetime(),
    seconds: finite.nonnegative(),
    environment,
  }))),
});
