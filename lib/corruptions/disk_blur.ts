import { reflect101 } from "./opencv_border.ts";

/** One element of a kernel that is not zero. */
interface Tap {
  down: number;
  right: number;
  weight: number;
}

// up to this radius the kernel has 17 x 17 elements and is softened by 3 x 3, above it by 5 x 5
const SMALL_RADIUS = 8;

const kernels = new Map<string, Tap[]>();

/**
 * Blurs an image [side, side, channels] with a disk whose edge is softened, as an unsharp lens does.
 *
 * The disk, X^2 + Y^2 <= radius^2 on whole numbers, has sum 1 and is blurred by OpenCV's GaussianBlur in float32; below
 * radius 1 it is one pixel, so that only the Gaussian acts. Borders mirror the image about its outermost pixels.
 */
export function diskBlur(
  values: Float64Array,
  { side, channels, radius, softness }: {
    side: number;
    channels: number;
    radius: number;
    softness: number;
  },
): Float64Array {
  const taps = tapsOf(radius, softness);
  const margin = taps.reduce((most, { down }) => Math.max(most, Math.abs(down)), 0);
  const wide = (side + 2 * margin) * channels;
  const padded = new Float64Array((side + 2 * margin) * wide);
  for (let y = -margin; y < side + margin; y++) {
    const from = reflect101(y, side) * side;
    for (let x = -margin; x < side + margin; x++) {
      const source = (from + reflect101(x, side)) * channels;
      const target = (y + margin) * wide + (x + margin) * channels;
      for (let c = 0; c < channels; c++) padded[target + c] = values[source + c]!;
    }
  }
  const out = new Float64Array(values.length);
  const row = side * channels;
  for (let y = 0; y < side; y++) {
    for (const { down, right, weight } of taps) {
      const shift = (y + margin + down) * wide + (margin + right) * channels - y * row;
      for (let i = y * row; i < (y + 1) * row; i++) out[i]! += weight * padded[i + shift]!;
    }
  }
  return out;
}

/** The kernel's elements that are not zero. */
export function tapsOf(radius: number, softness: number): Tap[] {
  const key = `${radius} ${softness}`;
  const known = kernels.get(key);
  if (known !== undefined) return known;
  const reach = radius <= SMALL_RADIUS ? SMALL_RADIUS : radius;
  const kernel = soften(disk(reach, radius), 2 * reach + 1, {
    half: radius <= SMALL_RADIUS ? 1 : 2,
    sigma: softness,
  });
  const taps = Array.from(kernel, (weight, i): Tap => ({
    down: Math.floor(i / (2 * reach + 1)) - reach,
    right: i % (2 * reach + 1) - reach,
    weight,
  })).filter(({ weight }) => weight !== 0);
  kernels.set(key, taps);
  return taps;
}

function disk(reach: number, radius: number): Float32Array {
  const side = 2 * reach + 1;
  const inside = Float32Array.from({ length: side * side }, (_, i) => {
    const [y, x] = [Math.floor(i / side) - reach, i % side - reach];
    return x * x + y * y <= radius * radius ? 1 : 0;
  });
  const sum = inside.reduce((total, value) => total + value, 0);
  return inside.map((value) => value / sum);
}

/** OpenCV's GaussianBlur of a float32 image: rows, then columns, every product and sum rounded to float32. */
function soften(
  values: Float32Array,
  side: number,
  { half, sigma }: { half: number; sigma: number },
): Float32Array {
  const weights = Array.from(
    { length: half + 1 },
    (_, i) => Math.exp(-i * i / (2 * sigma * sigma)),
  );
  const sum = weights.reduce((total, weight, i) => total + (i === 0 ? weight : 2 * weight), 0);
  const kernel = weights.map((weight) => Math.fround(weight / sum));
  const pass = (source: Float32Array, at: (line: number, place: number) => number) => {
    const out = new Float32Array(source.length);
    for (let line = 0; line < side; line++) {
      for (let place = 0; place < side; place++) {
        let total = Math.fround(source[at(line, place)]! * kernel[0]!);
        for (let i = 1; i <= half; i++) {
          const before = source[at(line, reflect101(place - i, side))]!;
          const after = source[at(line, reflect101(place + i, side))]!;
          total = Math.fround(total + Math.fround(Math.fround(before + after) * kernel[i]!));
        }
        out[at(line, place)] = total;
      }
    }
    return out;
  };
  const rows = pass(values, (line, place) => line * side + place);
  return pass(rows, (line, place) => place * side + line);
}
