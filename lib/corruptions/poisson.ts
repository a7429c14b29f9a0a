// with so many, few steps are left to search for a mean of some hundreds
const STARTS = 256;

/**
 * The quantile function of the Poisson distribution with mean `mean`: the smallest k with P(K <= k) >= u, for u in [0, 1).
 *
 * Its table is made once; a quantile is a search in it. With u from a uniform stream it draws from the distribution.
 *
 * @throws {RangeError} when the mean is negative or not finite, or so large (above 700) that e^-mean underflows
 */
export function poissonQuantile(mean: number): (u: number) => number {
  // e^-mean is above the smallest normal float64 up to 708
  if (!(mean >= 0 && mean <= 700)) {
    throw new RangeError(`Cannot draw from a Poisson distribution of mean ${mean}: give 0 .. 700`);
  }
  const cumulative: number[] = [];
  let probability = Math.exp(-mean);
  let sum = 0;
  for (let k = 0; k <= mean || sum + probability > sum; k++) {
    sum += probability;
    cumulative.push(sum);
    probability *= mean / (k + 1);
  }
  const table = Float64Array.from(cumulative);
  // where the search for a u of each 256th begins
  const starts = new Uint16Array(STARTS);
  for (let i = 0, k = 0; i < STARTS; i++) {
    while (k < table.length - 1 && table[k]! < i / STARTS) k++;
    starts[i] = k;
  }
  return (u) => {
    let k = starts[Math.floor(u * STARTS)]!;
    while (k < table.length - 1 && table[k]! < u) k++;
    return k;
  };
}

const quantiles = new Map<number, ((u: number) => number)[]>();

/** How a random number becomes a count of photons, for each byte of a pixel, by the photons of a white one. */
export function photonQuantiles(photons: number): readonly ((u: number) => number)[] {
  const known = quantiles.get(photons);
  if (known !== undefined) return known;
  const made = Array.from({ length: 256 }, (_, byte) => poissonQuantile(byte / 255 * photons));
  quantiles.set(photons, made);
  return made;
}
