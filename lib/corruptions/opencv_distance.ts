import type { Plane } from "./opencv_filters.ts";

// OpenCV's distances to the neighbours in a 5 x 5 mask for DIST_L2: beside, diagonal, and a knight's move away
const STRAIGHT = 1;
const DIAGONAL = Math.fround(1.4);
const KNIGHT = Math.fround(2.1969);

// farther than any distance
const FAR = 2 ** 24;
const MARGIN = 2;

/**
 * Distance of every pixel to the nearest zero, by steps of 1, 1.4 and 2.1969: OpenCV's `distanceTransform(src, DIST_L2, 5)`.
 *
 * In float32, as OpenCV 4.10's wheels compute it. Where the image has no zero, distances exceed any side.
 */
export function chamferDistance({ height, width, values }: Plane): Float32Array {
  const wide = width + 2 * MARGIN;
  const steps = new Float32Array((height + 2 * MARGIN) * wide).fill(FAR);
  const before = [
    [-2 * wide - 1, KNIGHT],
    [-2 * wide + 1, KNIGHT],
    [-wide - 2, KNIGHT],
    [-wide - 1, DIAGONAL],
    [-wide, STRAIGHT],
    [-wide + 1, DIAGONAL],
    [-wide + 2, KNIGHT],
    [-1, STRAIGHT],
  ] as const;
  const lower = (at: number, sign: 1 | -1) => {
    let least = steps[at]!;
    for (const [shift, length] of before) {
      const reached = Math.fround(steps[at + sign * shift]! + length);
      if (reached < least) least = reached;
    }
    steps[at] = least;
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y + MARGIN) * wide + x + MARGIN;
      if (values[y * width + x] === 0) steps[at] = 0;
      else lower(at, 1);
    }
  }
  const out = new Float32Array(height * width);
  for (let y = height - 1; y >= 0; y--) {
    for (let x = width - 1; x >= 0; x--) {
      const at = (y + MARGIN) * wide + x + MARGIN;
      lower(at, -1);
      out[y * width + x] = steps[at]!;
    }
  }
  return out;
}
