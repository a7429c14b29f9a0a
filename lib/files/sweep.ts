import { basename, dirname, join } from "node:path";

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

/**
 * Removes what killed processes left half written of a file. A living writer holds the lock of its temporary file.
 *
 * @param path Of the whole file
 */
export function sweepBeside(path: string): void {
  const [folder, own] = [dirname(path), basename(path)];
  for (const { name } of Deno.readDirSync(folder)) {
    if (!name.startsWith(own) || TEMPORARY.exec(name)?.index !== own.length) continue;
    const temporary = join(folder, name);
    try {
      using file = Deno.openSync(temporary, { write: true });
      if (file.tryLockSync(true)) Deno.removeSync(temporary);
    } catch {
      // Another user's, or gone meanwhile.
    }
  }
}
