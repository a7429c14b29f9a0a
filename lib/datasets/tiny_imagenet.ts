import { z } from "zod";
import { isThere, replaceFolder, withLock } from "../files/mod.ts";
import { log } from "../progress/mod.ts";
import { archiveEntries } from "./archive.ts";
import { decodeOnce, type Destination, readEntry } from "./decode_once.ts";
import { DamagedDataError } from "./errors.ts";
import type { Split } from "./idx_source.ts";
import { imageSize, makeDataset } from "./image_set.ts";
import { requestedImages } from "./requested_images.ts";
import { type DataSource, hashOf } from "./source.ts";
import { sourceFolder } from "./places.ts";
import { officialFile } from "./source_files.ts";
import type { RemoteFile } from "./transfer.ts";
import type { Dataset, ImageSet, PlaceOptions } from "./types.ts";

/** TinyImageNet's source. */
export type TinyImageNetSource = DataSource & { files: readonly [RemoteFile] };

/**
 * TinyImageNet (Stanford's course CS231n): 200 classes of ImageNet at 64 x 64 pixels.
 *
 * MD5: avalanche-lib 0.6.0 and pytorch-ood 0.4.0; its length: logs of downloads.
 */
export const TINY_IMAGENET: TinyImageNetSource = {
  name: "tiny_imagenet",
  title: "TinyImageNet",
  licence: "ImageNet's: for non-commercial research and education",
  address: "http://cs231n.stanford.edu/tiny-imagenet-200.zip",
  files: [{
    name: "tiny-imagenet-200.zip",
    urls: ["http://cs231n.stanford.edu/tiny-imagenet-200.zip"],
    bytes: 248_100_043,
    md5: "90528d7ca1a48142e341f4ef8d21d0de",
  }],
  instead: ({ name }, folder) => isThere(`${folder}/${name}.images/set.json`),
};

const SHAPE = [64, 64, 3] as const;
const ROOT = "tiny-imagenet-200";

/** What stands beside the files of bytes, written when they are whole. */
const preparedSchema = z.strictObject({
  /** The hash of the archive that they were made from. */
  archive: z.string(),
  classNames: z.array(z.string()),
  train: z.array(z.int()),
  test: z.array(z.int()),
});
type Prepared = z.infer<typeof preparedSchema>;

/**
 * Loads both halves of TinyImageNet; the test half are the official validation images, which alone have labels.
 *
 * Classes are in the order of their WordNet ids, training images in torchvision's order (by class, then by name). The first
 * time, the JPEGs are decoded into files of bytes (1.4 GB) beside the archive, from which the images are read.
 *
 * @throws {MissingDataError} when the archive is not there
 * @throws {DamagedDataError} when it is not the official one
 */
export async function loadTinyImageNet(
  places: PlaceOptions = {},
  source: TinyImageNetSource = TINY_IMAGENET,
): Promise<Dataset> {
  const { folder, prepared } = await prepare(source, places);
  return makeDataset({
    name: source.name,
    classNames: prepared.classNames,
    train: imagesOf(source, "train", folder, prepared),
    test: imagesOf(source, "test", folder, prepared),
  });
}

/** Loads the test half, as `loadTinyImageNet` does. */
export async function loadTinyImageNetTest(
  places: PlaceOptions = {},
  source: TinyImageNetSource = TINY_IMAGENET,
): Promise<ImageSet> {
  const { folder, prepared } = await prepare(source, places);
  return imagesOf(source, "test", folder, prepared);
}

function imagesOf(
  source: TinyImageNetSource,
  split: Split,
  folder: string,
  prepared: Prepared,
): ImageSet {
  const [file, size] = [bytesFile(folder, split), imageSize(SHAPE)];
  return requestedImages({
    name: `${source.name} ${split}`,
    shape: SHAPE,
    labels: Int32Array.from(prepared[split]),
    request: (indices) => ({ kind: "records", file, size, indices }),
  });
}

function bytesFile(folder: string, split: Split): string {
  return `${folder}/${split}.bytes`;
}

