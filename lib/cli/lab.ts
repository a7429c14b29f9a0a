import { ensureJupyter } from "../jupyter/mod.ts";
import { exists, PROJECT } from "../runtime/mod.ts";
import { command, runCommand } from "./command.ts";

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
      args: ["-m", "jupyterlab", ...flags],
      cwd: exists(notebooks) ? notebooks : PROJECT,
      env: { ...env },
    }).spawn();
    // Ctrl-C reaches JupyterLab too, and it asks back: this process only waits for its answer.
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      Deno.addSignalListener(signal, () => signal === "SIGTERM" && child.kill(signal));
    }
    Deno.exit((await child.status).code);
  });

if (import.meta.main) await runCommand(lab);
