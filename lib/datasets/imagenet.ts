import { basename, join } from "node:path";
import { isThere } from "../files/mod.ts";
import { DamagedDataError } from "./errors.ts";
import { datasetFacts } from "./facts.ts";
import { readImageFolder } from "./image_folder.ts";
import { makeDataset } from "./image_set.ts";
import { type Devkit, readDevkit } from "./imagenet_devkit.ts";
import type { EncodedPlace, Fit } from "./read_request.ts";
import { requestedImages } from "./requested_images.ts";
import type { DataSource } from "./source.ts";
import { copyFolders } from "./places.ts";
import { findOfficial, officialFile } from "./source_files.ts";
import { indexTar } from "./tar_index.ts";
import type { RemoteFile } from "./transfer.ts";
import type { Dataset, ImageSet, Origin, PlaceOptions, Split } from "./types.ts";

/** ImageNet's source. */
export interface ImageNetSource extends DataSource {
  /** The tar of training images, that of validation images, the devkit. */
  files: readonly [train: RemoteFile, test: RemoteFile, devkit: RemoteFile];
  classes: number;
  /** How many images each half has. */
  images: Record<Split, number>;
  fit: Fit;
}

/**
 * ImageNet1k (ILSVRC2012; Russakovsky et al. 2015).
 *
 * Lengths and SHA-256: tensorflow-datasets 4.9.10; MD5: torchvision 0.20.1. Resizing: paper, A.1.1, "resizing to 256 pixels,
 * and a centre crop" of 224, in training as in testing.
 */
export const IMAGENET: ImageNetSource = {
  name: "imagenet",
  title: "ImageNet",
  licence: "for non-commercial research and education, after registration",
  address: "https://image-net.org/download.php",
  files: [
    {
      name: "ILSVRC2012_img_train.tar",
      urls: [],
      bytes: 147_897_477_120,
      sha256: "b08200a27a8e34218a0e58fde36b0fe8f73bc377f4acea2d91602057c3ca45bb",
      md5: "1d675b47d978889d74fa0da5fadfb00e",
    },
    {
      name: "ILSVRC2012_img_val.tar",
      urls: [],
      bytes: 6_744_924_160,
      sha256: "c7e06a6c0baccf06d8dbeb6577d71efff84673a5dbdd50633ab44f8ea0456ae0",
      md5: "29b22e2961454d5413ddabcf34fc5622",
    },
    {
      name: "ILSVRC2012_devkit_t12.tar.gz",
      urls: [],
      md5: "fa75699e90414af021442c21a62c3abf",
    },
  ],
  registration: "Register at https://image-net.org/download.php, choose ILSVRC2012, download " +
    '"Training images (Task 1 & 2)" (138 GB), "Validation images (all tasks)" (6.3 GB) and "Development kit ' +
    '(Task 1 & 2)", and put ILSVRC2012_img_train.tar, ILSVRC2012_img_val.tar and ILSVRC2012_devkit_t12.tar.gz ' +
    "as they are into FOLDER. Or put an unpacked copy there, or a link to it: train/<wnid>/*.JPEG and " +
    "val/<wnid>/*.JPEG, or val/*.JPEG together with the development kit",
  instead: isInCopy,
  // as people name it, as torchvision leaves it within its root, and as Kaggle packs it
  unpacked: ["imagenet", "ImageNet", "ILSVRC2012", "ILSVRC/Data/CLS-LOC"],
  ownUnpacked: ["."],
  classes: datasetFacts("imagenet").classes,
  images: datasetFacts("imagenet").images,
  fit: { shorterSide: 256, crop: 224 },
};

/** Whether an unpacked copy does instead of an official file: of the development kit, where it has a folder per class. */
function isInCopy(file: RemoteFile, folder: string): boolean {
  const [train, test] = IMAGENET.files;
  const copy = join(folder, file.name === train.name ? "train" : "val");
  if (file.name === train.name || file.name === test.name) return isThere(copy);
  return !isThere(join(folder, test.name)) && isThere(copy) &&
    Deno.readDirSync(copy).some(({ isFile, name }) => !isFile && !name.startsWith("."));
}

/**
 * Loads both halves of ImageNet1k; the test half are the validation images.
 *
 * Images stay in the official tars, or in an unpacked copy, and are decoded when they are read. Classes are in the order of
 * their WordNet ids, images in that of classes and names; validation images always in that of their names, so that the first
 * ten thousand are the same, of all classes.
 *
 * @throws {MissingDataError} when neither tars nor copy are there; the message says how to get them
 * @throws {DamagedDataError} when a tar is not the official one, or a copy is not complete
 */
