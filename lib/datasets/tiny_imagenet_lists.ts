import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join, relative } from "node:path";
import { isThere } from "../files/mod.ts";
import { archiveEntries } from "./archive.ts";
import { readEntry } from "./decode_once.ts";
import { DamagedDataError } from "./errors.ts";
import { listImages } from "./image_files.ts";
import type { CopyState, DataSource } from "./source.ts";
import type { RemoteFile } from "./transfer.ts";
import type { Split } from "./types.ts";

/** TinyImageNet's source. */
export interface TinyImageNetSource extends DataSource {
  files: readonly [RemoteFile];
  classes: number;
  /** How many images each half has; what tells a whole copy of the user's own from half a one. */
  images: Record<Split, number>;
}

const ROOT = "tiny-imagenet-200";

/** An image of TinyImageNet. */
export interface Member {
  /** Within the folder tiny-imagenet-200, or with it in an archive. */
  path: string;
  label: number;
}

/** The images with their labels, in the order of the data set, and the names of the classes. */
export interface Lists {
  classNames: string[];
  train: Member[];
  test: Member[];
}

/** The lists of the official archive. */
export async function listArchive(archive: string): Promise<Lists> {
  const images: string[] = [];
  let words = "", annotations = "";
  for await (const entry of archiveEntries(archive)) {
    const { path } = entry;
    if (path.startsWith(`${ROOT}/train/`)) images.push(path);
    if (path === `${ROOT}/words.txt`) words = await textOf(entry);
    if (path === `${ROOT}/val/val_annotations.txt`) annotations = await textOf(entry);
  }
  const validation = annotated(annotations, `${ROOT}/val/images/`);
  return listsOf({ place: archive, prefix: `${ROOT}/`, images, words, validation });
}

/** As `listArchive`, of a copy, which has to have as many images as the official set. */
export async function listCopy(source: TinyImageNetSource, folder: string): Promise<Lists> {
  const images = (await listImages(join(folder, "train"))).map((path) => relative(folder, path));
  const lists = listsOf({
    place: folder,
    prefix: "",
    images,
    words: await textIn(folder, "words.txt"),
    validation: await validationIn(folder),
  });
  const wanted = source.images, { classes } = source;
  const found = { train: lists.train.length, test: lists.test.length };
  const counted = lists.classNames.length;
  const whole = found.train === wanted.train && found.test === wanted.test && counted === classes;
  if (whole) return lists;
  throw new DamagedDataError(
    folder,
    `it has ${found.train} training images of ${counted} classes and ${found.test} validation images instead of ` +
      `${wanted.train} of ${classes} and ${wanted.test}. Unpack ${source.files[0].name} anew`,
  );
}

/** A validation image and its class. */
interface Validated {
  path: string;
  wnid: string;
}

/** The validation images of the official list, in its order. */
function annotated(text: string, folder: string): Validated[] {
  return rowsOf(text).map(([name, wnid = ""]) => ({ path: `${folder}${name}`, wnid }));
}

/** Those of a copy: as the list says, or sorted into folders of classes, as many people have them; then in the list's order too. */
async function validationIn(folder: string): Promise<Validated[]> {
  const sorted = classFolders(join(folder, "val"));
  if (sorted.length === 0) {
    return annotated(await textIn(folder, "val/val_annotations.txt"), "val/images/");
  }
  return sorted.flatMap(({ wnid, path }) =>
    imageNames(path).map((name) => ({ path: relative(folder, join(path, name)), wnid, name }))
  ).sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
}

/** The folders of a folder's classes that have images: n01443537 or n01443537/images. */
function classFolders(folder: string): { wnid: string; path: string }[] {
  return Array.from(Deno.readDirSync(folder)).filter(({ name }) => /^n\d+$/.test(name))
    .map(({ name }) => name).sort()
    .flatMap((wnid) => [`${wnid}/images`, wnid].map((path) => ({ wnid, path: join(folder, path) })))
    .filter(({ path }) => imageNames(path).length > 0);
}