/** The folder of the decoded images, which are made first where they are not there. */
async function prepare(
  source: TinyImageNetSource,
  places: PlaceOptions,
): Promise<{ folder: string; prepared: Prepared }> {
  const [file] = source.files;
  const folder = `${sourceFolder(source, places)}/${file.name}.images`;
  const there = await preparedAs(folder, hashOf(file));
  if (there !== undefined) return { folder, prepared: there };
  const archive = await officialFile(source, file, places);
  return await withLock(`${folder}.lock`, async () => {
    // it may have been made in the meantime
    const prepared = await preparedAs(folder, hashOf(file)) ??
      await decodeInto(folder, archive, hashOf(file));
    return { folder, prepared };
  }, { onWait: () => log(`Another process decodes ${archive}: waiting for it.`) });
}

/** What is in the folder, or undefined where it is not whole or from another archive. */
async function preparedAs(folder: string, archive: string): Promise<Prepared | undefined> {
  try {
    const text = await Deno.readTextFile(`${folder}/set.json`);
    const { data } = preparedSchema.safeParse(JSON.parse(text));
    if (data?.archive !== archive) return undefined;
    for (const split of ["train", "test"] as const) {
      const { size } = await Deno.stat(bytesFile(folder, split));
      if (size !== data[split].length * imageSize(SHAPE)) return undefined;
    }
    return data;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function decodeInto(folder: string, archive: string, hash: string): Promise<Prepared> {
  const { classNames, train, test } = await readLists(archive);
  return await replaceFolder(folder, async (temporary) => {
    const destinations = new Map<string, Destination>();
    for (const [split, members] of [["train", train], ["test", test]] as const) {
      const file = bytesFile(temporary, split);
      members.forEach(({ path }, index) => destinations.set(path, { file, index }));
    }
    await decodeOnce(archive, destinations, SHAPE);
    const labels = (members: Member[]) => members.map(({ label }) => label);
    const prepared = { archive: hash, classNames, train: labels(train), test: labels(test) };
    await Deno.writeTextFile(`${temporary}/set.json`, JSON.stringify(prepared));
    return prepared;
  });
}

interface Member {
  path: string;
  label: number;
}

/** The images in the archive with their labels, in the order of the data set, and the names of the classes. */
async function readLists(archive: string) {
  const images: { path: string; wnid: string }[] = [];
  let words = "", annotations = "";
  for await (const entry of archiveEntries(archive)) {
    const { path } = entry;
    const wnid = /^tiny-imagenet-200\/train\/(n\d+)\/images\/[^/]+\.JPEG$/.exec(path)?.[1];
    if (wnid !== undefined) images.push({ path, wnid });
    if (path === `${ROOT}/words.txt`) words = await textOf(entry);
    if (path === `${ROOT}/val/val_annotations.txt`) annotations = await textOf(entry);
  }
  const wnids = [...new Set(images.map(({ wnid }) => wnid))].sort();
  const labelOf = (wnid: string) => wnids.indexOf(wnid);
  const train = images.map(({ path, wnid }): Member => ({ path, label: labelOf(wnid) }))
    .sort((a, b) => a.path < b.path ? -1 : 1);
  const test = rowsOf(annotations).map(([name, wnid = ""]): Member => ({
    path: `${ROOT}/val/images/${name}`,
    label: labelOf(wnid),
  }));
  const unknown = test.find(({ label }) => label < 0);
  if (unknown !== undefined || train.length === 0 || test.length === 0) {
    const reason = unknown ? `${unknown.path} is of none of its classes` : "it has no images";
    throw new DamagedDataError(archive, reason);
  }
  const names = new Map(rowsOf(words).map(([wnid = "", name]) => [wnid, name]));
  return { classNames: wnids.map((wnid) => names.get(wnid) ?? wnid), train, test };
}

async function textOf(entry: Parameters<typeof readEntry>[0]): Promise<string> {
  return new TextDecoder().decode(await readEntry(entry));
}

/** The fields of the lines of a text, which are parted by tabs. */
function rowsOf(text: string): string[][] {
  return text.split("\n").filter((line) => line !== "").map((line) => line.split("\t"));
}
