import { ensureJupyter, kernelSpecPath } from "../jupyter/mod.ts";
import { command, runCommand } from "./command.ts";

/** `deno task kernel`: Jupyter's description of our kernel, for a Jupyter that is not `deno task lab`. */
export const kernel = command(
  "kernel",
  "Installs Jupyter and the Deno kernel in the project's folder, and prints where the kernel's description is. " +
    "An editor with a Jupyter of its own finds it with JUPYTER_PATH set to the folder printed.",
).action(async () => {
  await ensureJupyter();
  const path = kernelSpecPath();
  console.log(`kernel:       ${path}`);
  console.log(`JUPYTER_PATH: ${path.slice(0, path.lastIndexOf("/kernels/"))}`);
});

if (import.meta.main) await runCommand(kernel);
