import { gaussianFilter } from "./gaussian_filter.ts";
import { checkField, mnistCorruption, PIXELS, SIDE, toUnit } from "./mnist_corruption.ts";

// the grey of mud, and the share of it below which a pixel stays clean
const MUD = 63 / 255;
const SMALLEST_COVER = 0.8;

/**
 * Stains of mud where blurred normal noise exceeds a threshold. Field: one standard normal number per pixel.
 *
 * The original has a branch for water, which grey images never take, whatever the severity.
 */
export const spatter = mnistCorruption({
  name: "spatter",
  title: "Spatter",
  severities: [
    { mean: 0.65, deviation: 0.3, blur: 4, threshold: 0.69, softness: 0.6 },
    { mean: 0.65, deviation: 0.3, blur: 3, threshold: 0.68, softness: 0.6 },
    { mean: 0.65, deviation: 0.3, blur: 2, threshold: 0.68, softness: 0.5 },
    { mean: 0.65, deviation: 0.3, blur: 1, threshold: 0.65, softness: 1.5 },
    { mean: 0.67, deviation: 0.4, blur: 1, threshold: 0.65, softness: 1.5 },
  ],
  severity: 4,
  field(random): Float64Array {
    const out = new Float64Array(PIXELS);
    for (let i = 0; i < out.length; i++) out[i] = random.normal();
    return out;
  },
  corrupt(image, field, { mean, deviation, blur, threshold, softness }) {
    checkField("spatter", field, PIXELS);
    const noise = field.map((normal) => mean + deviation * normal);
    const liquid = gaussianFilter(noise, [SIDE, SIDE, 1], { sigma: blur });
    const drops = liquid.map((value) => value > threshold ? 1 : 0);
    const cover = gaussianFilter(drops, [SIDE, SIDE, 1], { sigma: softness });
    return toUnit(image).map((x, i) => {
      const mud = cover[i]! < SMALLEST_COVER ? 0 : cover[i]!;
      return x * (1 - mud) + MUD * mud;
    });
  },
});
