/** Counts of values in bins of equal width over [low, high]. */
export interface Histogram {
  low: number;
  high: number;
  counts: number[];
}

/**
 * Counts values in `bins` bins of equal width over [low, high] (Figure 4 draws scores so).
 *
 * Convention of NumPy's `histogram`: a bin holds its lower edge and not its upper one, but the last holds both; and by
 * default the range is that of the values. Unlike there, values outside a given range are counted in the bin at that end,
 * so that the counts sum to the number of values.
 *
 * @throws {RangeError} when there are no values, one is not finite, or the bins or the range are none
 */
export function histogram(
  values: ArrayLike<number>,
  { bins = 50, low, high }: { bins?: number; low?: number; high?: number } = {},
): Histogram {
  if (!Number.isInteger(bins) || bins < 1) {
    throw new RangeError(`Cannot count values in ${bins} bins: give a whole number of at least 1`);
  }
  const [from, to] = range(values, low, high);
  const counts = new Array<number>(bins).fill(0);
  for (let i = 0; i < values.length; i++) {
    const bin = Math.floor((values[i]! - from) / (to - from) * bins);
    counts[Math.min(Math.max(bin, 0), bins - 1)]!++;
  }
  return { low: from, high: to, counts };
}

function range(
  values: ArrayLike<number>,
  low: number | undefined,
  high: number | undefined,
): [number, number] {
  if (values.length === 0) throw new RangeError("Cannot make a histogram: there are no values");
  let least = Infinity, most = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) {
      throw new RangeError(`Cannot make a histogram: value ${i} is ${value}`);
    }
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  const [from, to] = [low ?? least, high ?? most];
  // values that are all equal: NumPy's range of width 1 around them
  if (low === undefined && high === undefined && from === to) return [from - 0.5, to + 0.5];
  if (!(from < to)) {
    throw new RangeError(`Cannot make a histogram over [${from}, ${to}]: wanted low < high`);
  }
  return [from, to];
}
