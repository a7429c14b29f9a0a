// The images and fields of tests/oracles/corruptions_image_fixtures.py, by the same formulas of whole numbers.
import type { ImageCorruptionName, ImageSide } from "../../lib/corruptions/mod.ts";
import { GLASS_BLUR } from "../../lib/corruptions/image_severities.ts";

function hashed(place: number, seed: number): number {
  let h = (place + Math.imul(seed, 2654435769)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}

export function uniform(count: number, seed: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => (hashed(i, seed) + 0.5) / 2 ** 32);
}

function normal(count: number, seed: number): Float64Array {
  const total = new Float64Array(count);
  for (let k = 1; k <= 12; k++) {
    uniform(count, seed + 1000 * k).forEach((value, i) => total[i]! += value);
  }
  return total.map((value) => value - 6);
}

const signed = (count: number, seed: number) => uniform(count, seed).map((value) => 2 * value - 1);

/** A quarter each of gradients, flat blocks, noise, and blocks with noise; black, white and grey pixels in it. */
export function testImage(side: number, seed: number): Uint8Array {
  const out = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const grey = hashed(y * side + x, seed + 3) & 31;
      const values = [0, 1, 2].map((c) => {
        const length = c === 2 ? 2 * side - 2 : side - 1;
        const gradient = Math.floor([x, y, x + y][c]! * 255 / length);
        const cell = Math.floor(y * 8 / side) * 8 + Math.floor(x * 8 / side);
        const block = hashed(cell * 3 + c, seed + 1) >>> 24;
        const noise = hashed((y * side + x) * 3 + c, seed + 2) >>> 24;
        if (y < Math.floor(side / 2)) return x < Math.floor(side / 2) ? gradient : block;
        if (x < Math.floor(side / 2)) return noise;
        return Math.floor(block * 3 / 4) + Math.floor(noise / 8) + 16;
      });
      const shown = grey === 0 ? [0, 0, 0] : grey === 1 ? [255, 255, 255] : values;
      out.set(grey === 2 ? values.map(() => values[0]!) : shown, (y * side + x) * 3);
    }
  }
  return out;
}

export function testField(
  name: ImageCorruptionName,
  side: ImageSide,
  severity: number,
  seed: number,
): unknown {
  const pixels = side * side;
  switch (name) {
    case "gaussian_noise":
    case "speckle_noise":
      return normal(3 * pixels, seed);
    case "shot_noise":
    case "impulse_noise":
      return uniform(3 * pixels, seed);
    case "glass_blur": {
      const [, reach, rounds] = GLASS_BLUR[side][severity - 1]!;
      const ways = uniform(2 * rounds * (side - 2 * reach) ** 2, seed);
      return Int8Array.from(ways, (value) => Math.floor(value * 2 * reach) - reach);
    }
    case "motion_blur":
      return 90 * uniform(1, seed)[0]! - 45;
    case "fog":
      return signed(side === 224 ? 256 * 256 : pixels, seed);
    case "frost":
      return testImage(side, seed + 50);
    case "snow":
      return { flakes: normal(pixels, seed), angle: -135 + 90 * uniform(1, seed + 1)[0]! };
    case "spatter":
      return normal(pixels, seed);
    case "elastic_transform":
      return {
        corners: signed(6, seed),
        right: signed(pixels, seed + 1),
        down: signed(pixels, seed + 2),
      };
    default:
      return undefined;
  }
}
