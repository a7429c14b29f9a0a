// the amplitude at the first step, from which it decays; only its ratio to the decay shows in the result
const FIRST_WIBBLE = 100;

/**
 * A cloud-like map of values in [0, 1], [size, size], by the diamond-square algorithm on a torus.
 *
 * From step = size down to 2: every square's centre becomes the mean of its four corners plus w^2 u, then the middle of
 * every upper and left edge the mean of its two corners and of the centres on both sides plus w^2 u; then step halves and
 * w, 100 at first, is divided by `decay`. At last the map is moved and stretched to [0, 1].
 *
 * @param noise u of every cell, from [-1, 1), in the place of the cell; that of cell (0, 0) does not count
 * @throws {RangeError} when the size is not a power of two
 * @throws {TypeError} when the noise is not of size x size numbers
 */
export function plasmaMap(
  noise: Float64Array,
  { size, decay }: { size: number; decay: number },
): Float64Array {
  if (size < 2 || !Number.isInteger(Math.log2(size))) {
    throw new RangeError(`Cannot make a plasma map of ${size} x ${size}: give a power of two`);
  }
  if (noise.length !== size * size) {
    throw new TypeError(
      `Cannot make a plasma map of ${size} x ${size} from ${noise.length} random numbers`,
    );
  }
  const map = new Float64Array(size * size);
  const wrap = size - 1;
  let wibble = FIRST_WIBBLE;
  for (let step = size; step >= 2; step /= 2) {
    const half = step / 2;
    for (let i = 0; i < size; i += step) {
      const top = i * size, middle = top + half * size, bottom = ((i + step) & wrap) * size;
      let left = map[top]! + map[bottom]!;
      for (let j = 0; j < size; j += step) {
        const next = (j + step) & wrap;
        const right = map[top + next]! + map[bottom + next]!;
        const cell = middle + j + half;
        map[cell] = (left + right) / 4 + wibble * (wibble * noise[cell]!);
        left = right;
      }
    }
    for (let i = 0; i < size; i += step) {
      const top = i * size, middle = top + half * size, bottom = ((i + step) & wrap) * size;
      const above = ((i - half) & wrap) * size + half;
      let left = map[middle + size - half]!;
      for (let j = 0; j < size; j += step) {
        const centre = map[middle + j + half]!;
        const corner = map[top + j]!;
        const across = (centre + map[above + j]!) + (corner + map[top + ((j + step) & wrap)]!);
        map[top + j + half] = across / 4 + wibble * (wibble * noise[top + j + half]!);
        const down = (centre + left) + (corner + map[bottom + j]!);
        map[middle + j] = down / 4 + wibble * (wibble * noise[middle + j]!);
        left = centre;
      }
    }
    wibble /= decay;
  }
  return stretch(map);
}

function stretch(map: Float64Array): Float64Array {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < map.length; i++) {
    const value = map[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  // a map without any noise is flat, and stays 0
  const range = high - low || 1;
  for (let i = 0; i < map.length; i++) map[i] = (map[i]! - low) / range;
  return map;
}
