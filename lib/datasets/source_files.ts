import { createHash } from "node:crypto";
import { join } from "node:path";
import { isThere } from "../files/mod.ts";
import { download, downloadMany, type DownloadOptions } from "./download.ts";
import { DamagedDataError, MissingDataError } from "./errors.ts";
import { brokenLink, copyFolders, fileFolders, notTaken, shown, sourceFolder } from "./places.ts";
import { type DataSource, hashOf, type ImageTreeSource } from "./source.ts";
import type { RemoteFile } from "./transfer.ts";
import type { PlaceOptions } from "./types.ts";
import { unpack, unpackedAs } from "./unpack.ts";
import { damaged, findDamage, verifyFile } from "./verify.ts";

/** The path of a file of a set, or undefined where it is nowhere. */
export function findOfficial(
  source: DataSource,
  file: RemoteFile,
  places: PlaceOptions,
): string | undefined {
  return fileFolders(source, places).map((folder) => join(folder, file.name)).find(isThere);
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
  places: PlaceOptions,
): Promise<string> {
  const path = findOfficial(source, file, places);
  if (path === undefined) throw missing(source, file.name, places);
  await verifyFile(path, file);
  return path;
}

/**
 * As `officialFile`; where it throws, an unpacked copy, if `copyAmong` finds one among the folders where it may lie: an archive
 * that is not the official one is no reason to leave a copy beside it. `own` is then true, and the caller checks the copy.
 *
 * @throws what `officialFile` throws, where there is no copy
 */
export async function officialOrCopy(
  source: DataSource,
  file: RemoteFile,
  places: PlaceOptions,
  copyAmong: (folders: readonly string[]) => string | undefined,
): Promise<{ place: string; own: boolean }> {
  try {
    return { place: await officialFile(source, file, places), own: false };
  } catch (error) {
    const known = error instanceof MissingDataError || error instanceof DamagedDataError;
    const copy = known ? copyAmong(copyFolders(source, places)) : undefined;
    if (copy === undefined) throw error;
    return { place: copy, own: true };
  }
}

/**
 * The folder of the images of a set that is an archive of them: the archive unpacked, which is done first where it has not
 * been; or an unpacked copy, or an archive that was packed anew. `own` is then true, and the caller checks its images;
 * `repacked` is what to remove, and to throw, where they are not the official ones of an archive packed anew.
 *
 * @throws {MissingDataError} when there is none
 * @throws {DamagedDataError} when the archive is not the official one
 */
export async function openTree(
  source: ImageTreeSource,
  places: PlaceOptions,
): Promise<{ folder: string; own: boolean; repacked?: { tree: string; error: DamagedDataError } }> {
  const [file] = source.files;
  const own = sourceFolder(source, places);
  const path = findOfficial(source, file, places) ?? join(own, file.name);
  if (await isUnpacked(path, file)) return { folder: treeOf(path), own: false };
  const copy = copyFolders(source, places).find(isThere);
  if (!isThere(path)) {
    if (copy !== undefined) return { folder: copy, own: true };
    throw missing(source, file.name, places);
  }
  const damage = await findDamage(path, file);
  if (damage === undefined) return { folder: await unpackOfficial(path, file), own: false };
  // an archive that is not the official one is no reason to leave a copy beside it
  if (copy !== undefined) return { folder: copy, own: true };
  if (source.pixels === undefined) throw damaged(path, damage);
  const hash = createHash("sha256").update(await Deno.readFile(path)).digest("hex");
  try {
    await unpack(path, treeOf(path), { hash });
  } catch (error) {
    throw error instanceof DamagedDataError ? damaged(path, damage) : error;
  }
  const inner = (source.unpacked ?? []).map((layout) => join(treeOf(path), layout)).find(isThere);
  const repacked = { tree: treeOf(path), error: damaged(path, damage) };
  return { folder: inner ?? repacked.tree, own: true, repacked };
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
    throw new MissingDataError(source.name, {
      reason: "its licence asks for your own registration",
      whatToDo: howToGet(source, { folder: target }),
    });
  }
  const { many, title } = source;
  if (many !== undefined) {
    await downloadMany(many.list(), target, { ...options, title });
    return [target];
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

/** Why what lies where a set is looked for is not taken, where something does. */
export function whyNotTaken(source: DataSource, places: PlaceOptions): string | undefined {
  const broken = brokenLink(source, places);
  if (broken !== undefined) return `${broken} is a link that leads nowhere`;
  return notTaken(source, places);
}

/** What the user can do to have the files of a set in their folder. */
export function howToGet(source: DataSource, places: PlaceOptions): string {
  const names = source.many?.what ?? source.files.map(({ name }) => name).join(", ");
  const folder = shown(sourceFolder(source, places));
  return source.registration?.replaceAll("FOLDER", folder) ??
    `Run \`deno task data download ${source.name}\`, or put ${names} (${source.address}) into ${folder}`;
}

/** The error for a file that is not there, with what lies there instead, and the command that brings it. */
function missing(source: DataSource, name: string, places: PlaceOptions): MissingDataError {
  const { unpacked = [] } = source;
  const folder = sourceFolder(source, places);
  const copy = unpacked.length === 0 ? "" : `, nor an unpacked copy (${unpacked.join(" or ")})`;
  const besides = whyNotTaken(source, places);
  return new MissingDataError(source.name, {
    reason: `${name} is not in ${shown(folder)}${copy}${besides ? `; ${besides}` : ""}`,
    whatToDo: howToGet(source, places),
  });
}

/** Where an archive is unpacked. */
export function treeOf(archive: string): string {
  return `${archive}.unpacked`;
}
