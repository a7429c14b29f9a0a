import { isFile, isThere } from "../files/mod.ts";
import { type DecodedImage, decodeImage, toColour, toGrey } from "./decode_image.ts";
import { DamagedDataError } from "./errors.ts";
import { checkIndices, imageSize, noLabels } from "./image_set.ts";
import { centreCrop, resizeShorterSide } from "./resize_image.ts";
import type { ImageSet, ImageShape, Origin } from "./types.ts";

// images decoded side by side: enough for the cores, few enough for the memory
const AT_ONCE = 16;

/**
 * An image set whose images are files, decoded when they are read.
 *
 * @param convert makes an image of `shape` from a decoded one
 * @throws {DamagedDataError} in reading, when a file is no whole image
 */
export function imageFiles(
  { name, files, shape, convert, origin }: {
    name: string;
    files: readonly string[];
    shape: ImageShape;
    convert: (image: DecodedImage) => DecodedImage;
    origin?: Origin;
  },
): ImageSet {
  const size = imageSize(shape);
  const readOne = async (path: string, out: Uint8Array) => {
    const bytes = await Deno.readFile(path);
    try {
      out.set(convert(await decodeImage(bytes)).data);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new DamagedDataError(path, `${error.message}. Remove the set and download it anew`);
    }
  };
  return {
    name,
    count: files.length,
    shape,
    labels: noLabels(files.length),
    ...(origin && { origin }),
    async read(indices) {
      checkIndices(this, indices);
      const out = new Uint8Array(indices.length * size);
      let next = 0;
      const work = async () => {
        while (next < indices.length) {
          const i = next++;
          await readOne(files[indices[i]!]!, out.subarray(i * size, (i + 1) * size));
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      return out;
    },
  };
}

/**
 * A photograph as a network for images of `shape` is given it: in its number of channels, its shorter side resized, the
 * middle cut out (as Hendrycks et al. 2019 do for Textures).
 *
 * The shorter side becomes that of the shape below 224 pixels; from there on 256 / 224 of it, as usual for ImageNet.
 */
export function fitImage(image: DecodedImage, [height, width, channels]: ImageShape): DecodedImage {
  if (height !== width) throw new RangeError(`Cannot fit an image to ${width} x ${height}`);
  const coloured = channels === 1 ? toGrey(image) : toColour(image);
  return centreCrop(resizeShorterSide(coloured, shorterSide(height)), height);
}

function shorterSide(size: number): number {
  return size < 224 ? size : Math.round(size * 256 / 224);
}

/**
 * The paths of the images in the folders of a folder, sorted by name; names that begin with "." are none. Links are followed,
 * but not to a folder that holds them.
 */
export async function listImages(folder: string): Promise<string[]> {
  const found: string[] = [];
  const visit = async (path: string, within: readonly string[]) => {
    // all at once: of a hundred thousand names each would be a turn of its own
    for (const { name, isDirectory, isFile, isSymlink } of Deno.readDirSync(path)) {
      if (name.startsWith(".")) continue;
      const inner = `${path}/${name}`;
      const image = /\.(jpe?g|png)$/i.test(name);
      if (isDirectory) await visit(inner, within);
      else if (image && (isFile || (isSymlink && isThere(inner)))) found.push(inner);
      else if (isSymlink && !image) {
        const target = folderOf(inner);
        if (target !== undefined && !within.includes(target)) {
          await visit(inner, [...within, target]);
        }
      }
    }
  };
  await visit(folder, [folderOf(folder) ?? folder]);
  return found.sort();
}

/** The folder that a link leads to, or undefined where it leads to a file, or nowhere. */
function folderOf(path: string): string | undefined {
  return isThere(path) && !isFile(path) ? Deno.realPathSync(path) : undefined;
}
