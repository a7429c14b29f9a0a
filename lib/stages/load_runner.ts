import type { RunTrial } from "./work.ts";

/** Loads what runs a trial in this process, and TensorFlow with it. */
export async function loadRunner(): Promise<RunTrial> {
  return (await import("./run_trial.ts")).runTrial;
}