export async function loadImageNet(
  places: PlaceOptions = {},
  source: ImageNetSource = IMAGENET,
): Promise<Dataset> {
  const [train, test] = [
    await find(source, "train", places),
    await find(source, "test", places),
  ];
  if (train.wnids.join() !== test.wnids.join()) {
    throw new DamagedDataError(test.path, `its classes are not those of ${train.path}`);
  }
  return makeDataset({
    name: source.name,
    classNames: test.names ?? test.wnids,
    train: imagesOf(source, "train", train),
    test: imagesOf(source, "test", test),
  });
}

/** Loads the test half, as `loadImageNet` does. */
export async function loadImageNetTest(
  places: PlaceOptions = {},
  source: ImageNetSource = IMAGENET,
): Promise<ImageSet> {
  return imagesOf(source, "test", await find(source, "test", places));
}

/** One half, wherever it was found. */
interface Half {
  /** The tar or the folder. */
  path: string;
  wnids: string[];
  names?: string[];
  labels: Int32Array;
  placeOf: (index: number) => EncodedPlace;
  origin: Pick<Origin, "form" | "checked">;
}

async function find(source: ImageNetSource, split: Split, places: PlaceOptions): Promise<Half> {
  const file = source.files[split === "train" ? 0 : 1];
  const tar = findOfficial(source, file, places);
  const copy = copyFolders(source, places)
    .map((folder) => join(folder, split === "train" ? "train" : "val")).find(isThere);
  const half = tar !== undefined
    ? await fromTar(source, file, tar, places)
    : copy !== undefined
    ? await fromFolder(source, split, copy, places)
    : undefined;
  // throws: the file is not there
  if (half === undefined) return await officialFile(source, file, places) as never;
  const [classes, images] = [half.wnids.length, half.labels.length];
  if (classes !== source.classes || images !== source.images[split]) {
    throw new DamagedDataError(
      half.path,
      `it has ${images} images of ${classes} classes instead of ${
        source.images[split]
      } of ${source.classes}. Complete it, or replace it by the official ${file.name}`,
    );
  }
  return half;
}

async function fromTar(
  source: ImageNetSource,
  file: RemoteFile,
  path: string,
  places: PlaceOptions,
): Promise<Half> {
  const { classes, names, labels, starts, bytes } = await indexTar(path, file);
  const placeOf = (i: number) => ({
    file: path,
    part: { name: names[i]!, start: starts[i]!, bytes: bytes[i]! },
  });
  const origin = { form: "official file", checked: "SHA-256" } as const;
  if (classes.length > 0) return { path, wnids: classes, labels, placeOf, origin };
  const known = labelled(await openDevkit(source, places), labels.length, path);
  return { path, ...known, placeOf, origin };
}

async function fromFolder(
  source: ImageNetSource,
  split: Split,
  path: string,
  places: PlaceOptions,
): Promise<Half> {
  const { classes, files, labels } = await readImageFolder(path);
  const order = Array.from(files.keys());
  if (split === "test") order.sort((a, b) => basename(files[a]!) < basename(files[b]!) ? -1 : 1);
  const placeOf = (i: number) => ({ file: files[order[i]!]! });
  const origin = { form: "unpacked copy", checked: "number of images" } as const;
  if (classes.length > 0 || files.length === 0) {
    const inOrder = Int32Array.from(order, (i) => labels[i]!);
    return { path, wnids: classes, labels: inOrder, placeOf, origin };
  }
  const known = labelled(await openDevkit(source, places), labels.length, path);
  return { path, ...known, placeOf, origin };
}

async function openDevkit(source: ImageNetSource, places: PlaceOptions): Promise<Devkit> {
  return await readDevkit(await officialFile(source, source.files[2], places));
}

/** The labels of validation images in the order of their names. */
function labelled({ wnids, names, validation }: Devkit, count: number, path: string) {
  if (count !== validation.length) {
    const wanted = `${validation.length}, which the development kit has labels for`;
    throw new DamagedDataError(path, `it has ${count} images instead of ${wanted}`);
  }
  return { wnids, names, labels: validation };
}

function imagesOf(
  source: ImageNetSource,
  split: Split,
  { labels, placeOf, origin }: Half,
): ImageSet {
  const { fit } = source;
  return requestedImages({
    name: `${source.name} ${split}`,
    shape: [fit.crop, fit.crop, 3],
    labels,
    origin: { ...origin, official: source.images[split] },
    request: (indices) => ({ kind: "encoded", places: Array.from(indices, placeOf), fit }),
  });
}
