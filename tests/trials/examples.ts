import { join } from "node:path";
import { type StageRecord, type Store, type Trial, trialId } from "../../lib/trials/mod.ts";

/** A valid trial; what a test is about replaces its fields. */
export function exampleTrial(change: Partial<Trial> = {}): Trial {
  return {
    section: "5.1",
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
    index: 0,
    ...change,
  };
}

/** A valid record of a stage of a trial. */
export function exampleRecord(
  trial: Trial,
  stage: string,
  change: Partial<StageRecord> = {},
): StageRecord {
  return {
    trial,
    id: trialId(trial),
    stage,
    startedAt: "2026-01-02T03:04:05.000Z",
    seconds: 1.5,
    environment: { deno: "0", tensorflow: "0", device: "CPU", threads: 1, platform: "test" },
    rows: [{ dataset: "test", metric: "accuracy", value: 0.5 }],
    ...change,
  };
}

/** Runs a test with a folder of its own, which is gone afterwards. */
export async function withFolder(run: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
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
