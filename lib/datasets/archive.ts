import { createReadStream, type ReadStream } from "node:fs";
import { Readable } from "node:stream";
import { crc32, createGunzip } from "node:zlib";
import { extract, type Header } from "tar-stream";
// @ts-types="@types/yauzl"
import { type Entry, openPromise, type ZipFile } from "yauzl";
import { DamagedDataError } from "./errors.ts";

/** One member of an archive. */
export interface ArchiveEntry {
  /** Its path as the archive gives it, with "/" between folders; not to be trusted as a path on this machine. */
  path: string;
  /** A link is never followed, and what is neither file, folder nor link (a device, a pipe) never made. */
  kind: "file" | "folder" | "link" | "other";
  bytes: number;
  /** How many bytes of the archive are read so far. */
  read: number;
  /** Where its contents begin among the bytes of a tar; absent in a zip. */
  start?: number;
  /** The contents; in a tar they must be read before the next entry is asked for, or they are passed over. */
  content(): AsyncIterable<Uint8Array>;
}

// https://man7.org/linux/man-pages/man7/inode.7.html: the kind of a file within its mode
const KIND_MASK = 0o170000;
const KIND_LINK = 0o120000;
const KIND_FILE = 0o100000;
// PKZIP's application note 4.4.2.2: archives made on Unix have modes
const MADE_ON_UNIX = 3;

/**
 * The members of a .tar, .tar.gz (.tgz) or .zip file, one after the other, without unpacking it to the disk or to memory.
 *
 * @throws {RangeError} when the name ends like no archive
 * @throws {DamagedDataError} when it is no such archive, or cut short
 */
export async function* archiveEntries(path: string): AsyncGenerator<ArchiveEntry> {
  const isZip = path.endsWith(".zip");
  if (!isZip && !/\.(tar|tar\.gz|tgz)$/.test(path)) {
    throw new RangeError(`Cannot open ${path}: wanted a name in .tar, .tar.gz, .tgz or .zip`);
  }
  try {
    for await (const entry of isZip ? zipEntries(path) : tarFileEntries(path)) {
      yield { ...entry, content: () => guarded(entry.content(), path) };
    }
  } catch (error) {
    throw asDamage(error, path);
  }
}

/** The contents of a member, whose CRC yauzl leaves to its caller. */
async function* zipContent(zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  let sum = 0;
  for await (const chunk of await zip.openReadStreamPromise(entry)) {
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (sum !== entry.crc32) throw new Error(`the CRC-32 of ${entry.fileName} does not fit`);
}

/** What goes wrong in reading a member is damage of the archive. */
async function* guarded(
  content: AsyncIterable<Uint8Array>,
  path: string,
): AsyncGenerator<Uint8Array> {
  try {
    yield* content;
  } catch (error) {
    throw asDamage(error, path);
  }
}

async function* tarFileEntries(path: string): AsyncGenerator<ArchiveEntry> {
  const file = createReadStream(path, { highWaterMark: 2 ** 20 });
  const bytes = path.endsWith(".tar") ? file : unzipped(file);
  for await (const entry of tarEntries(bytes)) yield { ...entry, read: file.bytesRead };
}

/** The members of a tar, from its bytes; a tar within a tar is read by giving it the content of its entry. */
export async function* tarEntries(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<ArchiveEntry> {
  const source = Readable.from(bytes, { objectMode: false });
  const entries = extract();
  source.on("error", (error) => entries.destroy(error));
  source.pipe(entries as unknown as NodeJS.WritableStream);
  let read = 0;
  try {
    for await (const entry of entries) {
      const { name, size = 0, type } = entry.header;
      read += size;
      yield {
        path: name,
        kind: tarKind(type),
        bytes: size,
        read,
        // tar-stream says it, its types do not
        start: (entry.header as unknown as { byteOffset: number }).byteOffset,
        content: () => entry as unknown as AsyncIterable<Uint8Array>,
      };
      entry.resume();
    }
  } finally {
    source.destroy();
  }
}

async function* zipEntries(path: string): AsyncGenerator<ArchiveEntry> {
  const zip = await openPromise(path, { autoClose: false, lazyEntries: true });
  let read = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      read += entry.compressedSize;
      yield {
        path: entry.fileName,
        kind: zipKind(entry),
        bytes: entry.uncompressedSize,
        read,
        content: () => zipContent(zip, entry),
      };
    }
  } finally {
    zip.close();
  }
}

function unzipped(file: ReadStream): AsyncIterable<Uint8Array> {
  const gunzip = createGunzip();
  file.on("error", (error) => gunzip.destroy(error));
  return file.pipe(gunzip);
}

function tarKind(type: Header["type"]): ArchiveEntry["kind"] {
  switch (type) {
    case "file":
    case "contiguous-file":
      return "file";
    case "directory":
      return "folder";
    case "link":
    case "symlink":
      return "link";
    default:
      return "other";
  }
}

function zipKind(entry: Entry): ArchiveEntry["kind"] {
  const kind = (entry.externalFileAttributes >>> 16) & KIND_MASK;
  const unix = entry.versionMadeBy >> 8 === MADE_ON_UNIX;
  if (unix && kind === KIND_LINK) return "link";
  if (entry.fileName.endsWith("/")) return "folder";
  return !unix || kind === 0 || kind === KIND_FILE ? "file" : "other";
}

function asDamage(error: unknown, path: string): unknown {
  const own = error instanceof DamagedDataError || error instanceof Deno.errors.NotFound;
  if (own || !(error instanceof Error) || error.name === "AbortError") return error;
  if ("code" in error && error.code === "ENOENT") return new Deno.errors.NotFound(error.message);
  return new DamagedDataError(
    path,
    `it is no whole archive (${error.message}). Remove it and download it anew`,
  );
}
