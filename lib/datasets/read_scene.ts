import { decodeMat } from "../formats/mod.ts";
import { type DecodedImage, decodeImage, toColour } from "./decode_image.ts";
import { DamagedDataError } from "./errors.ts";
import type { MaskForm, ScenePlace } from "./read_request.ts";
import { ignoreLabel, type Scene } from "./scenes.ts";

/** A label map, [H, W]. */
export interface LabelMap {
  height: number;
  width: number;
  labels: Uint8Array;
}

// what a value of a mask that has no meaning becomes while it is looked for
const NONE = 254;

/** What each value of a mask's byte means. */
const MEANINGS: Record<MaskForm, Uint8Array> = {
  // SegNet's masks: 11 classes, and 11 for what has none of them
  camvid: meaning([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [11]),
  // cityscapesScripts' labels.py: ids 0 .. 33, of which these are trained on, in this order
  cityscapes: meaning(
    [7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33],
    Array.from({ length: 34 }, (_, id) => id),
  ),
  // 0 is the background, a class of its own
  sbd: meaning(Array.from({ length: 21 }, (_, id) => id), [255]),
};

/**
 * Reads an image and its label map, at their own size.
 *
 * @throws {DamagedDataError} when one is no such file, the mask is of another size, or has a label that the set has not
 */
export async function readScene({ image, mask, form }: ScenePlace): Promise<Scene> {
  const { height, width, data } = toColour(await imageOf(image));
  const map = await readLabels(mask, form);
  if (map.height !== height || map.width !== width) {
    throw new DamagedDataError(
      mask,
      `it has ${map.width} x ${map.height} pixels, and its image ${image} ${width} x ${height}. ` +
        "Replace both by the official ones",
    );
  }
  return { height, width, pixels: data, labels: map.labels };
}

/** Reads a label map alone; `readScene` says what is wrong with one. */
export async function readLabels(mask: string, form: MaskForm): Promise<LabelMap> {
  const map = form === "sbd" ? await segmentationOf(mask) : await maskOf(mask);
  const meanings = MEANINGS[form];
  const labels = new Uint8Array(map.labels.length);
  for (let i = 0; i < labels.length; i++) {
    const label = meanings[map.labels[i]!]!;
    if (label === NONE) {
      throw new DamagedDataError(
        mask,
        `it has the label ${map.labels[i]} at row ${Math.floor(i / map.width)}, column ${
          i % map.width
        }, which the set has not. Replace it by the official one`,
      );
    }
    labels[i] = label;
  }
  return { ...map, labels };
}

async function imageOf(path: string): Promise<DecodedImage> {
  try {
    return await decodeImage(await Deno.readFile(path));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new DamagedDataError(path, `${error.message}. Replace it by the official one`);
  }
}

async function maskOf(path: string): Promise<LabelMap> {
  const { height, width, channels, data, isCut } = await imageOf(path);
  if (channels === 3) {
    throw new DamagedDataError(path, "it is a picture in colours, wanted one of labels");
  }
  if (isCut) throw new DamagedDataError(path, "it has 16 bits a pixel, wanted labels of 8");
  return { height, width, labels: data };
}

/** The classes of a file of SBD: GTcls.Segmentation, of which MATLAB stores the columns one after the other. */
async function segmentationOf(path: string): Promise<LabelMap> {
  const map = segmentationIn(await Deno.readFile(path), path);
  const [height, width] = map.shape as [number, number];
  const labels = new Uint8Array(height * width);
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      const label = Number(map.data[x * height + y]);
      labels[y * width + x] = label;
      if (labels[y * width + x] === label) continue;
      throw new DamagedDataError(
        path,
        `it has the label ${label} at row ${y}, column ${x}, which is no byte. Replace it by the official one`,
      );
    }
  }
  return { height, width, labels };
}

function segmentationIn(bytes: Uint8Array, path: string) {
  try {
    const truth = decodeMat(bytes).get("GTcls");
    const map = truth?.kind === "structs" ? truth.fields.Segmentation?.[0] : undefined;
    if (map?.kind === "numbers" && map.shape.length === 2) return map;
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw new DamagedDataError(path, `${error.message}. Replace it by the official one`);
  }
  throw new DamagedDataError(path, "wanted the array GTcls.Segmentation in it");
}

/** A table of what bytes mean: `classes` in their order 0, 1, .., what of `known` is no class counts nowhere. */
function meaning(classes: readonly number[], known: readonly number[]): Uint8Array {
  const table = new Uint8Array(256).fill(NONE);
  for (const value of known) table[value] = ignoreLabel;
  classes.forEach((value, label) => table[value] = label);
  return table;
}
