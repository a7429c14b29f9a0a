import type { DecodedImage } from "./decode_image.ts";

// Pillow's Resample.c: weights are integers of so many binary digits after the point
const PRECISION = 22;

/**
 * Resizes an image with Pillow's bilinear filter (a triangle, widened by the scale where the image shrinks: antialias), to
 * the byte. This is what torchvision's `Resize` does with a Pillow image, along the rows first as in Pillow up to 12; 13
 * begins with the columns of images more than twice as high as wide that shrink, where some bytes differ by 1.
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
  return resample(image, { width, height }, { left: 0, top: 0, width, height });
}

/** Resizes so that the shorter side is `size`, and the longer one in proportion, rounded down (torchvision's `Resize(size)`). */
export function resizeShorterSide(image: DecodedImage, size: number): DecodedImage {
  return resizeImage(image, shorterSideSize(image, size));
}

/**
 * `centreCrop(resizeShorterSide(image, shorterSide), crop)` to the byte, without the pixels that the crop leaves out.
 *
 * @throws {RangeError} when the crop is larger than the shorter side
 */
export function resizeAndCrop(
  image: DecodedImage,
  { shorterSide, crop }: { shorterSide: number; crop: number },
): DecodedImage {
  const size = shorterSideSize(image, shorterSide);
  return resample(image, size, centreWindow(size, crop));
}

function shorterSideSize({ width, height }: { width: number; height: number }, size: number) {
  return width <= height
    ? { width: size, height: Math.trunc(size * height / width) }
    : { width: Math.trunc(size * width / height), height: size };
}

/**
 * The square of `size` pixels in the middle; where it cannot be exactly there, half a pixel further up or left or down or
 * right, as Python rounds (torchvision's `CenterCrop(size)`).
 *
 * @throws {RangeError} when the image is smaller
 */
export function centreCrop({ width, height, channels, data }: DecodedImage, size: number) {
  const { left, top } = centreWindow({ width, height }, size);
  const out = new Uint8Array(size * size * channels);
  for (let y = 0; y < size; y++) {
    const start = ((top + y) * width + left) * channels;
    out.set(data.subarray(start, start + size * channels), y * size * channels);
  }
  return { width: size, height: size, channels, data: out } satisfies DecodedImage;
}

/** A part of an image. */
interface Window {
  left: number;
  top: number;
  width: number;
  height: number;
}

function centreWindow({ width, height }: { width: number; height: number }, size: number): Window {
  if (!Number.isInteger(size) || size < 1 || size > Math.min(width, height)) {
    throw new RangeError(`Cannot crop ${size} x ${size} pixels out of ${width} x ${height}`);
  }
  const [left, top] = [roundHalfEven((width - size) / 2), roundHalfEven((height - size) / 2)];
  return { left, top, width: size, height: size };
}

/** The weights of the pixels that make each new one. */
interface Weights {
  /** The first pixel of each. */
  first: Int32Array;
  /** Row after row, `taps` each; 0 for pixels that do not count. */
  values: Int32Array;
  /** Pixels that make one. */
  taps: number;
}

/** The weights that make the pixels `start` to `start + count` of a line of `to` out of one of `from`. */
function bilinearWeights(from: number, to: number, start: number, count: number): Weights {
  const scale = from / to;
  const support = Math.max(scale, 1);
  const lines = Array.from({ length: count }, (_, i) => {
    const centre = (start + i + 0.5) * scale;
    const begin = Math.max(0, Math.trunc(centre - support + 0.5));
    const length = Math.min(from, Math.trunc(centre + support + 0.5)) - begin;
    const weights = Array.from(
      { length },
      (_, x) => Math.max(0, 1 - Math.abs((x + begin - centre + 0.5) * (1 / support))),
    );
    return { begin, weights };
  });
  const longest = Math.max(...lines.map(({ weights }) => weights.length));
  const taps = Math.min(from, Math.max(FOUR, longest));
  const first = new Int32Array(count), values = new Int32Array(count * taps);
  lines.forEach(({ begin, weights }, i) => {
    const sum = weights.reduce((total, weight) => total + weight, 0);
    // All have the same number of pixels, so that none lies beyond the line.
    first[i] = Math.min(begin, from - taps);
    const skipped = begin - first[i]!;
    weights.forEach((weight, x) => {
      const part = sum === 0 ? weight : weight / sum;
      values[i * taps + skipped + x] = Math.trunc(0.5 + part * 2 ** PRECISION);
    });
  });
  return { first, values, taps };
}

// pixels that make one where an image shrinks to no less than half: most do
const FOUR = 4;
const HALF = 1 << (PRECISION - 1);

