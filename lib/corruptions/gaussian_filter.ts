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
  const weight = (distance: number) => Math.exp(-0.5 / (sigma * sigma) * (distance * distance));
  const weights = new Float64Array(2 * radius + 1);
  for (let i = 0; i < weights.length; i++) weights[i] = weight(i - radius);
  const sum = numpySum(weights);
  return weights.subarray(radius).map((value) => value / sum);
}

/** The sum in NumPy's order, eight running sums up to 128 values: the weights are then SciPy's to the last bit. */
function numpySum(values: Float64Array): number {
  const blocks = values.length - values.length % 8;
  let sum = 0;
  if (blocks > 0) {
    const r = values.slice(0, 8);
    for (let i = 8; i < blocks; i++) r[i % 8]! += values[i]!;
    sum = ((r[0]! + r[1]!) + (r[2]! + r[3]!)) + ((r[4]! + r[5]!) + (r[6]! + r[7]!));
  }
  for (let i = blocks; i < values.length; i++) sum += values[i]!;
  return sum;
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
  const padded = new Float64Array(sources.length);
  const out = new Float64Array(values.length);
  for (let block = 0; block < values.length; block += length * stride) {
    for (let line = block; line < block + stride; line++) {
      for (let i = 0; i < padded.length; i++) {
        const source = sources[i]!;
        padded[i] = source < 0 ? 0 : values[line + source * stride]!;
      }
      for (let at = 0, i = radius; at < length; at++, i++) {
        // from the outside inwards, as SciPy sums
        let sum = kernel[0]! * padded[i]!;
        for (let distance = radius; distance >= 1; distance--) {
          sum += kernel[distance]! * (padded[i - distance]! + padded[i + distance]!);
        }
        out[line + at * stride] = sum;
      }
    }
  }
  return out;
}

/** Which element stands at -radius .. length + radius - 1, -1 where it is a zero. */
function borderIndices(length: number, radius: number, border: Border): Int32Array {
  const indices = new Int32Array(length + 2 * radius);
  for (let i = 0; i < indices.length; i++) {
    const at = i - radius;
    const period = ((at % (2 * length)) + 2 * length) % (2 * length);
    if (at >= 0 && at < length) indices[i] = at;
    else if (border === "constant") indices[i] = -1;
    else if (border === "nearest") indices[i] = at < 0 ? 0 : length - 1;
    else indices[i] = period < length ? period : 2 * length - 1 - period;
  }
  return indices;
}
