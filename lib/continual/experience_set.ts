/** The images of experiences as a set of their own. */
import type { ImageSet } from "../datasets/mod.ts";

/**
 * The order of the images of an experience: that of the data set, or class by class in ascending order as in avalanche-lib 0.6.0.
 * Training shuffles them; but EWC's batches when an experience ends, and the last ones that are held out, go by it.
 */
export type ImageOrder = "dataset" | "class";

/**
 * Indices of a set in the order that the images of an experience have.
 *
 * @throws {RangeError} when there is no such order
 */
export function inOrder(
  indices: number[],
  { labels }: ImageSet,
  order: ImageOrder = "dataset",
): number[] {
  if (order === "dataset") return indices;
  if (order !== "class") {
    throw new RangeError(`There is no order of images "${order}"; known are dataset, class`);
  }
  return indices.toSorted((a, b) => labels[a]! - labels[b]! || a - b);
}

/** Images of a set in another order, under other labels, with their bytes in another order where `pixelOrderOf` says so. */
export function gathered(set: ImageSet, options: {
  name: string;
  indices: Uint32Array;
  labels: Int32Array;
  pixelOrderOf?: (i: number) => Uint32Array;
}): ImageSet {
  const { name, indices, labels, pixelOrderOf } = options;
  return {
    name,
    count: indices.length,
    shape: set.shape,
    labels,
    async read(wanted) {
      const pixels = await set.read(Uint32Array.from(wanted, (i) => indexOf(i)));
      if (pixelOrderOf === undefined) return pixels;
      const size = pixels.length / wanted.length;
      const moved = new Uint8Array(pixels.length);
      for (let n = 0; n < wanted.length; n++) {
        const order = pixelOrderOf(wanted[n]!);
        const first = n * size;
        for (let p = 0; p < size; p++) moved[first + p] = pixels[first + order[p]!]!;
      }
      return moved;
    },
  };

  function indexOf(i: number): number {
    const index = indices[i];
    if (index !== undefined) return index;
    throw new RangeError(
      `Cannot read image ${i} of "${name}": give whole numbers in 0 .. ${indices.length - 1}`,
    );
  }
}
