import { dirname } from "node:path";
import { z } from "zod";
import { isThere, replaceFolder, withLock } from "../files/mod.ts";
import { log } from "../progress/mod.ts";
import {
  decodeOnce,
  type Destination,
  type Encoded,
  encodedBelow,
  encodedIn,
} from "./decode_once.ts";
import { datasetFacts } from "./facts.ts";
import { imageSize, makeDataset } from "./image_set.ts";
import { requestedImages } from "./requested_images.ts";
import { hashOf } from "./source.ts";
import { sourceFolder } from "./places.ts";
import { officialOrCopy } from "./source_files.ts";
import {
  inspectTinyImageNet,
  isCopy,
  listArchive,
  listCopy,
  type Lists,
  type Member,
  stampOf,
  type TinyImageNetSource,
} from "./tiny_imagenet_lists.ts";
import type { Dataset, ImageSet, Origin, PlaceOptions, Split } from "./types.ts";

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
  unpacked: ["tiny-imagenet-200"],
  ownUnpacked: ["."],
  inspectCopy(this: TinyImageNetSource, folder: string) {
    return Promise.resolve(inspectTinyImageNet(this, folder));
  },
  classes: datasetFacts("tiny_imagenet").classes,
  images: datasetFacts("tiny_imagenet").images,
};

const SHAPE = [64, 64, 3] as const;

/** What stands beside the files of bytes, written when they are whole. */
const preparedSchema = z.strictObject({
  /** The hash of the archive that they were made from, or the stamp of an unpacked copy. */
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
 * time, the JPEGs are decoded into files of bytes (1.4 GB) beside the archive, from which the images are read; so are those
 * of an unpacked copy, beside its folder, when it has as many as the official set, all of 64 x 64 pixels.
 *
 * @throws {MissingDataError} when neither archive nor copy are there
 * @throws {DamagedDataError} when the archive is not the official one and there is no copy, or the copy is not whole
 */
export async function loadTinyImageNet(
  places: PlaceOptions = {},
  source: TinyImageNetSource = TINY_IMAGENET,
): Promise<Dataset> {
  const made = await prepare(source, places);
  return makeDataset({
    name: source.name,
    classNames: made.prepared.classNames,
    train: imagesOf(source, "train", made),
    test: imagesOf(source, "test", made),
  });
}

/** Loads the test half, as `loadTinyImageNet` does. */
export async function loadTinyImageNetTest(
  places: PlaceOptions = {},
  source: TinyImageNetSource = TINY_IMAGENET,
): Promise<ImageSet> {
  return imagesOf(source, "test", await prepare(source, places));
}

/** The decoded images, and where they came from. */
interface Made {
  folder: string;
  prepared: Prepared;
  origin: Pick<Origin, "form" | "checked">;
}

function imagesOf(
  source: TinyImageNetSource,
  split: Split,
  { folder, prepared, origin }: Made,
): ImageSet {
  const [file, size] = [bytesFile(folder, split), imageSize(SHAPE)];
  return requestedImages({
    name: `${source.name} ${split}`,
    shape: SHAPE,
    labels: Int32Array.from(prepared[split]),
    origin: { ...origin, official: source.images[split] },
    request: (indices) => ({ kind: "records", file, size, indices }),
  });
}

function bytesFile(folder: string, split: Split): string {
  return `${folder}/${split}.bytes`;
}

/** The decoded images, which are made first where they are not there. */
async function prepare(source: TinyImageNetSource, places: PlaceOptions): Promise<Made> {
  const [file] = source.files;
  const base = sourceFolder(source, places);
  const folder = `${base}/${file.name}.images`;
  const official = { form: "official file", checked: "MD5" } as const;
  const there = await preparedAs(folder, hashOf(file));
  if (there !== undefined) return { folder, prepared: there, origin: official };
  const { place, own } = await officialOrCopy(
    source,
    file,
    places,
    (folders) => folders.find(isCopy),
  );
  if (own) {
    // beside the folder: a link to a copy may lead where nothing can be written
    const decoded = `${base}.images`;
    const prepared = await decodedOnce(decoded, stampOf(place), {
      place,
      list: () => listCopy(source, place),
      images: (paths) => encodedBelow(place, paths),
    });
    const checked = "number, format and size of images";
    return { folder: decoded, prepared, origin: { form: "unpacked copy", checked } };
  }
  const prepared = await decodedOnce(folder, hashOf(file), {
    place,
    list: () => listArchive(place),
    images: () => encodedIn(place),
  });
  return { folder, prepared, origin: official };
}

/** An archive or a copy: its images with their labels, and their contents. */
interface Encodings {
  place: string;
  list(): Promise<Lists>;
  images(paths: Iterable<string>): AsyncIterable<Encoded>;
}

async function decodedOnce(folder: string, hash: string, from: Encodings): Promise<Prepared> {
  const there = await preparedAs(folder, hash);
  if (there !== undefined) return there;
  await Deno.mkdir(dirname(folder), { recursive: true });
  return await withLock(`${folder}.lock`, async () => {
    // it may have been made in the meantime
    return await preparedAs(folder, hash) ?? await decodeInto(folder, hash, from);
  }, { onWait: () => log(`Another process decodes ${from.place}: waiting for it.`) });
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

async function decodeInto(
  folder: string,
  hash: string,
  { place, list, images }: Encodings,
): Promise<Prepared> {
  const { classNames, train, test } = await list();
  return await replaceFolder(folder, async (temporary) => {
    const destinations = new Map<string, Destination>();
    for (const [split, members] of [["train", train], ["test", test]] as const) {
      const file = bytesFile(temporary, split);
      members.forEach(({ path }, index) => destinations.set(path, { file, index }));
    }
    await decodeOnce(images(destinations.keys()), { place, destinations, shape: SHAPE });
    const labels = (members: Member[]) => members.map(({ label }) => label);
    const prepared = { archive: hash, classNames, train: labels(train), test: labels(test) };
    await Deno.writeTextFile(`${temporary}/set.json`, JSON.stringify(prepared));
    return prepared;
  });
}
