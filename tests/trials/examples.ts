import { join } from "node:path";
import { stageOf, stages } from "../../lib/stages/mod.ts";
import {
  type ClassificationTrial,
  type Stage,
  type StageRecord,
  type Store,
  type Trial,
  trialId,
} from "../../lib/trials/mod.ts";

/** A valid trial; what a test is about replaces its fields. */
export function exampleTrial(change: Partial<ClassificationTrial> = {}): ClassificationTrial {
  return {
    kind: "classification",
    scale: "smoke",
    dataset: { name: "mnist", trainCount: 512 },
    network: { name: "quick" },
    loss: { name: "hem" },
    recipe: {
      epochs: 1,
      batchSize: 128,
      optimizer: { name: "adam", learningRate: 1e-3 },
      schedule: { name: "constant" },
      augmentation: "none",
      threads: 1,
    },
    seed: 7,
    index: 0,
    ...change,
  };
}

/** Stages as an experiment asks for them, by their names. */
export function exampleStages(...names: string[]): Stage[] {
  return names.map((name) =>
    stageOf(
      stages[name]!,
      name === "attack" ? { images: 32, epsilon_linf: 0.3, epsilon_l2: 2 } : {},
    )
  );
}

/** The hash of the weights that all example records are of. */
export const exampleWeights = "0".repeat(64);

/** A valid record of a stage of a trial. */
export function exampleRecord(
  trial: Trial,
  stage: string | Stage,
  change: Partial<StageRecord> = {},
): StageRecord {
  const [own] = typeof stage === "string" ? exampleStages(stage) : [stage];
  return {
    id: trialId(trial),
    trial,
    stage: own!,
    outcome: { name: "finished" },
    provenance: { deno: "0", tensorflow: "0", device: "CPU", threads: 1, platform: "test" },
    startedAt: "2026-01-02T03:04:05.000Z",
    seconds: 1.5,
    weights: { sha256: exampleWeights, role: own!.name === "training" ? "made" : "measured" },
    rows: [{ dataset: "test", metric: "accuracy", value: 0.5 }],
    ...change,
  };
}

/** How often the fake child worked on a trial, and how many steps it made in all. */
export function workDone(store: Store, id: string): { runs: number; steps: number } {
  let text = "";
  try {
    text = Deno.readTextFileSync(join(store.runFolder(id), "work.txt"));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const lines = text.split("\n");
  return {
    runs: lines.filter((line) => line.startsWith("run")).length,
    steps: lines.filter((line) => line.startsWith("step")).length,
  };
}