/** The part `window` of the image resized to `size`: first along the rows, of which only those are made that count. */
function resample(
  image: DecodedImage,
  size: { width: number; height: number },
  window: Window,
): DecodedImage {
  const { width, height, channels } = image;
  if (image.data.length !== width * height * channels) {
    throw new TypeError(
      `Cannot resize an image of ${width} x ${height} x ${channels} that has ${image.data.length} bytes`,
    );
  }
  const rows = { first: 0, count: height };
  let columns: Weights | undefined;
  if (size.height !== height) {
    columns = bilinearWeights(height, size.height, window.top, window.height);
    rows.first = columns.first[0]!;
    rows.count = columns.first.at(-1)! + columns.taps - rows.first;
  } else {
    rows.first = window.top;
    rows.count = window.height;
  }
  const across = size.width === width
    ? cutRows(image, window, rows)
    : resizeRows(image, bilinearWeights(width, size.width, window.left, window.width), rows);
  const data = columns === undefined
    ? across
    : resizeColumns(across, columns, window.width * channels);
  return { width: window.width, height: window.height, channels, data };
}

interface Rows {
  first: number;
  count: number;
}

function cutRows({ width, channels, data }: DecodedImage, window: Window, rows: Rows): Uint8Array {
  const line = window.width * channels;
  const out = new Uint8Array(rows.count * line);
  for (let y = 0; y < rows.count; y++) {
    const start = ((rows.first + y) * width + window.left) * channels;
    out.set(data.subarray(start, start + line), y * line);
  }
  return out;
}

function resizeRows(
  { width, channels, data }: DecodedImage,
  { first, values, taps }: Weights,
  rows: Rows,
): Uint8Array {
  const out = new Uint8Array(rows.count * first.length * channels);
  if (taps === FOUR) {
    fourInRows(out, data, { width, channels, first, values, rows });
    return out;
  }
  let to = 0;
  for (let y = rows.first; y < rows.first + rows.count; y++) {
    for (let x = 0; x < first.length; x++) {
      const start = (y * width + first[x]!) * channels;
      for (let c = 0; c < channels; c++) {
        let sum = HALF;
        for (let k = x * taps, at = start + c; k < (x + 1) * taps; k++, at += channels) {
          sum = sum + Math.imul(data[at]!, values[k]!) | 0;
        }
        out[to++] = sum >> PRECISION;
      }
    }
  }
  return out;
}

/** As the loop over `taps`, written out: twice as fast. */
function fourInRows(
  out: Uint8Array,
  data: Uint8Array,
  { width, channels, first, values, rows }: Omit<Weights, "taps"> & {
    width: number;
    channels: number;
    rows: Rows;
  },
): void {
  let to = 0;
  for (let y = rows.first; y < rows.first + rows.count; y++) {
    for (let x = 0; x < first.length; x++) {
      const k = x * FOUR;
      const w0 = values[k]!, w1 = values[k + 1]!, w2 = values[k + 2]!, w3 = values[k + 3]!;
      let a = (y * width + first[x]!) * channels;
      for (const end = a + channels; a < end; a++) {
        const b = a + channels, c = b + channels, d = c + channels;
        out[to++] = (HALF + Math.imul(data[a]!, w0) + Math.imul(data[b]!, w1) +
          Math.imul(data[c]!, w2) + Math.imul(data[d]!, w3)) >> PRECISION;
      }
    }
  }
}

function resizeColumns(
  data: Uint8Array,
  { first, values, taps }: Weights,
  line: number,
): Uint8Array {
  const out = new Uint8Array(first.length * line);
  if (taps === FOUR) {
    fourInColumns(out, data, { first, values, line });
    return out;
  }
  const sums = new Int32Array(line);
  for (let y = 0; y < first.length; y++) {
    sums.fill(HALF);
    for (let k = 0; k < taps; k++) {
      const weight = values[y * taps + k]!;
      const start = (first[y]! - first[0]! + k) * line;
      for (let i = 0; i < line; i++) sums[i] = sums[i]! + Math.imul(data[start + i]!, weight) | 0;
    }
    for (let i = 0; i < line; i++) out[y * line + i] = sums[i]! >> PRECISION;
  }
  return out;
}

function fourInColumns(
  out: Uint8Array,
  data: Uint8Array,
  { first, values, line }: Omit<Weights, "taps"> & { line: number },
): void {
  for (let y = 0; y < first.length; y++) {
    const k = y * FOUR, to = y * line;
    const w0 = values[k]!, w1 = values[k + 1]!, w2 = values[k + 2]!, w3 = values[k + 3]!;
    const a = (first[y]! - first[0]!) * line, b = a + line, c = b + line, d = c + line;
    for (let i = 0; i < line; i++) {
      out[to + i] = (HALF + Math.imul(data[a + i]!, w0) + Math.imul(data[b + i]!, w1) +
        Math.imul(data[c + i]!, w2) + Math.imul(data[d + i]!, w3)) >> PRECISION;
    }
  }
}

/** Python's round(): halves to the even number. */
function roundHalfEven(value: number): number {
  const down = Math.floor(value);
  return value - down === 0.5 && down % 2 === 0 ? down : Math.round(value);
}
