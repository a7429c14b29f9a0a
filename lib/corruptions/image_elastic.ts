import { toUnitFloat32 } from "./bytes.ts";
import { checkField, uniforms } from "./fields.ts";
import { gaussianFilter } from "./gaussian_filter.ts";
import { CHANNELS, imageCorruption, toBytes } from "./image_corruption.ts";
import { ELASTIC_TRANSFORM } from "./image_severities.ts";
import { affineBetween, type Place, warpAffine } from "./opencv_warp.ts";

/** What is random in an elastic transform; all numbers are of [-1, 1). */
export interface ElasticField {
  /** By how much the three corners move: x and y of each. */
  corners: Float64Array;
  /** By how much every pixel's sample moves to the right, and down, before it is smoothed. */
  right: Float64Array;
  down: Float64Array;
}

// the smoothing's kernel is cut at this many standard deviations
const TRUNCATE = 3;

/**
 * An affine map that moves three corners a little, then a smooth displacement of every pixel, both bilinear, in float32.
 *
 * Where the displacement is 0, at severity 1 of CIFAR and TinyImageNet, only the affine map acts.
 */
export const elasticTransform = imageCorruption({
  name: "elastic_transform",
  title: "Elastic transform",
  severities: ELASTIC_TRANSFORM,
  field: (random, { side }): ElasticField => ({
    corners: uniforms(random, 6, -1, 1),
    right: uniforms(random, side * side, -1, 1),
    down: uniforms(random, side * side, -1, 1),
  }),
  corrupt(image, { corners, right, down }, { side, parameters: [alpha, sigma, jitter] }) {
    checkField("elastic_transform", corners, 6);
    checkField("elastic_transform", right, side * side);
    checkField("elastic_transform", down, side * side);
    const map = affineBetween(squareCorners(side), movedCorners(side, corners, jitter));
    const warped = warpAffine(toUnitFloat32(image), { side, channels: CHANNELS, map });
    if (alpha === 0) return toBytes(warped);
    const smooth = (field: Float64Array) =>
      gaussianFilter(field, [side, side, 1], { sigma, border: "reflect", truncate: TRUNCATE })
        .map((value) => Math.fround(value * alpha));
    return toBytes(displace(warped, side, smooth(right), smooth(down)));
  },
});

type Corners = readonly [Place, Place, Place];

function squareCorners(side: number): Corners {
  const centre = Math.floor(side / 2);
  const half = Math.floor(side / 3);
  return [
    [centre + half, centre + half],
    [centre + half, centre - half],
    [centre - half, centre - half],
  ];
}

function movedCorners(side: number, field: Float64Array, jitter: number): Corners {
  const moved = ([x, y]: Place, corner: number): Place => [
    Math.fround(x + Math.fround(jitter * field[2 * corner]!)),
    Math.fround(y + Math.fround(jitter * field[2 * corner + 1]!)),
  ];
  const [p, q, r] = squareCorners(side);
  return [moved(p, 0), moved(q, 1), moved(r, 2)];
}

/** Samples at (row + down, column + right), bilinearly; borders mirror between the pixels (b a | a b): SciPy >= 1.6. */
function displace(
  values: Float32Array,
  side: number,
  right: Float64Array,
  down: Float64Array,
): Float32Array {
  const out = new Float32Array(values.length);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const pixel = y * side + x;
      const atY = y + down[pixel]!;
      const atX = x + right[pixel]!;
      const top = Math.floor(atY);
      const left = Math.floor(atX);
      const south = atY - top;
      const east = atX - left;
      const upper = reflect(top, side) * side;
      const lower = reflect(top + 1, side) * side;
      const first = reflect(left, side);
      const second = reflect(left + 1, side);
      for (let c = 0; c < CHANNELS; c++) {
        out[pixel * CHANNELS + c] =
          values[(upper + first) * CHANNELS + c]! * (1 - south) * (1 - east) +
          values[(upper + second) * CHANNELS + c]! * (1 - south) * east +
          values[(lower + first) * CHANNELS + c]! * south * (1 - east) +
          values[(lower + second) * CHANNELS + c]! * south * east;
      }
    }
  }
  return out;
}

function reflect(at: number, length: number): number {
  if (at >= 0 && at < length) return at;
  const within = ((at % (2 * length)) + 2 * length) % (2 * length);
  return within < length ? within : 2 * length - 1 - within;
}
