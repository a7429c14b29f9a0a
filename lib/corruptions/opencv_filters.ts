import { reflect101 } from "./opencv_border.ts";

/** A grey image: values [height, width]. */
export interface Plane<Values extends ArrayLike<number> = Uint8Array> {
  readonly height: number;
  readonly width: number;
  readonly values: Values;
}

/** The eight neighbours of every pixel and itself, weighted by [3, 3]; the borders mirror about the outermost pixels. */
function weigh3x3(
  { height, width, values }: Plane<ArrayLike<number>>,
  weights: readonly number[],
): Float64Array {
  const out = new Float64Array(height * width);
  for (let y = 0; y < height; y++) {
    const rows = [-1, 0, 1].map((d) => reflect101(y + d, height) * width);
    for (let x = 0; x < width; x++) {
      const left = reflect101(x - 1, width);
      const right = reflect101(x + 1, width);
      let sum = 0;
      for (let k = 0; k < 3; k++) {
        const row = rows[k]!;
        sum += weights[3 * k]! * values[row + left]! + weights[3 * k + 1]! * values[row + x]! +
          weights[3 * k + 2]! * values[row + right]!;
      }
      out[y * width + x] = sum;
    }
  }
  return out;
}

const ONES = [1, 1, 1, 1, 1, 1, 1, 1, 1];

/** Means of 3 x 3 pixels in float32: OpenCV's `blur(src, (3, 3))` of float32. */
export function blur3x3Float32(plane: Plane<Float32Array>): Float32Array {
  // the sums are exact in float64, as OpenCV has them; the factor 1/9 is then a float64 as well
  return Float32Array.from(weigh3x3(plane, ONES), (sum) => sum * (1 / 9));
}

/** Means of 3 x 3 bytes, rounded: OpenCV's `blur(src, (3, 3))` of uint8. */
export function blur3x3(plane: Plane): Uint8Array {
  return Uint8Array.from(weigh3x3(plane, ONES), (sum) => Math.round(sum / 9));
}

/** Correlates bytes with a [3, 3] kernel of whole numbers, cut to 0 .. 255: OpenCV's `filter2D`. */
export function filter3x3(plane: Plane, kernel: readonly number[]): Uint8Array {
  return Uint8Array.from(weigh3x3(plane, kernel), (sum) => sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

/** Spreads grey levels evenly over 0 .. 255, the lowest at 0: OpenCV's `equalizeHist`. */
export function equalizeHistogram(values: Uint8Array): Uint8Array {
  const histogram = new Int32Array(256);
  for (const value of values) histogram[value]!++;
  const lowest = histogram.findIndex((count) => count > 0);
  const others = values.length - (histogram[lowest] ?? 0);
  if (others === 0) return values.slice();
  // as in OpenCV in float32, to the nearest, halves to even (ECMAScript's ToUint8Clamp)
  const scale = Math.fround(255 / others);
  const table = new Uint8ClampedArray(256);
  let sum = 0;
  for (let level = lowest + 1; level < 256; level++) {
    sum += histogram[level]!;
    table[level] = Math.fround(sum * scale);
  }
  return values.map((value) => table[value]!);
}
