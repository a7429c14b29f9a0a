import { checkArray } from "./arguments.ts";

/**
 * How many values fall into each of `bins` equal intervals from `low` to `high` (Figure 4). Intervals hold their lower edge;
 * the last one holds `high` as well. Counts and edges, `low + i (high - low) / bins`, are those of NumPy's histogram in
 * float64.
 *
 * @returns [bins] counts, whose sum is the number of values
 * @throws {RangeError} when a value is outside, or the edges are not finite, in ascending order, with one interval or more between them
 */
export function histogram(
  values: ArrayLike<number>,
  { low, high, bins }: { low: number; high: number; bins: number },
): Uint32Array {
  if (!Number.isInteger(bins) || bins < 1 || !(low < high) || !Number.isFinite(high - low)) {
    throw new RangeError(`Cannot count in ${bins} intervals from ${low} to ${high}`);
  }
  checkArray(values, "values");
  const counts = new Uint32Array(bins);
  const width = (high - low) / bins;
  const edge = (bin: number) => bin === bins ? high : low + bin * width;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!(value >= low && value <= high)) {
      throw new RangeError(`Cannot count value ${i}: ${value} is not within ${low} and ${high}`);
    }
    let bin = Math.min(Math.floor((value - low) / (high - low) * bins), bins - 1);
    // the quotient is rounded, and can be on the other side of an edge
    if (value < edge(bin)) bin--;
    else if (bin < bins - 1 && value >= edge(bin + 1)) bin++;
    counts[bin]!++;
  }
  return counts;
}
