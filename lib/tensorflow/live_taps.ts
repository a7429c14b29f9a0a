/** Which part of a filter ever sees the map. */

/** The rows (or columns) of a filter that see more than padding, and the padding that they need. */
export interface LiveTaps {
  /** The first of them. */
  first: number;
  /** How many there are. */
  taps: number;
  /** Zeros before the map. */
  before: number;
  /** Zeros after the map. */
  after: number;
  /** Positions of the window. */
  outputs: number;
}

/**
 * The live rows of a filter with `kernel` rows that steps over a map of `size` rows with zeros on both sides.
 *
 * On the last maps of a network, of 1 or 2 pixels, most of a 5x5 filter only ever sees padding: leaving that out gives the
 * same numbers, and some kernels take a hundred times longer for windows that are larger than the map.
 *
 * @throws {RangeError} when the window is larger than the padded map
 */
export function liveTaps(
  size: number,
  kernel: number,
  stride: number,
  [above, below]: readonly [before: number, after: number],
): LiveTaps {
  const outputs = Math.floor((size + above + below - kernel) / stride) + 1;
  if (outputs < 1) {
    throw new RangeError(
      `A window of ${kernel} is larger than a map of ${size} with ${above} zeros before and ${below} after it`,
    );
  }
  const first = Math.max(0, above - (outputs - 1) * stride);
  const last = Math.min(kernel - 1, above + size - 1);
  const taps = last - first + 1;
  // Where long steps pass the map by, nothing is live, and all stays as it is.
  if (taps < 1) {
    const after = Math.max(0, (outputs - 1) * stride + kernel - size - above);
    return { first: 0, taps: kernel, before: above, after, outputs };
  }
  const before = above - first;
  const after = Math.max(0, (outputs - 1) * stride + taps - size - before);
  return { first, taps, before, after, outputs };
}
