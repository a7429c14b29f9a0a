import { isFile } from "./exists.ts";
import { decodeNpy, type NpyArray } from "../formats/mod.ts";
import type { RemoteFile } from "./download.ts";
import { DamagedDataError, MissingDataError } from "./errors.ts";
import { memoryImages } from "./image_set.ts";
import type { ImageSet } from "./types.ts";
import { unpack } from "./unpack.ts";
import { verifyFile } from "./verify.ts";

/**
 * The published MNIST-C (Mu & Gilmer 2019): 16 folders of .npy files, of which `identity` is MNIST itself.
 *
 * Hashes: Zenodo's record 3239543 (MD5) and tensorflow-datasets 4.9.10 (SHA-256).
 */
export const MNIST_C: RemoteFile = {
  name: "mnist_c.zip",
  urls: ["https://zenodo.org/record/3239543/files/mnist_c.zip"],
  bytes: 246_661_575,
  sha256: "af9ee8c6a815870c7fdde5af84c7bf8db0bcfa1f41056db83871037fba70e493",
  md5: "4b34b33045869ee6d424616cd3a65da3",
};

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
 * Looks in a folder for the published MNIST-C: mnist_c.zip, or the folders that it holds, as they are or within `mnist_c/`.
 * Undefined where it is not there.
 *
 * The archive is used when its SHA-256 is the official one; files that the user unpacked have no hash, and only their form
 * is checked.
 */
export async function findMnistC(
  folder: string,
  { archive = MNIST_C }: { archive?: RemoteFile } = {},
): Promise<MnistCArchive | undefined> {
  const roots = [folder, `${folder}/mnist_c`];
  for (const root of roots) {
    if (await holdsFolders(root)) return { load: (name) => loadSet(root, name) };
  }
  const zip = `${folder}/${archive.name}`;
  if (!await isFile(zip)) return undefined;
  let unpacked: Promise<string> | undefined;
  return { load: async (name) => loadSet(await (unpacked ??= unpackTests(zip, archive)), name) };
}

/** Unpacks the test halves beside the archive; the folder that holds one per corruption. */
async function unpackTests(zip: string, archive: RemoteFile): Promise<string> {
  await verifyFile(zip, archive);
  const folder = zip.replace(/\.zip$/, ".unpacked");
  await unpack(zip, folder, {
    hash: archive.sha256!,
    select: (path) => /\/test_(images|labels)\.npy$/.test(path),
  });
  return `${folder}/mnist_c`;
}

async function loadSet(root: string, name: string): Promise<ImageSet> {
  const imageFile = `${root}/${name}/test_images.npy`;
  const labelFile = `${root}/${name}/test_labels.npy`;
  const images = await readNpy(name, imageFile);
  const labels = await readNpy(name, labelFile);
  const [count = 0, ...shape] = images.shape;
  // the last axis, of one channel, is left out in some copies
  if (images.dtype !== "|u1" || !["28,28,1", "28,28"].includes(String(shape))) {
    throw new DamagedDataError(
      imageFile,
      `wanted bytes [N, 28, 28, 1], it has ${images.dtype} [${
        images.shape.join(", ")
      }]. ${REPLACE}`,
    );
  }
  const classes = Int32Array.from(labels.data, Number);
  if (labels.shape.length !== 1 || classes.length !== count || !classes.every(isDigit)) {
    throw new DamagedDataError(
      labelFile,
      `wanted ${count} labels of 0 .. 9, it has [${labels.shape.join(", ")}] values of ${
        Math.min(...classes)
      } .. ${Math.max(...classes)}. ${REPLACE}`,
    );
  }
  const pixels = images.data as Uint8Array;
  return memoryImages({ name, shape: [28, 28, 1], pixels, labels: classes });
}

const REPLACE = "Replace it by the file of mnist_c.zip";

function isDigit(label: number): boolean {
  return Number.isInteger(label) && label >= 0 && label <= 9;
}

async function readNpy(name: string, file: string): Promise<NpyArray> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(file);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new MissingDataError(name, {
      reason: `${file} is not there, while other sets of MNIST-C are`,
      whatToDo: `Put the whole of mnist_c.zip (${MNIST_C.urls[0]}) there, or remove its folders`,
    });
  }
  try {
    return decodeNpy(bytes);
  } catch (error) {
    throw new DamagedDataError(file, `${(error as Error).message}. ${REPLACE}`);
  }
}

/** Whether a folder has one of another name with the test images of a set. */
async function holdsFolders(root: string): Promise<boolean> {
  try {
    for await (const entry of Deno.readDir(root)) {
      if (!entry.isFile && await isFile(`${root}/${entry.name}/test_images.npy`)) return true;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return false;
}
