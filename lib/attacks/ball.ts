/** The images that an attack may return: within epsilon of the clean image, and in [0, 1]. Exactly, in float64 arithmetic. */

/** How the size of a change is measured: its largest entry, or its Euclidean norm. */
export type Norm = "linf" | "l2";

const bits = new Int32Array(1);
const value = new Float32Array(bits.buffer);

/** The float32 next to a positive `x`, towards zero (-1) or away from it (1). */
function neighbour(x: number, direction: -1 | 1): number {
  value[0] = x;
  bits[0]! += direction;
  return value[0]!;
}

/**
 * The least and the greatest float32 that each pixel may become in the L-infinity ball: within [0, 1], and no further than
 * epsilon from the clean pixel when the difference is taken in float64. In float32, x + epsilon often lies outside.
 */
export function pixelBounds(
  clean: Float32Array,
  epsilon: number,
): { lower: Float32Array; upper: Float32Array } {
  const lower = new Float32Array(clean.length);
  const upper = new Float32Array(clean.length);
  for (let i = 0; i < clean.length; i++) {
    const x = clean[i]!;
    const low = Math.fround(x - epsilon);
    lower[i] = Math.max(0, x - low > epsilon ? neighbour(low, 1) : low);
    const high = Math.fround(x + epsilon);
    upper[i] = Math.min(1, high - x > epsilon ? neighbour(high, -1) : high);
  }
  return { lower, upper };
}

/** The distance of two images, in float64. */
export function distance(a: Float32Array, b: Float32Array, norm: Norm): number {
  let most = 0;
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    // NaN stays.
    if (!(difference <= most)) most = difference;
    sum += difference * difference;
  }
  return norm === "linf" ? most : Math.sqrt(sum);
}

// What float64 sums of up to 2^20 squares may be off by, relative to the sum.
const ROUNDING = 1e-10;

/**
 * Moves an image that rounding has put outside of the ball or of [0, 1] to the nearest one within, in place.
 *
 * L2 scales the change down and rounds every pixel towards the clean one, so that no rounding makes the change larger.
 */
export function moveIntoBall(
  image: Float32Array,
  clean: Float32Array,
  { norm, epsilon }: { norm: Norm; epsilon: number },
): void {
  if (norm === "linf") {
    const { lower, upper } = pixelBounds(clean, epsilon);
    for (let i = 0; i < image.length; i++) {
      image[i] = Math.min(Math.max(image[i]!, lower[i]!), upper[i]!);
    }
    return;
  }
  for (let i = 0; i < image.length; i++) image[i] = Math.min(Math.max(image[i]!, 0), 1);
  const size = distance(image, clean, "l2");
  if (size <= epsilon) return;
  const scale = epsilon / size * (1 - ROUNDING);
  for (let i = 0; i < image.length; i++) {
    const wanted = (image[i]! - clean[i]!) * scale;
    const moved = Math.fround(clean[i]! + wanted);
    const towardsZero = moved > clean[i]! ? -1 : 1;
    image[i] = Math.abs(moved - clean[i]!) > Math.abs(wanted)
      ? neighbour(moved, towardsZero)
      : moved;
  }
}
