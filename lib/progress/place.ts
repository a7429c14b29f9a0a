/** Where the output of this process is read. */
export type Place = "notebook" | "terminal" | "lines";

/** Whether this code runs in a notebook's kernel. */
export function isNotebook(): boolean {
  try {
    // `"jupyter" in Deno` is true everywhere; outside the kernel its getter throws.
    return typeof Deno.jupyter.broadcast === "function";
  } catch {
    return false;
  }
}

/** The one place that tells a notebook, a terminal and everything else (a file, a pipe) apart. */
export function place(): Place {
  if (isNotebook()) return "notebook";
  return Deno.stderr.isTerminal() ? "terminal" : "lines";
}
