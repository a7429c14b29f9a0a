import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const projectFolder = fileURLToPath(new URL("../../", import.meta.url));

/**
 * The data folder as an absolute path: the one named, else HEM_DATA, else the project's `data`.
 * HEM_DATA starts at the project's folder where it is relative, so that notebooks and tasks agree.
 */
export function dataFolder(
  named?: string,
  environment: { get(name: string): string | undefined } = Deno.env,
): string {
  if (named !== undefined) return resolve(named);
  return resolve(projectFolder, environment.get("HEM_DATA") || "data");
}
