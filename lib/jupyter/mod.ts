// Jupyter in the project's own folder, with a Deno kernel that can be interrupted, and notebooks run from code.
// In: paths of notebooks. Out: the same notebooks executed, their code as a script, cells that lost their output.
// Nothing is read from or written to the user's own Jupyter.
export {
  ensureJupyter,
  installedJupyter,
  type Jupyter,
  KERNEL,
  kernelSpec,
  kernelSpecPath,
  requireLoopback,
} from "./environment.ts";
export { checkNotebooks } from "./check.ts";
export { executeNotebook, type ExecuteOptions } from "./execute.ts";
export { type Cell, missingOutputs, notebookToScript, readNotebook } from "./notebook.ts";
