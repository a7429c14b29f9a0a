import { join, relative } from "node:path";
import { beginsAsImage, decodes } from "./decode_image.ts";
import { readImageFolder } from "./image_folder.ts";
import { makeDataset } from "./image_set.ts";
import { requestedImages } from "./requested_images.ts";
import type { Dataset, ImageSet } from "./types.ts";

/**
 * Images of one's own: `train/<class>/*` and `test/<class>/*` in a folder, JPEG or PNG of any size, also in folders below those of
 * the classes. The shorter side is resized to `size` and the middle is cut out: colour images [size, size, 3].
 *
 * @throws {RangeError} where `train` or `test` is not there or holds no images in folders of classes, where a class has no
 *   images or the classes of both are not the same, where there are fewer than two, or a file is no image or one of another
 *   format
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
  await requireImages(folder, { train: train.files, test: test.files });
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
    const empty = found.classes.filter((_, label) => !found.labels.includes(label));
    if (empty.length > 0 && empty.length < found.classes.length) {
      throw new RangeError(
        `${path} has no images of ${empty.join(", ")}: ${wanted}. ` +
          "Put some there, or remove the folder from train and test",
      );
    }
    if (found.leftOut.length > 0) {
      throw new RangeError(
        `${found.leftOut.length} images in ${path} are neither JPEG nor PNG: ` +
          `${some(path, found.leftOut)}. ` +
          "Convert them (with ImageMagick: `mogrify -format png`) and take the originals away",
      );
    }
    if (found.classes.length > 0) return found;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) {
      throw error;
    }
    throw new RangeError(`There is no folder ${path}: ${wanted}`);
  }
  throw new RangeError(`${path} holds no images in folders: ${wanted}`);
}

// Files looked at side by side, and those that a message names.
const AT_ONCE = 16;
const MOST_NAMED = 5;

/**
 * Looks at each file, so that what is no image shows before anything is learnt: at the beginning of those of the training, which
 * decodes them soon, and at all of the others, which are decoded when all is learnt.
 */
async function requireImages(
  folder: string,
  { train, test }: { train: readonly string[]; test: readonly string[] },
): Promise<void> {
  const files = [...train, ...test];
  const wrong: string[] = [];
  for (let first = 0; first < files.length; first += AT_ONCE) {
    const block = files.slice(first, first + AT_ONCE);
    const isImage = await Promise.all(
      block.map((file, i) => first + i < train.length ? beginsAsImage(file) : decodes(file)),
    );
    wrong.push(...block.filter((_, i) => !isImage[i]));
  }
  if (wrong.length === 0) return;
  throw new RangeError(
    `${wrong.length} of ${files.length} files in ${folder} are no whole JPEG or PNG, or links that lead nowhere: ` +
      `${some(folder, wrong)}. Remove or replace them`,
  );
}

/** The first of some files, by their paths in the folder. */
function some(folder: string, files: readonly string[]): string {
  const names = files.slice(0, MOST_NAMED).map((file) => relative(folder, file)).join(", ");
  return files.length > MOST_NAMED ? `${names} and ${files.length - MOST_NAMED} more` : names;
}
