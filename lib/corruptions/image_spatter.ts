import { toUnitFloat32 } from "./bytes.ts";
import { checkField } from "./fields.ts";
import { gaussianFilter } from "./gaussian_filter.ts";
import { CHANNELS, imageCorruption, toBytes } from "./image_corruption.ts";
import { SPATTER } from "./image_severities.ts";
import { mudCover } from "./mud.ts";
import { normalNoise } from "./normal_noise.ts";
import { opencvCanny } from "./opencv_canny.ts";
import { chamferDistance } from "./opencv_distance.ts";
import { blur3x3, blur3x3Float32, equalizeHistogram, filter3x3 } from "./opencv_filters.ts";

// pale turquoise, and mud brown, in red, green and blue
const WATER = [175 / 255, 238 / 255, 238 / 255].map(Math.fround);
const MUD = [63 / 255, 42 / 255, 20 / 255].map(Math.fround);

// thresholds of the edges of drops
const EDGES = { low: 50, high: 150 };
// beyond this distance from its edge a drop is equally deep
const DEEPEST = 20;
// makes the lower right of a drop bright
const LIGHT = [-2, -1, 0, -1, 1, 1, 0, 1, 2] as const;

/**
 * Drops of water, or stains of mud, where blurred normal noise exceeds a threshold. In float32, as the original.
 *
 * Field: a standard normal number per pixel.
 */
export const spatter = imageCorruption({
  name: "spatter",
  title: "Spatter",
  severities: SPATTER,
  field: (random, { side }): Float64Array => normalNoise(random, side * side),
  corrupt(image, field, { side, parameters }) {
    const [mean, deviation, blur, threshold, strength, liquid] = parameters;
    checkField("spatter", field, side * side);
    const noise = new Float64Array(field.length);
    for (let i = 0; i < noise.length; i++) noise[i] = mean + deviation * field[i]!;
    const depth = gaussianFilter(noise, [side, side, 1], { sigma: blur });
    const cover = liquid === "water"
      ? waterCover(depth, side, { threshold, strength })
      : mudCover(depth, side, { threshold, blur: strength });
    const values = toUnitFloat32(image);
    const colour = liquid === "water" ? WATER : MUD;
    for (let pixel = 0; pixel < cover.length; pixel++) {
      const share = cover[pixel]!;
      if (share === 0) continue;
      // water shines on the image, mud hides it
      const left = liquid === "water" ? 1 : Math.fround(1 - share);
      for (let c = 0, i = pixel * CHANNELS; c < CHANNELS; c++, i++) {
        values[i] = Math.fround(values[i]! * left) + Math.fround(share * colour[c]!);
      }
    }
    return toBytes(values);
  },
});

/** The light of water, at most `strength`; all zeros when there is no drop. */
function waterCover(
  depth: Float64Array,
  side: number,
  { threshold, strength }: { threshold: number; strength: number },
): Float32Array {
  const plane = <Values extends ArrayLike<number>>(values: Values) => ({
    height: side,
    width: side,
    values,
  });
  const drops = new Uint8Array(depth.length);
  for (let i = 0; i < drops.length; i++) {
    const value = depth[i]!;
    drops[i] = value < threshold ? 0 : value * 255;
  }
  // loops and no map(): twice as fast
  const outside = opencvCanny(plane(drops), EDGES);
  for (let i = 0; i < outside.length; i++) outside[i] = 255 - outside[i]!;
  const distance = chamferDistance(plane(outside));
  for (let i = 0; i < distance.length; i++) distance[i] = Math.min(distance[i]!, DEEPEST);
  const levels = equalizeHistogram(new Uint8Array(blur3x3Float32(plane(distance))));
  const light = blur3x3(plane(filter3x3(plane(levels), LIGHT)));
  const cover = new Float32Array(depth.length);
  let largest = 0;
  for (let i = 0; i < cover.length; i++) {
    cover[i] = drops[i]! * light[i]!;
    if (cover[i]! > largest) largest = cover[i]!;
  }
  // without a drop the original divides 0 by 0
  if (largest === 0) return cover;
  const scale = Math.fround(strength);
  for (let i = 0; i < cover.length; i++) cover[i] = Math.fround(cover[i]! / largest) * scale;
  return cover;
}
