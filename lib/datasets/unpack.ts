import { dirname, join, normalize } from "node:path";
import { isDiskFull, isNotWritable, isThere, replaceFolder, withLock } from "../files/mod.ts";
import { log, startProgress, stopSignal } from "../progress/mod.ts";
import { archiveEntries, type ArchiveEntry } from "./archive.ts";
import { DamagedDataError } from "./errors.ts";

/** What `unpack()` may be told. */
export interface UnpackOptions {
  /** The archive's hash, which is written into the folder: a folder is used only with the hash that is asked for. */
  hash: string;
  /** Ends the unpacking; nothing of it stays. */
  signal?: AbortSignal;
  /** The members that are wanted, by their path in the archive; default: all. */
  select?: (path: string) => boolean;
  /** More bytes than this are refused; default: 20 times the archive's and 1 GB. */
  maxBytes?: number;
  /** More members than this are refused; default: 10 million. */
  maxEntries?: number;
}

/** What was unpacked. */
export interface Unpacked {
  hash: string;
  files: number;
  bytes: number;
  /** Members that were passed over: links and devices. */
  skipped: number;
}

// images and arrays pack to no less than a twentieth; a bomb to a thousandth
const MOST_GROWTH = 20;
const ALWAYS_ALLOWED = 1e9;
// the training images of ImageNet21k are 14 million; of the largest set here 1.3 million
const MOST_ENTRIES = 1e7;
// the name of the stamp within an unpacked folder
const STAMP = ".unpacked.json";

/**
 * Unpacks a .tar, .tar.gz or .zip file into a folder, which is there only when everything is in it.
 *
 * It is made under another name, stamped with the archive's hash, and renamed. A folder with the right stamp is left as it
 * is. Links and devices are passed over with a word; a member that would lie outside the folder or cannot lie in it, and more
 * than the allowed size, refuse the whole archive. Of two members of one name the last one stays. Memory does not grow with
 * the archive.
 *
 * @throws {DamagedDataError} when the archive is none, cut short, or refused; a plain tar that ends between two members is
 *   seen by its hash alone
 * @throws {Error} when the folder is there without a stamp: it is the user's own; when the disk is full, or cannot be written
 *   to
 */
export async function unpack(
  archive: string,
  folder: string,
  { signal, ...others }: UnpackOptions,
): Promise<Unpacked> {
  using stop = stopSignal(signal);
  const options = { ...others, signal: stop.signal };
  try {
    await Deno.mkdir(dirname(folder), { recursive: true });
    return await withLock(`${folder}.lock`, () => unpackOnce(archive, folder, options), {
      onWait: () => log(`Another process unpacks ${archive}: waiting for it.`),
      signal: options.signal,
    });
  } catch (error) {
    const reason = isDiskFull(error)
      ? "the disk is full. Free some space and run this again"
      : isNotWritable(error)
      ? `it cannot be written to (${(error as Error).message}). Change its permissions`
      : undefined;
    if (reason === undefined) throw error;
    throw new Error(`Cannot unpack ${archive} into ${folder}: ${reason}`);
  }
}

async function unpackOnce(
  archive: string,
  folder: string,
  options: UnpackOptions,
): Promise<Unpacked> {
  const there = await unpackedAs(folder);
  if (there?.hash === options.hash) return there;
  if (there === undefined && isThere(folder)) {
    throw new Error(
      `Cannot unpack ${archive}: ${folder} is already there and was not made from it. Remove it, or move it away`,
    );
  }
  return await replaceFolder(folder, async (temporary) => {
    const unpacked = await unpackInto(archive, temporary, options);
    await Deno.writeTextFile(join(temporary, STAMP), JSON.stringify(unpacked));
    return unpacked;
  });
}

/** What was unpacked into a folder, or undefined where it is not there, or not whole. */
export async function unpackedAs(folder: string): Promise<Unpacked | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(join(folder, STAMP)));
  } catch (error) {
    const { NotADirectory, NotFound } = Deno.errors;
    const absent = error instanceof NotFound || error instanceof NotADirectory;
    if (absent || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function unpackInto(
  archive: string,
  folder: string,
  { hash, signal, select = () => true, maxEntries = MOST_ENTRIES, ...limits }: UnpackOptions,
): Promise<Unpacked> {
  const { size } = await Deno.stat(archive);
  const maxBytes = limits.maxBytes ?? MOST_GROWTH * size + ALWAYS_ALLOWED;
  const unpacked: Unpacked = { hash, files: 0, bytes: 0, skipped: 0 };
  const made = new Set<string>();
  const progress = startProgress(`Unpacking ${archive}`, Math.ceil(size / 1e6), { unit: "MB" });
  let entries = 0;
  try {
    for await (const entry of archiveEntries(archive)) {
      signal?.throwIfAborted();
      const inside = insidePath(entry, archive);
      if (++entries > maxEntries) {
        throw new DamagedDataError(archive, `it has more than ${maxEntries} members`);
      }
      if (!select(entry.path)) continue;
      if (entry.kind === "link" || entry.kind === "other") {
        unpacked.skipped++;
        const what = entry.kind === "link" ? "a link" : "neither file nor folder";
        log(`Passed over in ${archive}: ${JSON.stringify(entry.path)} is ${what}.`);
        continue;
      }
      const path = join(folder, inside);
      const parent = entry.kind === "folder" ? path : dirname(path);
      try {
        if (!made.has(parent)) await Deno.mkdir(parent, { recursive: true });
        made.add(parent);
        if (entry.kind === "folder") continue;
        unpacked.bytes += await writeContent(entry, path, maxBytes - unpacked.bytes, () => {
          const mostly = `more than ${maxBytes} bytes come out of its ${size}`;
          return new DamagedDataError(archive, `${mostly}, which no data set here has`);
        }, signal);
      } catch (error) {
        throw hasNoPlace(error)
          ? new DamagedDataError(
            archive,
            `its member ${JSON.stringify(entry.path)} cannot be made (${error.message})`,
          )
          : error;
      }
      unpacked.files++;
      progress.update(Math.ceil(entry.read / 1e6), `${unpacked.files} files`);
    }
    if (entries === 0) throw new DamagedDataError(archive, "it has no members");
    progress.update(Math.ceil(size / 1e6), `${unpacked.files} files`);
  } finally {
    progress.finish();
  }
  return unpacked;
}

async function writeContent(
  entry: ArchiveEntry,
  path: string,
  allowed: number,
  tooLarge: () => Error,
  signal: AbortSignal | undefined,
): Promise<number> {
  if (entry.bytes > allowed) throw tooLarge();
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  let written = 0;
  for await (const chunk of entry.content()) {
    signal?.throwIfAborted();
    written += chunk.length;
    if (written > allowed) throw tooLarge();
    for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
  }
  return written;
}

/** The path of a member below the folder; throws for one that would be elsewhere. */
function insidePath({ path }: ArchiveEntry, archive: string): string {
  const parts = path.split(/[/\\]/);
  const elsewhere = path.startsWith("/") || path.startsWith("\\") || /^[A-Za-z]:/.test(path) ||
    parts.includes("..") || path.includes("\0") || path === "";
  if (elsewhere) {
    throw new DamagedDataError(
      archive,
      `its member ${
        JSON.stringify(path)
      } would lie outside the folder; no official archive has such a one`,
    );
  }
  return normalize(path);
}

/** Whether a member is a file where another one is a folder, or has too long a name. */
function hasNoPlace(error: unknown): error is Error {
  return error instanceof Error && "code" in error &&
    ["EEXIST", "EISDIR", "ENOTDIR", "ENAMETOOLONG"].includes(String(error.code));
}
