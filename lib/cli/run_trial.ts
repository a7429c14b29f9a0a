/**
 * Runs one trial in this process, as the executor's child: the trial and its stages are the first line of standard
 * input (JSON), events go to standard output, one JSON line each. Closing standard input, SIGTERM
 * or SIGINT stops it at its next step with a checkpoint (exit code 130).
 *
 *   deno run -A lib/cli/run_trial.ts --data data
 */
import { serveTrial } from "../reproduction/mod.ts";
import { loadRunner } from "../stages/mod.ts";
import { dataFolder, type PlannedTrial } from "../trials/mod.ts";
import { command, runCommand, userFolder } from "./command.ts";

async function load({ trial }: PlannedTrial) {
  // Both before TensorFlow starts: its threads are decided then, and a start that fails is told
  // within the protocol.
  Deno.env.set("HEM_THREADS", String(trial.recipe.threads));
  return await loadRunner();
}

const program = command("run-trial", "Run one trial, given as a line of JSON on standard input.")
  .option("--data <folder>", "the folder that holds results/ and runs/", userFolder)
  .action(async ({ data }: { data?: string }) => {
    // Explicitly, since threads of TensorFlow may still be there.
    Deno.exit(await serveTrial(load, { data: dataFolder(data) }));
  });

if (import.meta.main) await runCommand(program);
