import { reflect101 } from "./opencv_border.ts";

/** A grey image: values [height, width]. */
export interface Plane<Values extends ArrayLike<number> = Uint8Array> {
  readonly height: number;
  readonly width: number;
  readonly values: Values;
}

/** Sums of every pixel and its eight neighbours, weighted; the borders mirror about the outermost pixels. */
function weigh3x3(
  { height, width, values }: Plane<ArrayLike<number>>,
  [a, b, c, d, e, f, g, h, i]: Kernel,
): Float64Array {
  const wide = width + 2;
  const padded = new Float64Array((height + 2) * wide);
  for (let y = -1; y <= height; y++) {
    const from = reflect101(y, height) * width;
    const to = (y + 1) * wide + 1;
    for (let x = 0; x < width; x++) padded[to + x] = values[from + x]!;
    padded[to - 1] = values[from + reflect101(-1, width)]!;
    padded[to + width] = values[from + reflect101(width, width)]!;
  }
  const out = new Float64Array(height * width);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0, up = y * wide; x < width; x++, up++, at++) {
      const row = up + wide;
      const down = row + wide;
      out[at] = a * padded[up]! + b * padded[up + 1]! + c * padded[up + 2]! +
        d * padded[row]! + e * padded[row + 1]! + f * padded[row + 2]! +
        g * padded[down]! + h * padded[down + 1]! + i * padded[down + 2]!;
    }
  }
  return out;
}

/** Weights in rows. */
type Kernel = readonly [
  ...[a: number, b: number, c: number],
  ...[d: number, e: number, f: number],
  ...[g: number, h: number, i: number],
];

const ONES: Kernel = [1, 1, 1, 1, 1, 1, 1, 1, 1];

/** Means of 3 x 3 pixels in float32: OpenCV's `blur(src, (3, 3))` of float32. */
export function blur3x3Float32(plane: Plane<Float32Array>): Float32Array {
  const out = new Float32Array(plane.values.length);
  // the sums are exact in float64, as OpenCV has them; the factor 1/9 is then a float64 as well
  const sums = weigh3x3(plane, ONES);
  for (let i = 0; i < out.length; i++) out[i] = sums[i]! * (1 / 9);
  return out;
}

/** Means of 3 x 3 bytes, rounded: OpenCV's `blur(src, (3, 3))` of uint8. */
export function blur3x3(plane: Plane): Uint8Array {
  const out = new Uint8Array(plane.values.length);
  const sums = weigh3x3(plane, ONES);
  for (let i = 0; i < out.length; i++) out[i] = Math.round(sums[i]! / 9);
  return out;
}

/** Correlates bytes with a [3, 3] kernel of whole numbers, cut to 0 .. 255: OpenCV's `filter2D`. */
export function filter3x3(plane: Plane, kernel: Kernel): Uint8Array {
  const out = new Uint8ClampedArray(plane.values.length);
  out.set(weigh3x3(plane, kernel));
  return new Uint8Array(out.buffer);
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
  const out = new Uint8Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = table[values[i]!]!;
  return out;
}
