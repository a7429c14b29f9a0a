import { isThere } from "../files/mod.ts";
import { ensureJupyter, KERNEL, requireLoopback } from "../jupyter/mod.ts";
import { ENDS_WITH_US, endWith, PROJECT } from "../runtime/mod.ts";
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
    await requireLoopback();
    const { python, env } = await ensureJupyter();
    // Containers have no other user; JupyterLab listens on this machine alone, behind a token.
    const asRoot = Deno.uid() === 0 ? ["--allow-root"] : [];
    // A `deno task` in a terminal of JupyterLab sets it anew only where it is not set.
    Deno.env.delete("INIT_CWD");
    const notebooks = `${PROJECT}notebooks`;
    const child = new Deno.Command(python, {
      args: [...ENDS_WITH_US, "-m", "jupyterlab", ...OUR_KERNEL_ONLY, ...asRoot, ...flags],
      cwd: isThere(notebooks) ? notebooks : PROJECT,
      env: { ...env },
    }).spawn();
    // Ctrl-C reaches JupyterLab too, and it asks back: this process only waits for its answer.
    Deno.exit((await endWith(child, { keepInterrupt: true })).code);
  });

if (import.meta.main) await runCommand(lab);
