import { ensureJupyter } from "../jupyter/mod.ts";
import { log } from "../progress/mod.ts";
import { type Build, rememberBuild } from "../runtime/mod.ts";
import { command, Option, runCommand } from "./command.ts";

/** `deno task setup`: everything that is not an npm package. */
export const setup = command(
  "setup",
  "Installs TensorFlow and Jupyter in the project's folder. Other tasks do it by themselves when needed.",
)
  .addOption(
    new Option(
      "--device <device>",
      "which TensorFlow: with CUDA, without, or as the machine is; kept for later",
    ).choices(["auto", "cpu", "cuda"]),
  )
  .option("--no-jupyter", "without Jupyter")
  .action(async ({ device, jupyter }: { device?: Build | "auto"; jupyter: boolean }) => {
    if (device) {
      // What was chosen before is not what the machine has.
      if (device === "auto") await rememberBuild(device);
      // An option goes before the environment.
      Deno.env.set("HEM_TENSORFLOW", device);
    }
    // Importing it sets it up.
    const tensorflow = await import("../tensorflow/mod.ts");
    // One that cannot be had here would be every task's.
    if (device) await rememberBuild(device);
    log(`TensorFlow ${tensorflow.tensorflowVersion()} is ready on ${tensorflow.device()}.`);
    if (jupyter) {
      await ensureJupyter();
      log("Jupyter is ready: `deno task lab` opens it.");
    }
  });

if (import.meta.main) await runCommand(setup);
