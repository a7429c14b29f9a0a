import type { Affine } from "./affine.ts";
import { roundHalfToEven } from "./half_to_even.ts";
import { reflect101 } from "./opencv_border.ts";

/** A place in an image: column, row. */
export type Place = readonly [x: number, y: number];

// OpenCV computes positions with 10 bits after the point and keeps 5: 32 steps per pixel
const POSITION = 1024;
const STEPS = 32;

/** The affine map that takes three places to three others: OpenCV's `getAffineTransform`. */
export function affineBetween(
  [p, q, r]: readonly [Place, Place, Place],
  to: readonly [Place, Place, Place],
): Affine {
  const [ux, uy, vx, vy] = [q[0] - p[0], q[1] - p[1], r[0] - p[0], r[1] - p[1]];
  const area = ux * vy - uy * vx;
  const row = (axis: 0 | 1): [number, number, number] => {
    const [du, dv] = [to[1][axis] - to[0][axis], to[2][axis] - to[0][axis]];
    const alongX = (du * vy - dv * uy) / area;
    const alongY = (dv * ux - du * vx) / area;
    return [alongX, alongY, to[0][axis] - alongX * p[0] - alongY * p[1]];
  };
  return [...row(0), ...row(1)];
}

/**
 * Moves the content of an image [side, side, channels] by an affine map, bilinearly: OpenCV's `warpAffine` (4.x) of float32.
 *
 * Every pixel samples the place that the map takes to it, ROUNDED to 1/32 of a pixel in fixed point; the borders mirror
 * the image about its outermost pixels.
 */
export function warpAffine(
  values: Float32Array,
  { side, channels, map }: { side: number; channels: number; map: Affine },
): Float32Array {
  const [a, b, c, d, e, f] = invert(map);
  const out = new Float32Array(values.length);
  for (let y = 0; y < side; y++) {
    const startX = roundHalfToEven((b * y + c) * POSITION) + POSITION / STEPS / 2;
    const startY = roundHalfToEven((e * y + f) * POSITION) + POSITION / STEPS / 2;
    for (let x = 0; x < side; x++) {
      const atX = (startX + roundHalfToEven(a * x * POSITION)) >> 5;
      const atY = (startY + roundHalfToEven(d * x * POSITION)) >> 5;
      const [left, top] = [atX >> 5, atY >> 5];
      const [right, down] = [(atX & (STEPS - 1)) / STEPS, (atY & (STEPS - 1)) / STEPS];
      const north = reflect101(top, side) * side;
      const south = reflect101(top + 1, side) * side;
      const west = reflect101(left, side);
      const east = reflect101(left + 1, side);
      const nw = (1 - down) * (1 - right);
      const ne = (1 - down) * right;
      const sw = down * (1 - right);
      const se = down * right;
      const target = (y * side + x) * channels;
      for (let k = 0; k < channels; k++) {
        const above = Math.fround(values[(north + west) * channels + k]! * nw) +
          Math.fround(values[(north + east) * channels + k]! * ne);
        const three = Math.fround(above) + Math.fround(values[(south + west) * channels + k]! * sw);
        out[target + k] = Math.fround(three) +
          Math.fround(values[(south + east) * channels + k]! * se);
      }
    }
  }
  return out;
}

function invert([a, b, c, d, e, f]: Affine): Affine {
  const scale = 1 / (a * e - b * d);
  const [ia, ib, id, ie] = [e * scale, -b * scale, -d * scale, a * scale];
  return [ia, ib, -ia * c - ib * f, id, ie, -id * c - ie * f];
}
