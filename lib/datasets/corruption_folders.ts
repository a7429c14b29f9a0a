import { join } from "node:path";
import { isFile, isThere } from "../files/mod.ts";

/**
 * The folder of a corruption, one with a folder "1" in it: in a folder, or in one of its folders (the archives' prefix is
 * not known).
 */
export function findCorruption(folder: string, name: string): string | undefined {
  if (isThere(join(folder, name, "1"))) return join(folder, name);
  for (const inner of foldersIn(folder)) {
    // what is made of an archive, whole or not yet, is no copy of the user's own
    if (/\.unpack(ed|ing)$/.test(inner)) continue;
    if (isThere(join(folder, inner, name, "1"))) return join(folder, inner, name);
  }
  return undefined;
}

/** The sorted names of the folders in a folder; none where it is not there. */
export function foldersIn(folder: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder))
      .filter(({ name, isDirectory, isSymlink }) =>
        !name.startsWith(".") &&
        (isDirectory || (isSymlink && isThere(join(folder, name)) && !isFile(join(folder, name))))
      )
      .map(({ name }) => name).sort();
  } catch (error) {
    const { NotADirectory, NotFound } = Deno.errors;
    if (error instanceof NotFound || error instanceof NotADirectory) return [];
    throw error;
  }
}
