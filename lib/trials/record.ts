import { z } from "zod";
import { outOfRange } from "./metrics.ts";
import { type Stage, stageSchema } from "./stage.ts";
import { type Trial, trialSchema } from "./trial.ts";

/** Where in a training, a test set or a table a number belongs; what is absent does not apply. */
export interface Coordinates {
  /** Epochs done, from 1. */
  epoch?: number;
  /** Experiences learnt, from 1 (continual learning). */
  experience?: number;
  /** The experience that was tested, from 1. */
  task?: number;
  /** A class, from 0. */
  class?: number;
  /** Of a corruption, 1 to 5. */
  severity?: number;
  /** Classes together: "many", "medium", "few". */
  group?: string;
}

/** One number: which metric, its value, of which images, and where. Metrics are fractions, not percent. */
export interface ResultRow {
  metric: string;
  value: number;
  dataset?: string;
  at?: Coordinates;
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

/** How a stage ended: with its numbers, or with a loss that was no number any more ("NaN", "Infinity", "-Infinity"). */
export type Outcome =
  | { name: "finished" }
  | { name: "diverged"; step: number; epoch: number; loss: number | string };

/** By what code and on what numbers were computed. */
export interface Provenance {
  /** The project's commit, "+" behind it where files were changed; absent where it was not recorded. */
  commit?: string;
  deno: string;
  tensorflow: string;
  device: string;
  threads: number;
  platform: string;
  /** The processor's name and its cores; absent where it was not recorded. */
  hardware?: string;
  /** Whether steps ran as recorded TensorFlow functions; absent where it was not recorded. */
  captured?: boolean;
}

/** The weights that a stage made, or those of the trial's first stage that it measured. */
export interface Weights {
  sha256: string;
  role: "made" | "measured";
}

/** What a stage found out beside its numbers, as facts for captions: where images came from, a margin. */
export type Facts = Record<string, string | number>;

/** The result of one stage of one trial: one file, never edited, only completed by sets that it lacked. */
export interface StageRecord {
  /** The trial's name. */
  id: string;
  trial: Trial;
  stage: Stage;
  outcome: Outcome;
  provenance: Provenance;
  startedAt: string;
  seconds: number;
  weights?: Weights;
  rows: ResultRow[];
  histograms?: Histogram[];
  missing?: Missing[];
  facts?: Facts;
  /** What was measured later, when a data set that had been missing was there, or a metric that it had not. */
  completions?: Completion[];
}

/** Data sets that were added to a record, and by what they were measured. */
export interface Completion {
  datasets: string[];
  provenance: Provenance;
  startedAt: string;
  seconds: number;
  facts?: Facts;
}

const number = z.number();
const count = z.int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** The shape of what tells by what numbers were computed. */
export const provenanceSchema: z.ZodType<Provenance> = z.strictObject({
  commit: z.exactOptional(z.string().regex(/^[0-9a-f]{7,40}\+?$/)),
  deno: z.string(),
  tensorflow: z.string(),
  device: z.string(),
  threads: z.int().positive(),
  platform: z.string(),
  hardware: z.exactOptional(z.string()),
  captured: z.exactOptional(z.boolean()),
});

const facts = z.record(z.string(), z.union([z.string(), number]));

const positive = z.int().positive();

const row = z.strictObject({
  metric: z.string().min(1),
  value: number,
  dataset: z.exactOptional(z.string()),
  at: z.exactOptional(z.strictObject({
    epoch: z.exactOptional(positive),
    // 0: before any training
    experience: z.exactOptional(count),
    task: z.exactOptional(positive),
    class: z.exactOptional(count),
    severity: z.exactOptional(positive.max(5)),
    group: z.exactOptional(z.string().min(1)),
  })),
}).superRefine(({ metric, value }, context) => {
  const wrong = outOfRange(metric, value);
  if (wrong !== undefined) context.addIssue({ code: "custom", message: wrong });
});

/** A list in which no two have the same place: one of two numbers of the same would be wrong, and the mean of both nothing. */
function eachOnce<Item>(schema: z.ZodType<Item>, placeOf: (item: Item) => unknown[]) {
  return z.array(schema).superRefine((items, context) => {
    const seen = new Set<string>();
    items.forEach((item, i) => {
      const place = placeOf(item).filter((part) => part !== undefined).join(" ");
      if (seen.has(place)) {
        context.addIssue({ code: "custom", path: [i], message: `there are two of "${place}"` });
      }
      seen.add(place);
    });
  });
}

const histogram = z.strictObject({
  dataset: z.string(),
  score: z.string(),
  low: number,
  high: number,
  counts: z.array(count).min(1),
}).superRefine(({ low, high, counts }, context) => {
  if (low < high && counts.some((one) => one > 0)) return;
  context.addIssue({ code: "custom", message: "wanted counts of something between low and high" });
});

/** What a stage measures, field by field. */
export const measurementsShape = {
  rows: eachOnce(row, ({ metric, dataset, at = {} }) => [
    metric,
    dataset && `of ${dataset}`,
    ...(["epoch", "experience", "task", "class", "severity", "group"] as const)
      .flatMap((name) => at[name] === undefined ? [] : [name, at[name]]),
  ]),
  histograms: z.exactOptional(eachOnce(histogram, ({ dataset, score }) => [dataset, score])),
  missing: z.exactOptional(z.array(z.strictObject({
    dataset: z.string(),
    source: z.exactOptional(z.string()),
    reason: z.string(),
  }))),
  facts: z.exactOptional(facts),
} as const;

/** The shape of a result file, the ranges of its metrics included. */
export const recordSchema: z.ZodType<StageRecord> = z.strictObject({
  id: z.string(),
  trial: trialSchema,
  stage: stageSchema,
  outcome: z.discriminatedUnion("name", [
    z.strictObject({ name: z.literal("finished") }),
    z.strictObject({
      name: z.literal("diverged"),
      step: count,
      epoch: count,
      loss: z.union([number, z.enum(["NaN", "Infinity", "-Infinity"])]),
    }),
  ]),
  provenance: provenanceSchema,
  startedAt: z.iso.datetime(),
  seconds: number.nonnegative(),
  weights: z.exactOptional(z.strictObject({ sha256, role: z.enum(["made", "measured"]) })),
  ...measurementsShape,
  completions: z.exactOptional(z.array(z.strictObject({
    datasets: z.array(z.string()).min(1),
    provenance: provenanceSchema,
    startedAt: z.iso.datetime(),
    seconds: number.nonnegative(),
    facts: z.exactOptional(facts),
  }))),
}).superRefine(({ outcome, weights, trial, rows }, context) => {
  const wrong = (message: string) => context.addIssue({ code: "custom", message });
  if (outcome.name === "finished" && weights === undefined) wrong("weights: it finished without");
  if (outcome.name === "diverged" && weights !== undefined) wrong("weights: it diverged, and has");
  const { epochs } = trial.recipe;
  const last = Math.max(0, ...rows.map(({ at }) => at?.epoch ?? 0));
  if (last > epochs) wrong(`rows: one is of epoch ${last}, and there are ${epochs}`);
});

/** The weights that a record is of, as far as they are part of its name: those that it measured. */
export function measuredWeights({ weights }: Pick<StageRecord, "weights">): string | undefined {
  return weights?.role === "measured" ? weights.sha256 : undefined;
}
