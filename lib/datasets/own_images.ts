import { join } from "node:path";
import { readImageFolder } from "./image_folder.ts";
import { makeDataset } from "./image_set.ts";
import { requestedImages } from "./requested_images.ts";
import type { Dataset, ImageSet } from "./types.ts";

/**
 * Images of one's own: `train/<class>/*` and `test/<class>/*` in a folder, JPEG or PNG of any size. The shorter side is resized
 * to `size` and the middle is cut out: colour images [size, size, 3].
 *
 * @throws {RangeError} where `train` or `test` is not there or holds no images in folders of classes, where the classes of both
 *   are not the same, or there are fewer than two
 */
export async function loadOwnImages(
  folder: string,
  { size }: { size: number },
): Promise<Dataset> {
  const [train, test] = [await half(folder, "train"), await half(folder, "test")];
  if (train.classes.join("/") !== test.classes.join("/") || train.classes.length < 2) {
    throw new RangeError(
      `Cannot learn from ${folder}: train has the classes ${train.classes.join(", ")}, ` +
        `test has ${test.classes.join(", ")}; wanted the same ones, at least two`,
    );
  }
  const imagesOf = ({ files, labels }: typeof train, name: string): ImageSet =>
    requestedImages({
      name: `${folder} ${name}`,
      shape: [size, size, 3],
      labels,
      request: (indices) => ({
        kind: "encoded",
        places: Array.from(indices, (index) => ({ file: files[index]! })),
        fit: { shorterSide: size, crop: size },
      }),
    });
  return makeDataset({
    name: "own_images",
    classNames: train.classes,
    train: imagesOf(train, "train"),
    test: imagesOf(test, "test"),
  });
}

async function half(folder: string, name: string) {
  const path = join(folder, name);
  const wanted = `wanted ${path}/<class>/<image>, JPEG or PNG`;
  try {
    const found = await readImageFolder(path);
    if (found.classes.length > 0) return found;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) {
      throw error;
    }
    throw new RangeError(`There is no folder ${path}: ${wanted}`);
  }
  throw new RangeError(`${path} holds no images in folders: ${wanted}`);
}
