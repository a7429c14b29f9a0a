import type { Generator } from "../random/mod.ts";

// Marsaglia & Tsang 2000, "The ziggurat method": 128 layers of equal area under exp(-x^2 / 2), the lowest of which
// reaches to R and then goes on as the tail; V is the area of a layer
const LAYERS = 128;
const R = 3.442619855899;
const V = 9.91256303526217e-3;

/** Right end of every layer, from the base upwards, and the density there. */
const EDGES = new Float64Array(LAYERS + 1);
const DENSITIES = new Float64Array(LAYERS + 1);
EDGES[0] = V / density(R);
EDGES[1] = R;
for (let i = 2; i < LAYERS; i++) {
  EDGES[i] = Math.sqrt(-2 * Math.log(V / EDGES[i - 1]! + density(EDGES[i - 1]!)));
}
EDGES[LAYERS] = 0;
for (let i = 0; i <= LAYERS; i++) DENSITIES[i] = density(EDGES[i]!);

function density(x: number): number {
  return Math.exp(-0.5 * x * x);
}

/**
 * Draws from the normal distribution with mean 0 and variance 1, one uint32 for most of them.
 *
 * Of its bits 7 choose the layer, one the sign, and 24 the place: none serves twice.
 */
export function normalNoise(random: Generator, count: number): Float64Array {
  const out = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    while (true) {
      const bits = random.uint32();
      const layer = bits & (LAYERS - 1);
      const sign = (bits & LAYERS) === 0 ? 1 : -1;
      const x = (bits >>> 8) * 2 ** -24 * EDGES[layer]!;
      if (x < EDGES[layer + 1]!) {
        out[i] = sign * x;
        break;
      }
      if (layer === 0) {
        out[i] = sign * tail(random);
        break;
      }
      const low = DENSITIES[layer]!;
      if (low + random.uniform() * (DENSITIES[layer + 1]! - low) < density(x)) {
        out[i] = sign * x;
        break;
      }
    }
  }
  return out;
}

/** A draw of the part beyond R (Marsaglia 1964). */
function tail(random: Generator): number {
  while (true) {
    const x = -Math.log(1 - random.uniform()) / R;
    const y = -Math.log(1 - random.uniform());
    if (2 * y > x * x) return R + x;
  }
}
