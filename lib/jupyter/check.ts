import { basename, dirname } from "node:path";
import { runQuietly } from "../runtime/mod.ts";
import { notebookToScript } from "./notebook.ts";

/**
 * Type-checks the code of notebooks, which `deno check` does not read.
 *
 * @returns What the checker said, or undefined when all is well
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
    const { success, stderr } = await runQuietly(Deno.execPath(), ["check", "--quiet", ...scripts]);
    return success ? undefined : stderr;
  } finally {
    for (const script of scripts) await Deno.remove(script);
  }
}
