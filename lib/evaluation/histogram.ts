/**
 * How many values fall into each of `bins` equal intervals from `low` to `high` (Figure 4). Intervals hold their lower edge;
 * the last one holds `high` as well, as NumPy's histogram does.
 *
 * @returns [bins] counts, whose sum is the number of values
 * @throws {RangeError} when a value is outside, or there are no bins
 */
export function histogram(
  values: ArrayLike<number>,
  { low, high, bins }: { low: number; high: number; bins: number },
): Uint32Array {
  if (!Number.isInteger(bins) || bins < 1 || !(low < high)) {
    throw new RangeError(`Cannot count in ${bins} intervals from ${low} to ${high}`);
  }
  const counts = new Uint32Array(bins);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!(value >= low && value <= high)) {
      throw new RangeError(`Cannot count value ${i}: ${value} is not within ${low} and ${high}`);
    }
    const bin = Math.floor((value - low) / (high - low) * bins);
    counts[Math.min(bin, bins - 1)]!++;
  }
  return counts;
}
