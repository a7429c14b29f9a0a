import { join } from "node:path";
import { isFile } from "../files/mod.ts";
import { DamagedDataError } from "./errors.ts";

/** An image and its mask. */
export interface Pair {
  image: string;
  mask: string;
}

/**
 * The images of a folder with the masks of another, by their names up to these ends; names that begin with "." are none.
 *
 * @throws {DamagedDataError} when an image has no mask, or a mask no image
 */
export function listPairs({ image, mask, imageEnd, maskEnd }: {
  image: string;
  mask: string;
  imageEnd: string;
  maskEnd: string;
}): Pair[] {
  const [images, masks] = [stemsIn(image, imageEnd), stemsIn(mask, maskEnd)];
  const known = new Set(images);
  const lonely = masks.find((stem) => !known.has(stem));
  if (lonely !== undefined) {
    throw new DamagedDataError(
      join(mask, `${lonely}${maskEnd}`),
      `its image ${join(image, `${lonely}${imageEnd}`)} is not there`,
    );
  }
  return images.map((stem) =>
    pairOf(join(image, `${stem}${imageEnd}`), join(mask, `${stem}${maskEnd}`))
  );
}

/**
 * An image and its mask.
 *
 * @throws {DamagedDataError} when one of them is not there
 */
export function pairOf(image: string, mask: string): Pair {
  if (!isFile(image)) throw new DamagedDataError(image, "it is not there, while its list names it");
  if (!isFile(mask)) throw new DamagedDataError(image, `its mask ${mask} is not there`);
  return { image, mask };
}

/** The sorted names of the files of a folder that end so, without the end. */
function stemsIn(folder: string, end: string): string[] {
  return entriesOf(folder).map(({ name }) => name).filter((name) => name.endsWith(end))
    .map((name) => name.slice(0, -end.length)).sort();
}

/**
 * What is in a folder; names that begin with "." are left out.
 *
 * @throws {DamagedDataError} when there is no such folder
 */
export function entriesOf(folder: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(folder)].filter(({ name }) => !name.startsWith("."));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) {
      throw error;
    }
    throw new DamagedDataError(folder, "there is no such folder. Unpack the archive anew");
  }
}
