/**
 * Runs one trial in this process, as the executor's child: the trial is the first line of standard
 * input (JSON), events go to standard output, one JSON line each. Closing standard input, SIGTERM
 * or SIGINT stops it at its next step with a checkpoint (exit code 130).
 *
 *   deno run -A lib/cli/run_trial.ts --data data
 */
import { dataFolder, serveTrial, type Trial } from "../trials/mod.ts";
import { command, runCommand } from "./command.ts";

async function load(trial: Trial) {
  // Both before TensorFlow starts: its threads are decided then, and a start that fails is told
  // within the protocol.
  Deno.env.set("HEM_THREADS", String(trial.recipe.threads));
  return (await import("../runner/mod.ts")).runTrial;
}

const program = command("run-trial", "Run one trial, given as a line of JSON on standard input.")
  .option("--data <folder>", "the folder that holds results/ and runs/")
  .action(async ({ data }: { data?: string }) => {
    // Explicitly, since threads of TensorFlow may still be there.
    Deno.exit(await serveTrial(load, { data: dataFolder(data) }));
  });

if (import.meta.main) await runCommand(program);
