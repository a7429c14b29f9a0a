// A child that keeps the process protocol and trains nothing: its network's name says what it does,
// and for the networks that exist FAKE_STEPS says how many steps it makes.
// It notes every run and every step in work.txt of the trial's folder, and resumes from checkpoint.txt.
import { DiskFullError } from "../../lib/files/mod.ts";
import { serveTrial } from "../../lib/reproduction/mod.ts";
import type { RunOptions } from "../../lib/stages/mod.ts";
import {
  lockTrial,
  openStore,
  type PlannedTrial,
  recordsOfTrial,
  trialId,
} from "../../lib/trials/mod.ts";
import { join } from "node:path";
import { exampleRecord } from "../trials/examples.ts";

const stepCounts: Record<string, number> = {
  quick: 2,
  slow: 200,
  fills: 200,
  crashes: 3,
  stubborn: 200,
};

async function runFake(
  { trial, stages }: PlannedTrial,
  options: RunOptions,
): Promise<"done" | "stopped"> {
  const store = openStore({ data: options.data });
  const id = trialId(trial);
  const folder = store.runFolder(id);
  const lock = lockTrial(folder);
  const note = (line: string) =>
    Deno.writeTextFileSync(join(folder, "work.txt"), `${line}\n`, { append: true });
  try {
    const made = store.get(id, stages[0]!);
    if (made !== undefined && made.startedAt === options.again) {
      Deno.removeSync(join(folder, "checkpoint.txt"));
      for (const record of recordsOfTrial(id, stages, store)) store.putAside(record);
    }
    if (store.get(id, stages[0]!)) return "done";
    const startedAt = new Date().toISOString();
    note(`run ${Deno.pid}`);
    if (trial.network.name === "fails") throw new Error("It cannot be done");
    const steps = stepCounts[trial.network.name] ?? Number(Deno.env.get("FAKE_STEPS") ?? 2);
    for (let step = readCheckpoint(folder); step < steps; step++) {
      if (options.signal?.aborted && trial.network.name === "fills") {
        throw new DiskFullError("No space for a checkpoint");
      }
      if (options.signal?.aborted && trial.network.name !== "stubborn") {
        const seen = lastStepUntil();
        note("stop");
        while (lastStepUntil() === seen) await new Promise((resolve) => setTimeout(resolve, 20));
        return "stopped";
      }
      if (trial.network.name === "crashes" && step === 1) Deno.kill(Deno.pid, "SIGKILL");
      await new Promise((resolve) => setTimeout(resolve, 25));
      note(`step ${step}`);
      Deno.writeTextFileSync(join(folder, "checkpoint.txt"), String(step + 1));
      options.onProgress?.(step + 1, steps, "");
    }
    for (const stage of stages) {
      options.onStage?.(stage.name);
      store.write(exampleRecord(trial, stage, { startedAt }));
    }
    return "done";
  } finally {
    lock.release();
  }
}

/** What stands in the file FAKE_LAST_STEP: a stopped trial's last step lasts until it changes; without one it is no step. */
function lastStepUntil(): unknown {
  const file = Deno.env.get("FAKE_LAST_STEP");
  return file === undefined ? {} : Deno.readTextFileSync(file);
}

function readCheckpoint(folder: string): number {
  try {
    return Number(Deno.readTextFileSync(join(folder, "checkpoint.txt")));
  } catch {
    return 0;
  }
}

if (import.meta.main) {
  const data = Deno.args[1]!;
  Deno.exit(await serveTrial(() => Promise.resolve(runFake), { data }));
}
