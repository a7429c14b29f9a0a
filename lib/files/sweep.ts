import { join } from "node:path";

// As writeAtomically() names what is not whole yet.
const TEMPORARY = /\.[0-9a-f]{8}\.tmp$/;

/**
 * Removes what a killed process left half written in a folder and those in it. For whoever holds the lock of what is written
 * there: a temporary file of a living process is one too.
 *
 * @returns How many files were removed; none where there is no such folder
 */
export function sweepTemporary(folder: string): number {
  let removed = 0;
  let entries: Deno.DirEntry[];
  try {
    entries = Array.from(Deno.readDirSync(folder));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
  for (const { name, isDirectory, isFile } of entries) {
    const path = join(folder, name);
    if (isDirectory) removed += sweepTemporary(path);
    else if (isFile && TEMPORARY.test(name)) {
      Deno.removeSync(path);
      removed++;
    }
  }
  return removed;
}
