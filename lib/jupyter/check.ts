import { basename, dirname } from "node:path";
import { runQuietly } from "../runtime/mod.ts";
import { notebookToScript } from "./notebook.ts";

/**
 * Checks types, lint rules and format of the code of notebooks. `deno check` and `deno lint` do not read notebooks, and
 * `deno fmt --check` of Deno 2.9 reports every one of them, also right after it formatted it.
 *
 * @returns What the checkers said, or undefined when all is well
 */
export async function checkNotebooks(paths: readonly string[]): Promise<string | undefined> {
  const scripts: string[] = [];
  try {
    for (const path of paths) {
      // Beside the notebook, so that its relative imports hold.
      const script = `${dirname(path)}/.${basename(path, ".ipynb")}.check.ts`;
      await Deno.writeTextFile(script, await notebookToScript(path));
      scripts.push(script);
    }
    if (scripts.length === 0) return undefined;
    const complaints: string[] = [];
    for (const task of [["check"], ["lint"], ["fmt", "--check"]]) {
      const outcome = await runQuietly(Deno.execPath(), [...task, "--quiet", ...scripts]);
      if (!outcome.success) complaints.push(outcome.stderr);
    }
    return complaints.length === 0 ? undefined : complaints.join("\n");
  } finally {
    for (const script of scripts) await Deno.remove(script);
  }
}
