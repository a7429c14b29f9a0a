import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { isDiskFull, isNotWritable, writeAtomically } from "../files/mod.ts";
import { rawFolder } from "./raw_folder.ts";
import type { PlaceOptions } from "./types.ts";

const keptSchema = z.record(z.string(), z.strictObject({ stamp: z.string(), value: z.unknown() }));
type Kept = z.infer<typeof keptSchema>;

/** Files that take long to read, what is asked of them, and where the answer is kept. */
export interface Subject {
  seals: string;
  /** What is asked: another question about the same files has another answer. */
  what: string;
  files: readonly string[];
}

/**
 * Runs a check of many or large files unless these very files have passed it: their paths, lengths and times are kept in
 * `seals`, so that a check is made anew once any of them has changed. Where nothing can be written, it is made each time.
 *
 * @throws what `check` throws; nothing is sealed then
 */
export async function unlessSealed(subject: Subject, check: () => Promise<void>): Promise<void> {
  await remembered(subject, z.literal(true), async () => {
    await check();
    return true as const;
  });
}

/** What `compute` finds out about files, which is kept as `unlessSealed` keeps that a check was passed. */
export async function remembered<Value>(
  { seals, what, files }: Subject,
  schema: z.ZodType<Value>,
  compute: () => Promise<Value>,
): Promise<Value> {
  const stamp = stampOf(files);
  const kept = readSeals(seals)[what];
  const known = schema.safeParse(kept?.value);
  if (kept?.stamp === stamp && known.success) return known.data;
  const value = await compute();
  try {
    // read again: another process may have kept something meanwhile
    writeAtomically(seals, JSON.stringify({ ...readSeals(seals), [what]: { stamp, value } }));
  } catch (error) {
    if (!isNotWritable(error) && !isDiskFull(error)) throw error;
  }
  return value;
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
function readSeals(path: string): Kept {
  try {
    return keptSchema.parse(JSON.parse(Deno.readTextFileSync(path)));
  } catch (error) {
    const { NotADirectory, NotFound, PermissionDenied } = Deno.errors;
    const none = [NotADirectory, NotFound, PermissionDenied, SyntaxError, z.ZodError];
    if (none.some((kind) => error instanceof kind)) return {};
    throw error;
  }
}
