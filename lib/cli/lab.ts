import { isThere } from "../files/mod.ts";
import { ensureJupyter, KERNEL } from "../jupyter/mod.ts";
import { PROJECT } from "../runtime/mod.ts";
import { command, runCommand } from "./command.ts";

// JupyterLab's own Python kernel has no use here, and would be the one of a new notebook.
const OUR_KERNEL_ONLY = [
  "--KernelSpecManager.ensure_native_kernel=False",
  `--KernelSpecManager.allowed_kernelspecs=${KERNEL}`,
  `--MappingKernelManager.default_kernel_name=${KERNEL}`,
];

/** `deno task lab`: JupyterLab on the notebooks, with our kernel. */
export const lab = command(
  "lab",
  "Opens JupyterLab in notebooks/ with the Deno kernel. Everything after it goes to JupyterLab " +
    "(--no-browser, --port 8899, ...; `deno task lab --help-all` is JupyterLab's own help).",
)
  .argument("[flags...]", "flags of JupyterLab")
  .allowUnknownOption()
  .allowExcessArguments()
  .action(async (flags: string[]) => {
    const { python, env } = await ensureJupyter();
    const notebooks = `${PROJECT}notebooks`;
    const child = new Deno.Command(python, {
      args: ["-m", "jupyterlab", ...OUR_KERNEL_ONLY, ...flags],
      cwd: isThere(notebooks) ? notebooks : PROJECT,
      env: { ...env },
    }).spawn();
    // Ctrl-C reaches JupyterLab too, and it asks back: this process only waits for its answer.
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      Deno.addSignalListener(signal, () => signal === "SIGTERM" && child.kill(signal));
    }
    Deno.exit((await child.status).code);
  });

if (import.meta.main) await runCommand(lab);
