/** What lies beyond a border: copies of the border, the mirrored image with the border twice, or zeros. */
export type Border = "nearest" | "reflect" | "constant";

/** Size of an image as the filters see it: rows, columns, and values per pixel, which are filtered apart. */
export type PlaneShape = readonly [height: number, width: number, channels: number];

// SciPy's gaussian_filter cuts the kernel at this many standard deviations
const TRUNCATE = 4;

// SciPy leaves an axis alone whose standard deviation is not above this
const SMALLEST_SIGMA = 1e-15;

/**
 * Blurs an image [height, width, channels] with a Gaussian down its columns, then along its rows.
 *
 * Convention of SciPy's `gaussian_filter`: the kernel is cut at `truncate` standard deviations, radius floor(truncate
 * sigma + 1/2), and sums to one. Border "nearest" is scikit-image's choice; "reflect" mirrors between the pixels
 * (d c b a | a b c d); "constant" is zeros. Different sigmas are given as [vertical, horizontal]; 0 leaves an axis alone.
 *
 * @throws {RangeError} when a sigma is negative or not finite
 */
export function gaussianFilter(
  values: Float64Array,
  [height, width, channels]: PlaneShape,
  { sigma, border = "nearest", truncate = TRUNCATE }: {
    sigma: number | readonly [vertical: number, horizontal: number];
    border?: Border;
    truncate?: number;
  },
): Float64Array {
  const [vertical, horizontal] = typeof sigma === "number" ? [sigma, sigma] : sigma;
  const down = gaussianKernel(vertical, truncate);
  const along = gaussianKernel(horizontal, truncate);
  const filtered = filterAxis(values, { length: height, stride: width * channels, border }, down);
  return filterAxis(filtered, { length: width, stride: channels, border }, along);
}

/**
 * The right half of a Gaussian kernel, its centre first: weights of distance 0 .. radius, which sum to one with both sides.
 *
 * @throws {RangeError} when sigma is negative or not finite
 */
export function gaussianKernel(sigma: number, truncate = TRUNCATE): Float64Array {
  if (!Number.isFinite(sigma) || sigma < 0) {
    throw new RangeError(`Cannot blur with sigma ${sigma}: give a finite number of at least 0`);
  }
  if (sigma <= SMALLEST_SIGMA) return Float64Array.of(1);
  const radius = Math.floor(truncate * sigma + 0.5);
  const weights = Float64Array.from(
    { length: radius + 1 },
    (_, distance) => Math.exp(-0.5 / (sigma * sigma) * distance * distance),
  );
  const sum = weights.reduce((total, weight, i) => total + (i === 0 ? weight : 2 * weight), 0);
  return weights.map((weight) => weight / sum);
}

/** Filters every line of one axis; its elements lie `stride` apart. */
function filterAxis(
  values: Float64Array,
  { length, stride, border }: { length: number; stride: number; border: Border },
  kernel: Float64Array,
): Float64Array {
  if (kernel.length === 1) return values;
  const radius = kernel.length - 1;
  const sources = borderIndices(length, radius, border);
  const out = new Float64Array(values.length);
  // of an image's rows or pixels, all the values that follow each other are filtered in one sweep
  for (let line = 0; line < values.length; line += length * stride) {
    for (let at = 0; at < length; at++) {
      const target = line + at * stride;
      const centre = kernel[0]!;
      for (let i = target; i < target + stride; i++) out[i] = centre * values[i]!;
      for (let distance = radius; distance >= 1; distance--) {
        const weight = kernel[distance]!;
        const before = sources[at + radius - distance]!;
        const after = sources[at + radius + distance]!;
        const from = before < 0 ? -1 : line + before * stride;
        const to = after < 0 ? -1 : line + after * stride;
        for (let i = 0; i < stride; i++) {
          const sum = (from < 0 ? 0 : values[from + i]!) + (to < 0 ? 0 : values[to + i]!);
          out[target + i]! += weight * sum;
        }
      }
    }
  }
  return out;
}

/** Which element stands at -radius .. length + radius - 1, -1 where it is a zero. */
function borderIndices(length: number, radius: number, border: Border): Int32Array {
  return Int32Array.from({ length: length + 2 * radius }, (_, i) => {
    const at = i - radius;
    if (at >= 0 && at < length) return at;
    if (border === "constant") return -1;
    if (border === "nearest") return at < 0 ? 0 : length - 1;
    const period = ((at % (2 * length)) + 2 * length) % (2 * length);
    return period < length ? period : 2 * length - 1 - period;
  });
}
