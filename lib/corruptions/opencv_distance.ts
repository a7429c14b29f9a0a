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
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y + MARGIN) * wide + x + MARGIN;
      steps[at] = values[y * width + x] === 0 ? 0 : least(steps, at, -wide, -1);
    }
  }
  const out = new Float32Array(height * width);
  for (let y = height - 1; y >= 0; y--) {
    for (let x = width - 1; x >= 0; x--) {
      const at = (y + MARGIN) * wide + x + MARGIN;
      const back = least(steps, at, wide, 1);
      if (back < steps[at]!) steps[at] = back;
      out[y * width + x] = steps[at]!;
    }
  }
  return out;
}

/** The shortest way to a pixel by its neighbours in the row of `side` and in the two rows of `row`. */
function least(steps: Float32Array, at: number, row: number, side: number): number {
  const next = at + row;
  const far = next + row;
  const knight = Math.min(
    Math.min(steps[far - 1]!, steps[far + 1]!),
    Math.min(steps[next - 2]!, steps[next + 2]!),
  );
  const diagonal = Math.min(steps[next - 1]!, steps[next + 1]!);
  const straight = Math.min(steps[next]!, steps[at + side]!);
  return Math.min(Math.min(knight + KNIGHT, diagonal + DIAGONAL), straight + STRAIGHT);
}
