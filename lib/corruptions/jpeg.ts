import { checkImage } from "./bytes.ts";
import { forwardDct, inverseDct } from "./jpeg_dct.ts";

// ITU-T T.81, annex K: the tables that libjpeg scales by the quality, in rows
const LUMINANCE = [
  ...[16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55],
  ...[14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62],
  ...[18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92],
  ...[49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99],
];
const CHROMINANCE = [
  ...[17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99],
  ...[24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99],
  ...new Array<number>(32).fill(99),
];

// colours are converted with 16 bits after the point (JFIF: Rec. 601, full range)
const HALF = 1 << 15;
const fixed = (factor: number) => Math.floor(factor * 65536 + 0.5);

/** A quantisation table at a quality of 1 .. 100 of the Independent JPEG Group: 50 gives the table itself. */
export function quantisationTable(base: readonly number[], quality: number): Int32Array {
  const percent = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
  return Int32Array.from(
    base,
    (value) => Math.min(Math.max(Math.floor((value * percent + 50) / 100), 1), 255),
  );
}

/**
 * What remains of an RGB image [side, side, 3] that is saved as a baseline JPEG and opened again.
 *
 * As Pillow does it by libjpeg-turbo (Pillow 9 and later), to the bit: colours at half the resolution both ways (4:2:0), the
 * accurate integer transform, "fancy" (triangular) upsampling of the colours. What a JPEG file does without loss, the
 * order and the Huffman codes of the coefficients, is left out.
 *
 * @throws {RangeError} when the side is no multiple of 16, or the quality not in 1 .. 100
 * @throws {TypeError} when the image is not of side x side x 3 bytes
 */
export function jpegRoundTrip(
  image: Uint8Array,
  { side, quality }: { side: number; quality: number },
): Uint8Array {
  if (!(quality >= 1 && quality <= 100)) {
    throw new RangeError(`Cannot save a JPEG at quality ${quality}: give 1 .. 100`);
  }
  if (side % 16 !== 0) {
    throw new RangeError(`Cannot compress an image of side ${side}: give a multiple of 16`);
  }
  checkImage("JPEG", image, { bytes: [side * side * 3], words: `${side} x ${side} x 3 bytes` });
  const half = side / 2;
  const luminance = quantisationTable(LUMINANCE, quality);
  const chrominance = quantisationTable(CHROMINANCE, quality);
  const [y, cb, cr] = toYcc(image);
  const brightness = compress(y, side, luminance);
  const blue = upsample(compress(downsample(cb, side), half, chrominance), half);
  const red = upsample(compress(downsample(cr, side), half, chrominance), half);
  return toRgb(brightness, blue, red);
}

function toYcc(image: Uint8Array): [y: Uint8Array, cb: Uint8Array, cr: Uint8Array] {
  const count = image.length / 3;
  const [y, cb, cr] = [new Uint8Array(count), new Uint8Array(count), new Uint8Array(count)];
  // the middle of the range, and a half less its smallest part, so that 255 stays a byte
  const middle = (128 << 16) + HALF - 1;
  for (let i = 0, at = 0; i < count; i++, at += 3) {
    const [r, g, b] = [image[at]!, image[at + 1]!, image[at + 2]!];
    y[i] = (R_Y * r + G_Y * g + B_Y * b + HALF) >> 16;
    cb[i] = (B_CB * b - R_CB * r - G_CB * g + middle) >> 16;
    cr[i] = (B_CB * r - G_CR * g - B_CR * b + middle) >> 16;
  }
  return [y, cb, cr];
}

const R_Y = fixed(0.299);
const G_Y = fixed(0.587);
const B_Y = fixed(0.114);
const R_CB = fixed(0.16874);
const G_CB = fixed(0.33126);
const B_CB = fixed(0.5);
const G_CR = fixed(0.41869);
const B_CR = fixed(0.08131);

/** Means of 2 x 2 values; halves go down in even columns and up in odd ones. */
function downsample(plane: Uint8Array, side: number): Uint8Array {
  const half = side / 2;
  const out = new Uint8Array(half * half);
  for (let y = 0; y < half; y++) {
    for (let x = 0; x < half; x++) {
      const at = 2 * y * side + 2 * x;
      const sum = plane[at]! + plane[at + 1]! + plane[at + side]! + plane[at + side + 1]!;
      out[y * half + x] = (sum + 1 + (x & 1)) >> 2;
    }
  }
  return out;
}

/** Transforms, quantises, and back: every block of 8 x 8 for itself. */
function compress(plane: Uint8Array, side: number, table: Int32Array): Uint8Array {
  const out = new Uint8ClampedArray(plane.length);
  const block = new Int32Array(64);
  for (let top = 0; top < side; top += 8) {
    for (let left = 0; left < side; left += 8) {
      const start = top * side + left;
      for (let y = 0; y < 8; y++) {
        for (let x = 0; x < 8; x++) block[8 * y + x] = plane[start + y * side + x]! - 128;
      }
      forwardDct(block);
      for (let k = 0; k < 64; k++) block[k] = quantise(block[k]!, table[k]!);
      inverseDct(block);
      for (let y = 0; y < 8; y++) {
        for (let x = 0; x < 8; x++) out[start + y * side + x] = block[8 * y + x]! + 128;
      }
    }
  }
  return new Uint8Array(out.buffer);
}

/** The nearest multiple of `step` to a coefficient that is 8 times too large; halves go away from 0. */
function quantise(coefficient: number, step: number): number {
  const size = Math.floor((Math.abs(coefficient) + 4 * step) / (8 * step)) * step;
  return coefficient < 0 ? -size : size;
}

/** Doubles a plane: 3/4 of the nearer and 1/4 of the farther value along both axes. */
function upsample(plane: Uint8Array, half: number): Uint8Array {
  const side = 2 * half;
  const out = new Uint8Array(side * side);
  const column = new Int32Array(half);
  for (let y = 0; y < side; y++) {
    const near = (y >> 1) * half;
    const other = Math.min(Math.max((y >> 1) + ((y & 1) === 0 ? -1 : 1), 0), half - 1) * half;
    for (let x = 0; x < half; x++) column[x] = 3 * plane[near + x]! + plane[other + x]!;
    for (let x = 0; x < half; x++) {
      const here = 3 * column[x]!;
      const before = column[Math.max(x - 1, 0)]!;
      const after = column[Math.min(x + 1, half - 1)]!;
      out[y * side + 2 * x] = (here + before + 8) >> 4;
      out[y * side + 2 * x + 1] = (here + after + 7) >> 4;
    }
  }
  return out;
}

const CR_R = fixed(1.402);
const CB_B = fixed(1.772);
const CB_G = fixed(0.34414);
const CR_G = fixed(0.71414);

function toRgb(y: Uint8Array, blue: Uint8Array, red: Uint8Array): Uint8Array {
  const out = new Uint8ClampedArray(3 * y.length);
  for (let i = 0, at = 0; i < y.length; i++, at += 3) {
    const cb = blue[i]! - 128;
    const cr = red[i]! - 128;
    out[at] = y[i]! + ((CR_R * cr + HALF) >> 16);
    out[at + 1] = y[i]! + ((HALF - CB_G * cb - CR_G * cr) >> 16);
    out[at + 2] = y[i]! + ((CB_B * cb + HALF) >> 16);
  }
  return new Uint8Array(out.buffer);
}
