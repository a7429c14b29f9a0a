import type { Affine } from "./affine.ts";

/**
 * Moves an image [height, width]: the pixel at (x, y) of the result is the input where the map takes (x, y), bilinearly.
 *
 * Convention of scikit-image 0.15's `warp(order=1)`: outside of the input all is 0, which counts in the interpolation. The
 * result is cut to the range of the input's values, but what is exactly 0 stays so.
 */
export function warpAffine(
  values: Float64Array,
  [height, width]: readonly [height: number, width: number],
  [a, b, c, d, e, f]: Affine,
): Float64Array {
  const image = { values, height, width };
  const [low, high] = range(values);
  const out = new Float64Array(height * width);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const column = a * x + b * y + c;
      const row = d * x + e * y + f;
      const left = Math.floor(column), above = Math.floor(row);
      const over = column - left, down = row - above;
      // not Math.ceil, whose -0 is no index to the compiler
      const right = over > 0 ? left + 1 : left, below = down > 0 ? above + 1 : above;
      const top = (1 - over) * pixel(image, above, left) + over * pixel(image, above, right);
      const bottom = (1 - over) * pixel(image, below, left) + over * pixel(image, below, right);
      const value = (1 - down) * top + down * bottom;
      out[i] = value === 0 ? 0 : Math.min(Math.max(value, low), high);
    }
  }
  return out;
}

/** The map with this linear part that leaves the point (centre, centre) where it is. */
export function aboutCentre(
  [[a, b], [d, e]]: readonly [readonly [number, number], readonly [number, number]],
  centre: number,
): Affine {
  return [a, b, centre * (1 - a - b), d, e, centre * (1 - d - e)];
}

function pixel(
  { values, height, width }: { values: Float64Array; height: number; width: number },
  row: number,
  column: number,
): number {
  const isInside = row >= 0 && row < height && column >= 0 && column < width;
  return isInside ? values[row * width + column]! : 0;
}

function range(values: Float64Array): [low: number, high: number] {
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}