function listsOf({ place, prefix, images, words, validation }: {
  place: string;
  prefix: string;
  images: readonly string[];
  words: string;
  validation: readonly Validated[];
}): Lists {
  const wnidOf = (path: string) =>
    /^train\/(n\d+)\/images\/[^/]+\.JPEG$/.exec(path.slice(prefix.length))?.[1];
  const known = images.flatMap((path) => {
    const wnid = wnidOf(path);
    return wnid === undefined ? [] : [{ path, wnid }];
  });
  const wnids = [...new Set(known.map(({ wnid }) => wnid))].sort();
  const labels = new Map(wnids.map((wnid, label) => [wnid, label]));
  const train = known.map(({ path, wnid }): Member => ({ path, label: labels.get(wnid)! }))
    .sort((a, b) => a.path < b.path ? -1 : 1);
  const test = validation.map(({ path, wnid }): Member => ({
    path,
    label: labels.get(wnid) ?? -1,
  }));
  const unknown = test.find(({ label }) => label < 0);
  if (unknown !== undefined || train.length === 0 || test.length === 0) {
    const reason = unknown ? `${unknown.path} is of none of its classes` : "it has no images";
    throw new DamagedDataError(place, reason);
  }
  const names = new Map(rowsOf(words).map(([wnid = "", name]) => [wnid, name]));
  return { classNames: wnids.map((wnid) => names.get(wnid) ?? wnid), train, test };
}

/** Whether a folder is a copy, or a part of one. */
export function isCopy(folder: string): boolean {
  return isThere(join(folder, "train")) && isThere(join(folder, "val"));
}

/**
 * What tells a copy from another one: its place and the times of its folders, which change when a file comes or goes. The
 * images themselves are looked at when they are decoded, and not used again.
 */
export function stampOf(folder: string): string {
  const hash = createHash("sha256").update(Deno.realPathSync(folder));
  const train = join(folder, "train");
  const classes = Array.from(Deno.readDirSync(train), ({ name }) => name).sort();
  const folders = [
    join(folder, "val/images"),
    train,
    ...classes.map((one) => join(train, one, "images")),
    ...classFolders(join(folder, "val")).map(({ path }) => path),
  ];
  for (const one of [join(folder, "val/val_annotations.txt"), ...folders]) {
    if (isThere(one)) hash.update(`${one} ${statSync(one, { bigint: true }).mtimeNs}\n`);
  }
  return `copy ${hash.digest("hex")}`;
}

/** What `deno task data` finds of a copy: how many images its folders have. */
export function inspectTinyImageNet(
  { images }: TinyImageNetSource,
  folder: string,
): CopyState | undefined {
  if (!isCopy(folder)) return undefined;
  const found = { bytes: 0, lacking: [], train: true, testImages: "all" } as const;
  const checked = "number of images";
  const train = join(folder, "train");
  const counts = {
    train: Array.from(Deno.readDirSync(train))
      .reduce((sum, { name }) => sum + imageNames(join(train, name, "images")).length, 0),
    test: [join(folder, "val/images"), ...classFolders(join(folder, "val")).map(({ path }) => path)]
      .reduce((sum, path) => sum + imageNames(path).length, 0),
  };
  if (counts.train === images.train && counts.test === images.test) return { ...found, checked };
  const damage = `${folder} has ${counts.train} training and ${counts.test} validation images ` +
    `instead of ${images.train} and ${images.test}`;
  return { ...found, checked, damage };
}

function imageNames(folder: string): string[] {
  if (!isThere(folder)) return [];
  return Array.from(Deno.readDirSync(folder), ({ name }) => name)
    .filter((name) => name.endsWith(".JPEG"));
}

async function textIn(folder: string, name: string): Promise<string> {
  try {
    return await Deno.readTextFile(join(folder, name));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new DamagedDataError(folder, `it has no ${name}`);
  }
}

async function textOf(entry: Parameters<typeof readEntry>[0]): Promise<string> {
  return new TextDecoder().decode(await readEntry(entry));
}

/** The fields of the lines of a text, which are parted by tabs. */
function rowsOf(text: string): string[][] {
  return text.split("\n").filter((line) => line !== "").map((line) => line.split("\t"));
}
