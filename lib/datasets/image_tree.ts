import { createHash } from "node:crypto";
import { relative } from "node:path";
import { isFile, removeIfThere } from "../files/mod.ts";
import { startProgress } from "../progress/mod.ts";
import { decodeImage, toGrey } from "./decode_image.ts";
import { DamagedDataError } from "./errors.ts";
import { fitImage, imageFiles, listImages } from "./image_files.ts";
import { sealsFile, unlessSealed } from "./seal.ts";
import type { CopyState, ImageTreeSource } from "./source.ts";
import { openTree } from "./source_files.ts";
import type { ImageSet, ImageShape, Origin, PlaceOptions } from "./types.ts";

/** The paths of the images of a set that is an archive of them, sorted, and where they came from. */
export interface ImagePaths {
  files: string[];
  origin: Origin;
}

/**
 * The images of a set that is an archive of them: of the archive, which is unpacked beside itself, or of an unpacked copy. A
 * copy is taken when it has as many images, each a JPEG or PNG by its first bytes, or of the official pixels where those are
 * known; it is checked once, and again when a file has changed.
 *
 * @throws {MissingDataError} when it is not there
 * @throws {DamagedDataError} when the archive is not the official one, or a copy is not whole
 */
export async function openImages(
  source: ImageTreeSource,
  places: PlaceOptions,
): Promise<ImagePaths> {
  const { folder, own, repacked } = await openTree(source, places);
  try {
    const files = await listImages(folder);
    checkCount(source, folder, files.length, own);
    const official = source.images;
    if (!own) return { files, origin: { form: "official file", checked: "hash", official } };
    const checked = await checkCopy(source, folder, files, places);
    return { files, origin: { form: "unpacked copy", checked, official } };
  } catch (error) {
    if (repacked === undefined || !(error instanceof DamagedDataError)) throw error;
    await removeIfThere(repacked.tree);
    throw repacked.error;
  }
}

function checkCount(
  { files: [archive], images }: ImageTreeSource,
  folder: string,
  found: number,
  own: boolean,
) {
  if (found === images) return;
  throw new DamagedDataError(
    folder,
    `it has ${found} images instead of ${images}. ${
      own
        ? `Put the official ${archive.name} beside it, or complete it`
        : `Remove it: it is made again from ${archive.name}`
    }`,
  );
}

/** The images of a set for a network that takes `shape`, as `fitImage` makes them; without labels. */
export async function loadImageTree(
  source: ImageTreeSource,
  shape: ImageShape,
  places: PlaceOptions = {},
): Promise<ImageSet> {
  return imageFiles({
    name: source.name,
    ...await openImages(source, places),
    shape,
    convert: (image) => fitImage(image, shape),
  });
}

/** How `deno task data` looks at an unpacked copy: a part of every source that is an archive of images. */
export const INSPECT_TREE = {
  inspectCopy(
    this: ImageTreeSource,
    path: string,
    options: PlaceOptions & { verify: boolean },
  ): Promise<CopyState | undefined> {
    return inspectTree(this, path, options);
  },
};

/** What there is of a copy: how many images, or with `verify` also what they are. */
async function inspectTree(
  source: ImageTreeSource,
  path: string,
  { verify, ...places }: PlaceOptions & { verify: boolean },
): Promise<CopyState | undefined> {
  const found = { bytes: 0, lacking: [], train: false, testImages: "all" } as const;
  // an archive that was packed anew can be told from a damaged one where the official pixels are known
  const isArchive = isFile(path);
  if (isArchive && source.pixels === undefined) return undefined;
  const files = isArchive ? [] : await listImages(path);
  if (!isArchive && files.length === 0) return undefined;
  const quick = isArchive ? "nothing yet of what was packed anew" : "number of images";
  try {
    if (isArchive && verify) {
      return { ...found, checked: (await openImages(source, places)).origin.checked };
    }
    if (isArchive) return { ...found, checked: quick };
    checkCount(source, path, files.length, true);
    return { ...found, checked: verify ? await checkCopy(source, path, files, places) : quick };
  } catch (error) {
    if (!(error instanceof DamagedDataError)) throw error;
    return { ...found, checked: quick, damage: `${error.file}: ${error.reason}` };
  }
}

/** Checks the files of a copy, unless these have been, and says by what. */
async function checkCopy(
  { title, pixels }: ImageTreeSource,
  folder: string,
  files: readonly string[],
  places: PlaceOptions,
): Promise<string> {
  const checked = pixels === undefined ? "number and format of images" : "hash of all pixels";
  const seal = { seals: sealsFile(places), what: `${title}: ${checked}`, files };
  await unlessSealed(seal, async () => {
    if (pixels === undefined) return checkFormats(files);
    const found = await hashPixels(folder, files);
    if (found === pixels) return;
    throw new DamagedDataError(
      folder,
      `the pixels of its images should have SHA-256 ${pixels}, they have ${found}. Replace it by the official set`,
    );
  });
  return checked;
}

/** That every file begins as a JPEG or PNG does. */
function checkFormats(files: readonly string[]): void {
  const head = new Uint8Array(4);
  for (const path of files) {
    using file = Deno.openSync(path);
    const read = file.readSync(head) ?? 0;
    const start = read < 4 ? "" : head.toHex();
    if (start.startsWith("ffd8ff") || start === "89504e47") continue;
    throw new DamagedDataError(
      path,
      "it is neither a JPEG nor a PNG. Replace it, or the whole set",
    );
  }
}

/** The SHA-256 of the paths within the folder, the sizes and the grey pixels of images, one after the other. */
export async function hashPixels(folder: string, files: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  const progress = startProgress(`Checking ${folder}`, files.length, { unit: "images" });
  try {
    // in blocks: decoded side by side, hashed in their order
    for (let first = 0; first < files.length; first += 64) {
      const block = files.slice(first, first + 64);
      const images = await Promise.all(block.map(async (path) => toGrey(await decoded(path))));
      images.forEach(({ width, height, data }, i) => {
        hash.update(`${relative(folder, block[i]!)} ${width} ${height}\n`).update(data);
      });
      progress.update(first + block.length);
    }
  } finally {
    progress.finish();
  }
  return hash.digest("hex");
}

async function decoded(path: string) {
  try {
    return await decodeImage(await Deno.readFile(path));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new DamagedDataError(path, `${error.message}. Replace it, or the whole set`);
  }
}
