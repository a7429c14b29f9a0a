import { join } from "node:path";
import { DamagedDataError } from "./errors.ts";
import { fitImage, imageFiles, listImages } from "./image_files.ts";
import type { ImageTreeSource } from "./source.ts";
import { openTree } from "./source_files.ts";
import type { ImageSet, ImageShape, PlaceOptions } from "./types.ts";

/**
 * The paths of the images of a set that is an archive of them, sorted.
 *
 * @throws {MissingDataError} when it is not there
 * @throws {DamagedDataError} when the archive is not the official one, or what is unpacked has another number of images
 */
export async function openImages(
  source: ImageTreeSource,
  places: PlaceOptions,
): Promise<string[]> {
  const { folder, own } = await openTree(source, places);
  // of the official archive everything, whatever folder it begins with
  const root = own ? join(folder, source.root) : folder;
  const files = await listImages(root);
  if (files.length !== source.images) {
    const archive = source.files[0].name;
    throw new DamagedDataError(
      root,
      `it has ${files.length} images instead of ${source.images}. ${
        own
          ? `Put the official ${archive} beside it, or complete it`
          : `Remove it: it is made again from ${archive}`
      }`,
    );
  }
  return files;
}

/** The images of a set for a network that takes `shape`, as `fitImage` makes them; without labels. */
export async function loadImageTree(
  source: ImageTreeSource,
  shape: ImageShape,
  places: PlaceOptions = {},
): Promise<ImageSet> {
  return imageFiles({
    name: source.name,
    files: await openImages(source, places),
    shape,
    convert: (image) => fitImage(image, shape),
  });
}
