import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { isDiskFull, isNotWritable, writeAtomically } from "../files/mod.ts";
import { rawFolder } from "./raw_folder.ts";
import type { PlaceOptions } from "./types.ts";

const sealsSchema = z.record(z.string(), z.string());

/**
 * Runs a check of many or large files unless these very files have passed it: their paths, lengths and times are kept in
 * `seals`, so that a check is made anew once any of them has changed. Where nothing can be written, it is made each time.
 *
 * @param what What is checked against what: another check of the same files has another seal
 * @throws what `check` throws; nothing is sealed then
 */
export async function unlessSealed(
  { seals, what, files }: { seals: string; what: string; files: readonly string[] },
  check: () => Promise<void>,
): Promise<void> {
  const stamp = stampOf(files);
  if (readSeals(seals)[what] === stamp) return;
  await check();
  try {
    // read again: another process may have sealed something meanwhile
    writeAtomically(seals, JSON.stringify({ ...readSeals(seals), [what]: stamp }));
  } catch (error) {
    if (!isNotWritable(error) && !isDiskFull(error)) throw error;
  }
}

/** The file of seals for what lies in a folder of the user's own, or in the data folder. */
export function sealsFile({ folder, data }: PlaceOptions): string {
  return join(folder ?? rawFolder("", data), ".checked.json");
}

/** What changes when any of these files is changed, replaced or removed; times in nanoseconds. */
function stampOf(files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files) {
    const { size, mtimeNs, ctimeNs, ino } = statSync(file, { bigint: true });
    hash.update(`${file}\0${size}\0${mtimeNs}\0${ctimeNs}\0${ino}\n`);
  }
  return hash.digest("hex");
}

/** The seals in a file; none where it is not there or damaged, so that everything is checked anew. */
function readSeals(path: string): Record<string, string> {
  try {
    return sealsSchema.parse(JSON.parse(Deno.readTextFileSync(path)));
  } catch (error) {
    const { NotADirectory, NotFound, PermissionDenied } = Deno.errors;
    const none = [NotADirectory, NotFound, PermissionDenied, SyntaxError, z.ZodError];
    if (none.some((kind) => error instanceof kind)) return {};
    throw error;
  }
}
