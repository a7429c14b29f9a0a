import type { DecodedImage } from "./decode_image.ts";

// Pillow's Resample.c: weights are integers of so many binary digits after the point
const PRECISION = 22;

/**
 * Resizes an image with Pillow's bilinear filter (a triangle, widened by the scale where the image shrinks: antialias), to
 * the byte. This is what torchvision's `Resize` does with a Pillow image.
 *
 * Our own, because libvips shrinks in two steps with other weights.
 *
 * @throws {RangeError} unless the size is of whole numbers of at least 1
 */
export function resizeImage(
  image: DecodedImage,
  { width, height }: { width: number; height: number },
): DecodedImage {
  for (const size of [width, height]) {
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(
        `Cannot resize to ${width} x ${height}: wanted whole numbers of at least 1`,
      );
    }
  }
  const wide = image.width === width ? image : resizeRows(image, width);
  return wide.height === height ? wide : resizeColumns(wide, height);
}

/** Resizes so that the shorter side is `size`, and the longer one in proportion, rounded down (torchvision's `Resize(size)`). */
export function resizeShorterSide(image: DecodedImage, size: number): DecodedImage {
  const { width, height } = image;
  return width <= height
    ? resizeImage(image, { width: size, height: Math.trunc(size * height / width) })
    : resizeImage(image, { width: Math.trunc(size * width / height), height: size });
}

/**
 * The square of `size` pixels in the middle; where it cannot be exactly there, half a pixel further up or left or down or
 * right, as Python rounds (torchvision's `CenterCrop(size)`).
 *
 * @throws {RangeError} when the image is smaller
 */
export function centreCrop({ width, height, channels, data }: DecodedImage, size: number) {
  if (!Number.isInteger(size) || size < 1 || size > Math.min(width, height)) {
    throw new RangeError(`Cannot crop ${size} x ${size} pixels out of ${width} x ${height}`);
  }
  const top = roundHalfEven((height - size) / 2), left = roundHalfEven((width - size) / 2);
  const out = new Uint8Array(size * size * channels);
  for (let y = 0; y < size; y++) {
    const start = ((top + y) * width + left) * channels;
    out.set(data.subarray(start, start + size * channels), y * size * channels);
  }
  return { width: size, height: size, channels, data: out } satisfies DecodedImage;
}

/** The weights of the pixels that make each new one. */
interface Weights {
  /** The first pixel of each, and how many. */
  first: Int32Array;
  count: Int32Array;
  /** Row after row, `taps` each. */
  values: Int32Array;
  taps: number;
}

function bilinearWeights(from: number, to: number): Weights {
  const scale = from / to;
  const support = Math.max(scale, 1);
  const taps = Math.ceil(support) * 2 + 1;
  const weights = {
    first: new Int32Array(to),
    count: new Int32Array(to),
    values: new Int32Array(to * taps),
    taps,
  };
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const count = Math.min(from, Math.trunc(centre + support + 0.5)) - first;
    const raw = Array.from(
      { length: count },
      (_, x) => Math.max(0, 1 - Math.abs((x + first - centre + 0.5) * (1 / support))),
    );
    const sum = raw.reduce((total, weight) => total + weight, 0);
    weights.first[i] = first;
    weights.count[i] = count;
    raw.forEach((weight, x) => {
      const part = sum === 0 ? weight : weight / sum;
      weights.values[i * taps + x] = Math.trunc(0.5 + part * 2 ** PRECISION);
    });
  }
  return weights;
}

function resizeRows({ width, height, channels, data }: DecodedImage, to: number): DecodedImage {
  const { first, count, values, taps } = bilinearWeights(width, to);
  const out = new Uint8Array(to * height * channels);
  for (let y = 0; y < height; y++) {
    const row = y * width * channels;
    for (let x = 0; x < to; x++) {
      const start = row + first[x]! * channels;
      for (let c = 0; c < channels; c++) {
        let sum = 1 << (PRECISION - 1);
        for (let k = 0, at = start + c; k < count[x]!; k++, at += channels) {
          sum += data[at]! * values[x * taps + k]!;
        }
        out[(y * to + x) * channels + c] = sum >> PRECISION;
      }
    }
  }
  return { width: to, height, channels, data: out };
}

function resizeColumns({ width, height, channels, data }: DecodedImage, to: number): DecodedImage {
  const { first, count, values, taps } = bilinearWeights(height, to);
  const line = width * channels;
  const out = new Uint8Array(to * line);
  const sums = new Int32Array(line);
  for (let y = 0; y < to; y++) {
    sums.fill(1 << (PRECISION - 1));
    for (let k = 0; k < count[y]!; k++) {
      const weight = values[y * taps + k]!;
      const start = (first[y]! + k) * line;
      for (let i = 0; i < line; i++) sums[i]! += data[start + i]! * weight;
    }
    for (let i = 0; i < line; i++) out[y * line + i] = sums[i]! >> PRECISION;
  }
  return { width, height: to, channels, data: out };
}

/** Python's round(): halves to the even number. */
function roundHalfEven(value: number): number {
  const down = Math.floor(value);
  return value - down === 0.5 && down % 2 === 0 ? down : Math.round(value);
}
