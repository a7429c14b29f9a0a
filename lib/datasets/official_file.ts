import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { isFile } from "../files/mod.ts";
import { DamagedDataError } from "./errors.ts";

/** A file as its authors published it, gzip'd, with what identifies it. */
export interface OfficialFile {
  /** The published name, which ends in ".gz". */
  name: string;
  /** Length of the published file. */
  bytes: number;
  /** SHA-256 of the published file. */
  sha256: string;
  /** SHA-256 of its contents, where known: files compressed anew, or not at all, are then accepted as well. */
  contentSha256?: string;
  /** Length of its contents. */
  contentBytes: number;
  /** What must hold of contents whose hash is not known; throws a RangeError or TypeError that says what does not. */
  checkContents?: (contents: Uint8Array) => void;
}

// more than the largest file here (47 MB); a file that unpacks to more is not one of them
const MAX_CONTENT_BYTES = 2 ** 26;

/** Paths under which `file` may lie in `folder`: first the form that its hash is known of, unpacked or as published. */
function paths(file: OfficialFile, folder: string): string[] {
  const packed = `${folder}/${file.name}`;
  const unpacked = packed.replace(/\.gz$/, "");
  // with a point, as old archives of MNIST have it
  const forms = [unpacked, unpacked.replace("-idx", ".idx")];
  return file.contentSha256 === undefined ? [packed, ...forms] : [...forms, packed];
}

/** What tells that a file is the official one: its hash, or for want of one its form. */
export function checkedBy(file: OfficialFile, path: string): string {
  const known = file.contentSha256 !== undefined || path.endsWith(".gz");
  return known ? "SHA-256" : "length, images per class";
}

/** The path of `file` in `folder`, unpacked or gzip'd, or undefined when it is not there. */
export function findFile(file: OfficialFile, folder: string): string | undefined {
  return paths(file, folder).find(isFile);
}

/**
 * The contents of an official file, unpacked.
 *
 * What is returned are the bytes whose hash was compared: a file that changes meanwhile cannot slip in.
 *
 * @param recognise says which file a hash belongs to, to name a file of another data set in the error
 * @throws {DamagedDataError} when neither the file nor its contents have the official hash, or for want of one the official
 *   form
 */
export async function readOfficialFile(
  file: OfficialFile,
  path: string,
  recognise: (sha256: string) => string | undefined,
): Promise<Uint8Array> {
  const bytes = await Deno.readFile(path);
  const found = sha256(bytes);
  if (found === file.contentSha256) return bytes;
  const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const contents = packed ? unpack(bytes, file, path) : bytes;
  if (found === file.sha256) return contents;
  const contentFound = packed ? sha256(contents) : found;
  if (contentFound === file.contentSha256) return contents;

  const other = recognise(found) ?? recognise(contentFound);
  if (!packed && checkedBy(file, path) !== "SHA-256" && other === undefined) {
    return checked(file, path, contents);
  }
  const byContents = file.contentSha256 !== undefined;
  const hashes = byContents
    ? `its contents should have SHA-256 ${file.contentSha256}, they have ${contentFound}`
    : `it should have SHA-256 ${file.sha256}, it has ${found}`;
  const sizes = contents.length === file.contentBytes
    ? ""
    : `, in ${contents.length} bytes instead of ${file.contentBytes}`;
  throw new DamagedDataError(path, `${hashes}${sizes}. ${advice(file, other)}`);
}

/** Contents that have the official length and form. */
function checked(file: OfficialFile, path: string, contents: Uint8Array): Uint8Array {
  if (contents.length !== file.contentBytes) {
    const sizes = `it has ${contents.length} bytes instead of ${file.contentBytes}`;
    throw new DamagedDataError(path, `${sizes}. ${advice(file)}`);
  }
  try {
    file.checkContents?.(contents);
    return contents;
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    throw new DamagedDataError(path, `${error.message}. ${advice(file)}`);
  }
}

function unpack(bytes: Uint8Array, file: OfficialFile, path: string): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_CONTENT_BYTES });
  } catch (error) {
    throw new DamagedDataError(
      path,
      `it does not unpack (${
        (error as Error).message
      }); it should have SHA-256 ${file.sha256}, it has ${sha256(bytes)}. ${advice(file)}`,
    );
  }
}

function advice(file: OfficialFile, other?: string): string {
  const finding = other === undefined ? "It is damaged or cut short" : `It is the file of ${other}`;
  return `${finding}: replace it by the official ${file.name}, or remove it`;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
