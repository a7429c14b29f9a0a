import { basename, resolve } from "node:path";
import { pathToFileURL as toFileUrl } from "node:url";
import { PROJECT, runQuietly, withTemporaryFolder } from "../runtime/mod.ts";
import { notebookToScript } from "./notebook.ts";

/**
 * Checks types, lint rules and format of the code of notebooks. `deno check` and `deno lint` do not read notebooks, and
 * `deno fmt --check` of Deno 2.9 reports every one of them, also right after it formatted it.
 *
 * @returns What the checkers said, or undefined when all is well
 */
export async function checkNotebooks(paths: readonly string[]): Promise<string | undefined> {
  if (paths.length === 0) return undefined;
  return await withTemporaryFolder(async (folder) => {
    const [scripts, resolved]: [string[], string[]] = [[], []];
    await Deno.mkdir(`${folder}/resolved`);
    for (const path of paths) {
      const name = `${basename(path, ".ipynb")}.ts`;
      const code = await notebookToScript(path);
      scripts.push(`${folder}/${name}`);
      await Deno.writeTextFile(scripts.at(-1)!, code);
      // The types need the notebook's relative imports, the format its lines as they are.
      resolved.push(`${folder}/resolved/${name}`);
      await Deno.writeTextFile(resolved.at(-1)!, resolveImports(code, path));
    }
    const complaints: string[] = [];
    const config = ["--config", `${PROJECT}deno.json`, "--quiet"];
    const tasks = [
      ["check", ...config, ...resolved],
      ["lint", ...config, ...scripts],
      ["fmt", "--check", ...config, ...scripts],
    ];
    for (const task of tasks) {
      const outcome = await runQuietly(Deno.execPath(), task);
      if (!outcome.success) complaints.push(outcome.stderr);
    }
    return complaints.length === 0 ? undefined : complaints.join("\n");
  });
}

/** The code with its relative imports as URLs. */
function resolveImports(code: string, path: string): string {
  const notebook = toFileUrl(resolve(path));
  return code.replaceAll(
    /(\bfrom\s*|\bimport\s*\(?\s*)"(\.\.?\/[^"]*)"/g,
    (_, before, relative) => `${before}${JSON.stringify(new URL(relative, notebook).href)}`,
  );
}
