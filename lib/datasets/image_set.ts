import { registerRequest, requestOf } from "./read_request.ts";
import type { Dataset, FloatImageSet, ImageSet, ImageShape, Origin } from "./types.ts";

/**
 * An image set whose pixels are in memory.
 *
 * `pixels` holds the images one after the other, NHWC; `labels` one class per image, -1 for none, and without labels no
 * image belongs to a class. Neither is copied.
 *
 * @throws {TypeError} when the shape is no three whole numbers, or pixels and labels are no bytes and int32
 * @throws {RangeError} when pixels and labels are not of the same number of images
 */
export function memoryImages(
  { name, shape, pixels, labels, origin }: {
    name: string;
    shape: ImageShape;
    pixels: Uint8Array;
    labels?: Int32Array;
    origin?: Origin;
  },
): ImageSet {
  if (shape?.length !== 3 || !shape.every((size) => Number.isInteger(size) && size > 0)) {
    throw new TypeError(
      `Cannot make image set "${name}": wanted a shape [height, width, channels], got [${shape}]`,
    );
  }
  if (!(pixels instanceof Uint8Array) || !(labels === undefined || labels instanceof Int32Array)) {
    throw new TypeError(
      `Cannot make image set "${name}": wanted its pixels in a Uint8Array, 0 to 255, and its labels in an Int32Array`,
    );
  }
  const size = imageSize(shape);
  const count = labels?.length ?? Math.floor(pixels.length / size);
  if (pixels.length !== count * size) {
    throw new RangeError(
      `Cannot make image set "${name}" of ${count} images [${shape}]: wanted ${
        count * size
      } pixels, got ${pixels.length}`,
    );
  }
  return {
    name,
    count,
    shape,
    labels: labels ?? noLabels(count),
    ...(origin && { origin }),
    read(indices) {
      checkIndices(this, indices);
      const out = new Uint8Array(indices.length * size);
      for (let i = 0; i < indices.length; i++) {
        const start = indices[i]! * size;
        out.set(pixels.subarray(start, start + size), i * size);
      }
      return out;
    },
  };
}

/**
 * The first `count` images of a set.
 *
 * @throws {RangeError} unless 1 <= count <= set.count
 */
export function subset<S extends ImageSet | FloatImageSet>(set: S, count: number): S {
  if (!Number.isInteger(count) || count < 1 || count > set.count) {
    throw new RangeError(
      `Cannot take ${count} images of "${set.name}": give a whole number in 1 .. ${set.count}`,
    );
  }
  const first = {
    ...set,
    count,
    labels: set.labels.subarray(0, count),
    read(indices: ArrayLike<number>) {
      checkIndices(this, indices);
      return set.read(indices);
    },
  };
  const request = requestOf(set);
  if (request !== undefined) registerRequest(first, request);
  return first;
}

/**
 * The images of a set with these indices, in this order.
 *
 * @throws {RangeError} when an index is none of the set's
 */
export function select(set: ImageSet, chosen: Uint32Array): ImageSet {
  checkIndices(set, chosen);
  const indicesIn = (indices: ArrayLike<number>) =>
    Uint32Array.from(indices, (index) => chosen[index]!);
  const { origin } = set;
  const selected: ImageSet = {
    ...set,
    count: chosen.length,
    // a choice is no beginning of the official set
    ...(origin && { origin: { ...origin, official: chosen.length } }),
    labels: Int32Array.from(chosen, (index) => set.labels[index]!),
    read(indices) {
      checkIndices(this, indices);
      return set.read(indicesIn(indices));
    },
  };
  const request = requestOf(set);
  if (request !== undefined) {
    registerRequest(selected, (indices) => request(indicesIn(indices)));
  }
  return selected;
}

/** The pixel values in [0, 1] of these images, NHWC float32, from either kind of set. */
export async function readPixels(
  set: ImageSet | FloatImageSet,
  indices: ArrayLike<number>,
): Promise<Float32Array> {
  const pixels = await set.read(indices);
  if (pixels instanceof Float32Array) return pixels;
  const values = new Float32Array(pixels.length);
  for (let i = 0; i < values.length; i++) values[i] = pixels[i]! / 255;
  return values;
}

/**
 * A data set of a training and a test set, whose labels are checked here and nowhere after.
 *
 * @throws {TypeError} when the two sets differ in shape
 * @throws {RangeError} when a label is no index of `classNames`
 */
export function makeDataset(
  { name, classNames, train, test }: Pick<Dataset, "name" | "classNames" | "train" | "test">,
): Dataset {
  if (String(train.shape) !== String(test.shape)) {
    throw new TypeError(
      `Cannot make data set "${name}": training images are [${train.shape}], test images [${test.shape}]`,
    );
  }
  for (const set of [train, test]) {
    const at = set.labels.findIndex((label) => label < 0 || label >= classNames.length);
    if (at >= 0) {
      throw new RangeError(
        `Cannot make data set "${name}": image ${at} of "${set.name}" has label ${
          set.labels[at]
        }, wanted 0 .. ${classNames.length - 1}`,
      );
    }
  }
  return { name, classes: classNames.length, classNames, imageShape: train.shape, train, test };
}

/** Labels of `count` images that belong to no class. */
export function noLabels(count: number): Int32Array {
  return new Int32Array(count).fill(-1);
}

/** The number of values in an image. */
export function imageSize([height, width, channels]: ImageShape): number {
  return height * width * channels;
}

/** Throws RangeError when an index is none of the set's. */
export function checkIndices(
  { name, count }: { name: string; count: number },
  indices: ArrayLike<number>,
): void {
  if (typeof indices?.length !== "number") {
    throw new TypeError(`Cannot read "${name}" by ${indices}: wanted an array of indices`);
  }
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    if (!Number.isInteger(index) || index < 0 || index >= count) {
      throw new RangeError(
        `Cannot read image ${index} of "${name}": give whole numbers in 0 .. ${count - 1}`,
      );
    }
  }
}

/** How many training images each class has. */
export function classCounts(
  { classes, train }: { classes: number; train: Pick<ImageSet, "labels"> },
): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const [i, label] of train.labels.entries()) {
    if (counts[label] === undefined) {
      throw new RangeError(
        `Cannot count the classes: label ${i} is ${label}, and the classes are 0 to ${classes - 1}`,
      );
    }
    counts[label]++;
  }
  return counts;
}
