import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { decodeCifarBinary } from "../formats/mod.ts";
import { isFile } from "../files/mod.ts";
import type { CifarMember, CifarSource } from "./cifar_source.ts";
import { DamagedDataError, MissingDataError } from "./errors.ts";
import { grouped } from "./origin.ts";
import type { CopyState } from "./source.ts";
import type { Origin, Split } from "./types.ts";

/** The files of one half of a copy, and where they came from. */
export interface CopiedHalf {
  contents: Map<string, Uint8Array>;
  origin: Origin;
}

/** The path of a file of an unpacked copy. */
function copied(folder: string, { path }: Pick<CifarMember, "path">): string {
  return join(folder, basename(path));
}

/** Whether a folder holds any file of a half. */
export function holdsHalf(source: CifarSource, split: Split, folder: string): boolean {
  return source.members[split].some((member) => isFile(copied(folder, member)));
}

/**
 * Reads one half from an unpacked copy. Each file is compared by its hash; where none is known, by its length and by how many
 * images it has of each class. Of test images that end early so many are taken as the table of prefixes knows.
 *
 * @param wanted How many images are asked for; default: all
 * @throws {MissingDataError} when a file is not there, or holds fewer images than are asked for
 * @throws {DamagedDataError} when a file is not the official one, nor the beginning of it
 */
export async function readHalf(
  source: CifarSource,
  split: Split,
  folder: string,
  wanted?: number,
): Promise<CopiedHalf> {
  const members = source.members[split];
  const official = members.reduce((sum, { records }) => sum + records, 0);
  const contents = new Map<string, Uint8Array>();
  const checks = new Set<string>();
  for (const member of members) {
    const path = copied(folder, member);
    if (!isFile(path)) throw lacking(source, `${basename(path)} is not in ${folder}`, "Put");
    const all = await Deno.readFile(path);
    const { bytes, checked } = check(source, member, all, path);
    const held = bytes.length / recordBytes(source);
    if (held < Math.min(wanted ?? member.records, member.records)) {
      throw lacking(
        source,
        `${path} holds the first ${grouped(held)} of ${grouped(member.records)} ${split} images` +
          `${bytes.length < all.length ? " and others whose hash is not known" : ""}, and ${
            wanted === undefined ? "all" : grouped(wanted)
          } are asked for`,
        "Ask for no more, or put",
      );
    }
    contents.set(member.path, bytes);
    checks.add(checked);
  }
  const checked = [...checks].join(", ");
  return { contents, origin: { form: "unpacked copy", checked, official } };
}

/**
 * Reads the names of the classes from an unpacked copy.
 *
 * @throws {MissingDataError} when their file is not there
 * @throws {DamagedDataError} when it names more or fewer classes than there are
 */
export async function readNames(source: CifarSource, folder: string): Promise<Uint8Array> {
  const path = copied(folder, { path: source.namesMember });
  if (!isFile(path)) {
    throw lacking(source, `${basename(path)}, which names the classes, is not in ${folder}`, "Put");
  }
  const bytes = await Deno.readFile(path);
  const { length } = namesIn(bytes);
  if (length === source.classes) return bytes;
  throw new DamagedDataError(
    path,
    `it names ${length} classes instead of ${source.classes}. ${ADVICE}`,
  );
}

/** The names in the contents of their file, one in a line. */
export function namesIn(bytes: Uint8Array | undefined): string[] {
  return new TextDecoder().decode(bytes).split("\n").map((line) => line.trim())
    .filter((line) => line !== "");
}

/** What there is of a copy in a folder: by lengths, or by hashes with `verify`. */
export async function inspectCifarCopy(
  source: CifarSource,
  folder: string,
  { verify }: { verify: boolean },
): Promise<CopyState | undefined> {
  const state: Omit<CopyState, "testImages"> & { lacking: string[] } = {
    bytes: 0,
    checked: verify ? "hashes of files, classes where none is known" : "lengths",
    lacking: [],
    train: true,
  };
  let found = false, whole = true, testImages = 0;
  for (const split of ["train", "test"] as const) {
    for (const member of source.members[split]) {
      const path = copied(folder, member);
      if (!isFile(path)) {
        state.lacking.push(basename(path));
        if (split === "train") state.train = false;
        else whole = false;
        continue;
      }
      found = true;
      const { size } = await Deno.stat(path);
      state.bytes += size;
      try {
        const held = verify
          ? check(source, member, await Deno.readFile(path), path).bytes.length /
            recordBytes(source)
          : heldBy(source, member, size, path);
        if (split === "test") testImages += held;
        const gone = member.records - held;
        if (gone > 0) {
          whole = false;
          state.lacking.push(
            `the last ${grouped(gone)} of ${grouped(member.records)} ${split} images`,
          );
        }
      } catch (error) {
        if (!(error instanceof DamagedDataError)) throw error;
        state.damage ??= `${basename(path)}: ${error.reason}`;
      }
    }
  }
  // Read with the training images alone: what takes test images needs no names.
  try {
    await readNames(source, folder);
  } catch (error) {
    const name = basename(source.namesMember);
    if (error instanceof DamagedDataError) state.damage ??= `${name}: ${error.reason}`;
    else if (error instanceof MissingDataError) {
      state.lacking.push(name);
      state.train = false;
    } else throw error;
  }
  return found ? { ...state, testImages: whole ? "all" : testImages } : undefined;
}

