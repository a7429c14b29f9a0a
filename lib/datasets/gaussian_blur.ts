import type { ImageShape } from "./types.ts";

// SciPy's gaussian_filter cuts the kernel at this many standard deviations
const TRUNCATE = 4;

/**
 * Blurs an array [height, width, channels] with a Gaussian along each axis of more than one element that is asked for.
 *
 * Convention of SciPy's `gaussian_filter(mode="nearest")`: the kernel is cut at 4 standard deviations and sums to one,
 * values beyond a border are those of the border. With `mixChannels` the channels are an axis like the others.
 */
export function gaussianBlur(
  values: Float64Array,
  [height, width, channels]: ImageShape,
  { sigma, mixChannels }: { sigma: number; mixChannels: boolean },
): Float64Array {
  const kernel = gaussianKernel(sigma);
  let out = blurAxis(values, { length: height, stride: width * channels }, kernel);
  out = blurAxis(out, { length: width, stride: channels }, kernel);
  return mixChannels ? blurAxis(out, { length: channels, stride: 1 }, kernel) : out;
}

function gaussianKernel(sigma: number): Float64Array {
  const radius = Math.floor(TRUNCATE * sigma + 0.5);
  const weights = Float64Array.from(
    { length: 2 * radius + 1 },
    (_, i) => Math.exp(-0.5 * ((i - radius) / sigma) ** 2),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

function blurAxis(
  values: Float64Array,
  { length, stride }: { length: number; stride: number },
  kernel: Float64Array,
): Float64Array {
  // along an axis of one element every neighbour is the element itself
  if (length === 1) return values;
  const radius = (kernel.length - 1) / 2;
  const out = new Float64Array(values.length);
  for (let line = 0; line < values.length; line += length * stride) {
    for (let at = 0; at < length; at++) {
      for (let tap = 0; tap < kernel.length; tap++) {
        const from = Math.min(Math.max(at + tap - radius, 0), length - 1);
        const weight = kernel[tap]!;
        const source = line + from * stride;
        const target = line + at * stride;
        for (let i = 0; i < stride; i++) out[target + i]! += weight * values[source + i]!;
      }
    }
  }
  return out;
}
