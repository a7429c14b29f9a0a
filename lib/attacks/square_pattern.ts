/** What Square Attack draws on images: how large the squares are, and what L2's squares hold. */

// Andriushchenko et al. 2020: the share of pixels in the first square, and after how many of 10,000 queries it is halved.
const FIRST_SHARE = 0.8;
const HALVINGS = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000] as const;
const SCHEDULE_QUERIES = 10_000;

/** The share of the pixels in the square of a query (counted from 0). */
export function squareShare(
  query: number,
  { queries, rescaled }: { queries: number; rescaled: boolean },
): number {
  const at = rescaled ? Math.trunc(query / queries * SCHEDULE_QUERIES) : query;
  return FIRST_SHARE / 2 ** HALVINGS.filter((limit) => at > limit).length;
}

/** The side of the square of that share; no longer than the image's shorter side. */
export function squareSide(
  share: number,
  height: number,
  width: number,
  norm: "linf" | "l2",
): number {
  const side = Math.round(Math.sqrt(share * height * width));
  // L2's pattern has a middle row.
  const whole = norm === "linf" ? Math.max(side, 1) : Math.max(side, 3) | 1;
  return Math.min(whole, height, width);
}

/** A pyramid of nested squares around the middle of a height x width rectangle, of unit norm. */
function pyramid(height: number, width: number): Float64Array {
  const values = new Float64Array(height * width);
  const [middleRow, middleColumn] = [Math.floor(height / 2), Math.floor(width / 2)];
  const levels = Math.max(middleRow, middleColumn);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const ring = Math.max(Math.abs(row - middleRow), Math.abs(column - middleColumn));
      for (let level = ring; level <= levels; level++) {
        values[row * width + column]! += 1 / (level + 1) ** 2;
      }
    }
  }
  return normalised(values);
}

function normalised(values: Float64Array): Float64Array {
  const norm = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return values.map((value) => value / norm);
}

/**
 * The pattern of an L2 square, eta in the paper: a positive pyramid above a negative one, of unit norm.
 *
 * @param transposed Whether they stand side by side instead
 * @returns [side, side]
 */
export function squarePattern(side: number, transposed: boolean): Float32Array {
  const top = Math.floor(side / 2);
  const values = new Float64Array(side * side);
  if (top > 0) values.set(pyramid(top, side));
  values.set(pyramid(side - top, side).map((value) => -value), top * side);
  const pattern = normalised(values);
  return Float32Array.from(
    pattern,
    (_, i) => pattern[transposed ? (i % side) * side + Math.floor(i / side) : i]!,
  );
}
