import { join, relative } from "node:path";
import { isThere } from "../files/mod.ts";
import { download, type DownloadOptions } from "./download.ts";
import { MissingDataError } from "./errors.ts";
import { rawFolder } from "./raw_folder.ts";
import { type DataSource, hashOf, type ImageTreeSource } from "./source.ts";
import type { RemoteFile } from "./transfer.ts";
import type { PlaceOptions } from "./types.ts";
import { unpack, unpackedAs } from "./unpack.ts";
import { findDamage, verifyFile } from "./verify.ts";

/** What is on this machine of a data set. */
export interface SourceState {
  state: "present" | "missing" | "damaged";
  /** Bytes of its files that are there. */
  bytes: number;
  /** What is wrong, where something is. */
  reason?: string;
}

/** Where the files of a set are looked for. */
export function sourceFolder(source: DataSource, { folder, data }: PlaceOptions): string {
  return folder ?? rawFolder(source.name, data);
}

/**
 * The path of a file of a set, whose hash has been compared.
 *
 * @throws {MissingDataError} when it is not there
 * @throws {DamagedDataError} when it is another file
 */
export async function officialFile(
  source: DataSource,
  file: RemoteFile,
  options: PlaceOptions,
): Promise<string> {
  const folder = sourceFolder(source, options);
  const path = join(folder, file.name);
  if (!isThere(path)) {
    throw missing(source, `${file.name} is not in ${shown(folder)}`, folder);
  }
  await verifyFile(path, file);
  return path;
}

/**
 * The folder in which the archive of a set is unpacked; unpacks it first where that has not been done.
 *
 * In a folder of the user's own that has no archive, an unpacked copy (`root`) is taken as it is: `own` is then true, and
 * the caller counts its images.
 *
 * @throws {MissingDataError} when neither is there
 * @throws {DamagedDataError} when the archive is not the official one
 */
export async function openTree(
  source: ImageTreeSource,
  options: PlaceOptions,
): Promise<{ folder: string; own: boolean }> {
  const folder = sourceFolder(source, options);
  const [file] = source.files;
  const path = join(folder, file.name);
  if (await isUnpacked(path, file) || isThere(path)) {
    return { folder: await unpackOfficial(path, file), own: false };
  }
  if (isThere(join(folder, source.root))) return { folder, own: true };
  throw missing(source, `${file.name} is not in ${shown(folder)}`, folder);
}

/** Whether the official archive that lies, or lay, at `path` is unpacked beside it. */
export async function isUnpacked(path: string, file: RemoteFile): Promise<boolean> {
  return (await unpackedAs(treeOf(path)))?.hash === hashOf(file);
}

/**
 * The folder beside an archive in which it is unpacked; checks and unpacks it first where that has not been done.
 *
 * @param select says which members are wanted, by their paths; default: all
 * @throws {DamagedDataError} when the archive is not the official one
 */
export async function unpackOfficial(
  path: string,
  file: RemoteFile,
  { select }: { select?: (path: string) => boolean } = {},
): Promise<string> {
  if (!await isUnpacked(path, file)) {
    await verifyFile(path, file);
    await unpack(path, treeOf(path), { hash: hashOf(file), ...(select && { select }) });
  }
  return treeOf(path);
}

/**
 * Downloads the files of a set that are not there, and checks those that are.
 *
 * @throws {MissingDataError} where its licence asks for a registration: the message says how to get the files
 * @throws {DownloadError} when no address gives a file
 */
export async function downloadSource(
  source: DataSource,
  { folder, data, ...options }: PlaceOptions & DownloadOptions = {},
): Promise<string[]> {
  const target = sourceFolder(source, { ...folder && { folder }, ...data && { data } });
  if (source.registration !== undefined) {
    throw missing(source, "its licence asks for your own registration", target);
  }
  const paths: string[] = [];
  for (const file of source.files) {
    const path = join(target, file.name);
    paths.push(
      await isUnpacked(path, file) ? treeOf(path) : await download(file, target, options),
    );
  }
  return paths;
}

/** What is there of a set: by names and lengths, or by hashes with `verify`. */
export async function sourceState(
  source: DataSource,
  { verify = false, ...places }: PlaceOptions & { verify?: boolean } = {},
): Promise<SourceState> {
  const folder = sourceFolder(source, places);
  let bytes = 0;
  const lacking: string[] = [], damaged: string[] = [];
  for (const file of source.files) {
    const path = join(folder, file.name);
    const unpacked = await unpackedAs(treeOf(path));
    if (isThere(path)) {
      bytes += (await Deno.stat(path)).size;
      const damage = await findDamage(path, verify ? file : { ...lengthOf(file) });
      if (damage !== undefined) damaged.push(`${file.name}: ${damage}`);
    } else if (unpacked?.hash === hashOf(file)) bytes += unpacked.bytes;
    else if (!source.instead?.(file, folder)) lacking.push(file.name);
  }
  if (damaged.length > 0) return { state: "damaged", bytes, reason: damaged.join("; ") };
  // an unpacked copy of the user's own, whose images are counted when it is loaded
  const own = "root" in source && isThere(join(folder, String(source.root)));
  if (lacking.length === 0 || own) return { state: "present", bytes };
  const some = lacking.length < source.files.length;
  return { state: "missing", bytes, ...(some ? { reason: `without ${lacking.join(", ")}` } : {}) };
}

/** What the user can do to have the files of a set in their folder. */
export function howToGet(source: DataSource, places: PlaceOptions): string {
  const names = source.files.map(({ name }) => name).join(", ");
  const folder = shown(sourceFolder(source, places));
  return source.registration?.replaceAll("FOLDER", folder) ??
    `Run \`deno task data download ${source.name}\`, or put ${names} (${source.address}) into ${folder}`;
}

/** The error for a file that is not there, with the command that brings it. */
function missing(source: DataSource, reason: string, folder: string): MissingDataError {
  return new MissingDataError(source.name, { reason, whatToDo: howToGet(source, { folder }) });
}

/** Where an archive is unpacked. */
function treeOf(archive: string): string {
  return `${archive}.unpacked`;
}

function lengthOf({ bytes }: RemoteFile): { bytes?: number } {
  return bytes === undefined ? {} : { bytes };
}

/** A path as the user would type it: relative where it lies below the working folder. */
function shown(path: string): string {
  const short = relative(Deno.cwd(), path);
  return short.startsWith("..") ? path : short;
}