/** The images of a file that can be vouched for, and by what. */
function check(
  source: CifarSource,
  member: CifarMember,
  bytes: Uint8Array,
  path: string,
): { bytes: Uint8Array; checked: string } {
  const held = heldBy(source, member, bytes.length, path);
  if (held < member.records) {
    const prefix = bytes.subarray(0, held * recordBytes(source));
    comparePrefixes(prefix, member, recordBytes(source), path);
    return { bytes: prefix, checked: "SHA-256 of the part that is here" };
  }
  if (member.sha256 !== undefined) {
    compare("SHA-256", createHash("sha256").update(bytes).digest("hex"), member.sha256, path);
    return { bytes, checked: "SHA-256 of each file" };
  }
  if (member.gitBlob !== undefined) {
    compare("git blob id", gitBlobOf(bytes), member.gitBlob, path);
    return { bytes, checked: "git blob id" };
  }
  countClasses(source, member, bytes, path);
  return { bytes, checked: "length, images per class" };
}

/** How many images of a file of this length can be used. */
function heldBy(
  source: CifarSource,
  member: CifarMember,
  size: number,
  path: string,
): number {
  const record = recordBytes(source);
  const known = member.prefixes === undefined ? 0 : decodePrefixes(member.prefixes).length / KEPT;
  const records = size / record;
  if (records === member.records) return records;
  const cut = records < member.records && Number.isInteger(records) && records > 0 && known > 0;
  if (cut) return Math.min(records, known);
  const wanted = member.records * record;
  throw new DamagedDataError(
    path,
    `it has ${size} bytes instead of ${wanted} (${member.records} images). ${ADVICE}`,
  );
}

const ADVICE = "Replace it by the official one, or remove it";
// bytes of each prefix's SHA-256 that are known: a change goes unseen once in 2.8e14
const KEPT = 6;

/** Compares all beginnings of a file, so that the first image that differs is named. */
function comparePrefixes(
  bytes: Uint8Array,
  { prefixes = "" }: CifarMember,
  record: number,
  path: string,
): void {
  const known = decodePrefixes(prefixes);
  const hash = createHash("sha256");
  for (let n = 0; n < bytes.length / record; n++) {
    hash.update(bytes.subarray(n * record, (n + 1) * record));
    const found = hash.copy().digest().subarray(0, KEPT);
    if (!found.equals(known.subarray(n * KEPT, (n + 1) * KEPT))) {
      throw new DamagedDataError(path, `its image ${n} is not the official one. ${ADVICE}`);
    }
  }
}

/** Where no hash is known: as many images of each class as the official files have, and no other class. */
function countClasses(
  source: CifarSource,
  { records }: CifarMember,
  bytes: Uint8Array,
  path: string,
): void {
  const { classes } = source;
  const counts = new Array<number>(classes).fill(0);
  for (const label of decodeCifarBinary(bytes, source.labelBytes).labels) {
    if (label >= classes) {
      throw new DamagedDataError(path, `it has a label ${label} of ${classes} classes. ${ADVICE}`);
    }
    counts[label]!++;
  }
  const odd = counts.findIndex((count) => count !== records / classes);
  if (odd < 0) return;
  throw new DamagedDataError(
    path,
    `it has ${counts[odd]} images of class ${odd} instead of ${records / classes}. ${ADVICE}`,
  );
}

function compare(kind: string, found: string, wanted: string, path: string): void {
  if (found === wanted) return;
  throw new DamagedDataError(path, `it should have ${kind} ${wanted}, it has ${found}. ${ADVICE}`);
}

/** The id that git gives a file of these contents. */
export function gitBlobOf(bytes: Uint8Array): string {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

function decodePrefixes(prefixes: string): Buffer {
  return Buffer.from(prefixes, "base64");
}

function recordBytes({ labelBytes }: CifarSource): number {
  return labelBytes + 32 * 32 * 3;
}

function lacking(source: CifarSource, reason: string, put: string): MissingDataError {
  const [archive] = source.files;
  return new MissingDataError(source.name, {
    reason,
    whatToDo: `${put} the whole of ${archive.name} (${archive.urls[0]}) there, ` +
      `or run \`deno task data download ${source.name}\``,
  });
}
