import type { Generator } from "../random/mod.ts";
import type { PlaneShape } from "./gaussian_filter.ts";

// ImageMagick's pixels have 16 bits: a byte b is 257 b there
const QUANTA_PER_LEVEL = 257;

// degrees to either side of a motion to the right, in the scripts of MNIST-C and ImageNet-C
const LARGEST_ANGLE = 45;

/** Draws the angle of a motion blur in degrees, in [-45, 45). */
export function motionAngle(random: Generator): number {
  return (2 * random.uniform() - 1) * LARGEST_ANGLE;
}

/**
 * Smears an image of bytes in one direction, as ImageMagick's `-motion-blur radius x sigma + angle` does.
 *
 * out(x, y) = sum_i k_i in(x + ceil(i cos a - 1/2), y + ceil(i sin a - 1/2)), i = 0 .. 2 ceil(radius), with
 * k_i proportional to exp(-i^2 / (2 sigma^2)) and of sum 1; the angle is in degrees, y points down, and beyond a border
 * its pixels go on. The result is ROUNDED to 16 bits and then CUT to 8, as the scripts of MNIST-C and ImageNet-C got it
 * through a PNG of 8 bits.
 */
export function motionBlur(
  image: Uint8Array,
  [height, width, channels]: PlaneShape,
  { radius, sigma, angle }: { radius: number; sigma: number; angle: number },
): Uint8Array {
  const kernel = halfKernel(2 * Math.ceil(radius) + 1, sigma);
  const offsets = pathOffsets(kernel.length, angle);
  const source = new Float64Array(image.length);
  for (let i = 0; i < image.length; i++) source[i] = QUANTA_PER_LEVEL * image[i]!;
  const sums = new Float64Array(image.length);
  const row = width * channels;
  kernel.forEach((weight, tap) => {
    const { x: right, y: down } = offsets[tap]!;
    // columns first .. last - 1 take their sample from within the row; the others take that of the border
    const first = Math.min(Math.max(-right, 0), width);
    const last = Math.max(Math.min(width - right, width), first);
    for (let y = 0; y < height; y++) {
      const from = Math.min(Math.max(y + down, 0), height - 1) * row;
      const to = y * row;
      addEdge(sums, to, to + first * channels, source, from, { weight, channels });
      const shift = from - to + right * channels;
      const end = to + last * channels;
      for (let i = to + first * channels; i < end; i++) sums[i]! += weight * source[i + shift]!;
      addEdge(sums, end, to + row, source, from + row - channels, { weight, channels });
    }
  });
  const out = new Uint8Array(image.length);
  for (let i = 0; i < out.length; i++) out[i] = Math.floor(sums[i]! + 0.5) / QUANTA_PER_LEVEL;
  return out;
}

/** Adds the pixel at `pixel` of the source, weighted, to the pixels from `start` to `end`. */
function addEdge(
  sums: Float64Array,
  start: number,
  end: number,
  source: Float64Array,
  pixel: number,
  { weight, channels }: { weight: number; channels: number },
): void {
  for (let i = start; i < end; i += channels) {
    for (let c = 0; c < channels; c++) sums[i + c]! += weight * source[pixel + c]!;
  }
}

/** Weights of the pixel itself and of those that follow it on the path. */
function halfKernel(width: number, sigma: number): Float64Array {
  const weights = Float64Array.from(
    { length: width },
    (_, i) => Math.exp(-(i * i) / (2 * sigma * sigma)) / (Math.sqrt(2 * Math.PI) * sigma),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

function pathOffsets(width: number, angle: number): { x: number; y: number }[] {
  const radians = angle * Math.PI / 180;
  const [down, right] = [width * Math.sin(radians), width * Math.cos(radians)];
  const length = Math.hypot(down, right);
  return Array.from({ length: width }, (_, i) => ({
    x: Math.ceil(i * right / length - 0.5),
    y: Math.ceil(i * down / length - 0.5),
  }));
}
