import { join } from "node:path";
import { mnistCorruptions } from "../corruptions/mod.ts";
import { isFile } from "../files/mod.ts";
import { decodeNpy, type NpyArray } from "../formats/mod.ts";
import { DamagedDataError, MissingDataError } from "./errors.ts";
import { memoryImages } from "./image_set.ts";
import { hasAnyFile, hasFiles, innerFolder, npyLabels, readNpy, replaceBy } from "./npy_files.ts";
import { copyFolders, sourceFolder } from "./places.ts";
import type { DataSource } from "./source.ts";
import { findOfficial, isUnpacked, unpackOfficial } from "./source_files.ts";
import type { RemoteFile } from "./transfer.ts";
import type { ImageSet, PlaceOptions } from "./types.ts";

/** MNIST-C as published. */
export interface MnistCSource extends DataSource {
  files: readonly [RemoteFile];
}

// what is used of the archive: the test halves of all corruptions
const FILES = Object.keys(mnistCorruptions).flatMap((name) =>
  ["images", "labels"].map((half) => join(name, `test_${half}.npy`))
);

/**
 * The published MNIST-C (Mu & Gilmer 2019): 16 folders of .npy files, of which `identity` is MNIST itself.
 *
 * Hashes: Zenodo's record 3239543 (MD5) and tensorflow-datasets 4.9.10 (SHA-256).
 */
export const MNIST_C: MnistCSource = {
  name: "mnist_c",
  title: "MNIST-C",
  licence: "as the Zenodo record says",
  address: "https://github.com/google-research/mnist-c",
  files: [{
    name: "mnist_c.zip",
    urls: ["https://zenodo.org/record/3239543/files/mnist_c.zip"],
    bytes: 246_661_575,
    sha256: "af9ee8c6a815870c7fdde5af84c7bf8db0bcfa1f41056db83871037fba70e493",
    md5: "4b34b33045869ee6d424616cd3a65da3",
  }],
  unpacked: ["mnist_c"],
  ownUnpacked: ["."],
  instead: (_, folder) => hasFiles(folder, FILES),
};

const CLASSES = 10;

/** The published MNIST-C on this machine. */
export interface MnistCArchive {
  /**
   * The test images of a corruption with their labels. Unpacks the archive when it is not yet.
   *
   * @throws {MissingDataError} when its files are not there
   * @throws {DamagedDataError} when a file is not what the archive holds, or the archive is not the official one
   */
  load(name: string): Promise<ImageSet>;
}

/**
 * Looks for the published MNIST-C in `options.folder`, else in the data folder: the archive, or the folders
 * that it holds, as they are or within `mnist_c/`. Undefined where neither is there.
 *
 * The archive is used, and its test halves unpacked beside it, when its SHA-256 is the official one; files that the user
 * unpacked have no hash, and only their form is checked.
 */
export async function findMnistC(
  source: MnistCSource,
  places: PlaceOptions = {},
): Promise<MnistCArchive | undefined> {
  const [archive] = source.files;
  const zip = findOfficial(source, archive, places) ??
    join(sourceFolder(source, places), archive.name);
  if (!await isUnpacked(zip, archive)) {
    // a part of a copy is no reason to leave the archive beside it
    const holds = isFile(zip) ? hasFiles : hasAnyFile;
    const copy = copyFolders(source, places).find((folder) => holds(folder, FILES));
    if (copy !== undefined) return { load: (name) => loadSet(source, copy, name) };
    if (!isFile(zip)) return undefined;
  }
  let unpacked: Promise<string> | undefined;
  const open = () => unpackOfficial(zip, archive, { select: isTestHalf });
  return {
    load: async (name) =>
      loadSet(source, join(await (unpacked ??= open()), innerFolder(archive)), name),
  };
}

function isTestHalf(path: string): boolean {
  return /\/test_(images|labels)\.npy$/.test(path);
}

async function loadSet(source: MnistCSource, root: string, name: string): Promise<ImageSet> {
  const official = source.files[0].name;
  const imageFile = join(root, name, "test_images.npy");
  const labelFile = join(root, name, "test_labels.npy");
  const images = await readArray(source, imageFile);
  const [count = 0, ...shape] = images.shape;
  // the last axis, of one channel, is left out in some copies
  const isKnown = images.dtype === "|u1" && ["28,28,1", "28,28"].includes(String(shape));
  if (!isKnown || count === 0) {
    const found = `${images.dtype} [${images.shape.join(", ")}]`;
    throw new DamagedDataError(
      imageFile,
      `wanted bytes [N, 28, 28, 1], it has ${found}. ${replaceBy(official)}`,
    );
  }
  const labels = npyLabels(labelFile, official, await readArray(source, labelFile), {
    classes: CLASSES,
    count,
  });
  return memoryImages({ name, shape: [28, 28, 1], pixels: images.data as Uint8Array, labels });
}

async function readArray(source: MnistCSource, file: string): Promise<NpyArray> {
  const [archive] = source.files;
  if (!isFile(file)) {
    throw new MissingDataError(source.name, {
      reason: `${file} is not there, while other sets of ${source.title} are`,
      whatToDo: `Put the whole of ${archive.name} (${archive.urls[0]}) there`,
    });
  }
  const bytes = await Deno.readFile(file);
  return readNpy(file, archive.name, () => decodeNpy(bytes));
}
