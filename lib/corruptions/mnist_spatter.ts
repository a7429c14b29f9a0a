import { toUnitFloat32 } from "./bytes.ts";
import { checkField } from "./fields.ts";
import { gaussianFilter } from "./gaussian_filter.ts";
import { mudCover } from "./mud.ts";
import { mnistCorruption, PIXELS, SIDE } from "./mnist_corruption.ts";

// the grey of mud
const MUD = Math.fround(63 / 255);

/**
 * Stains of mud where blurred normal noise exceeds a threshold, in float32. Field: one standard normal number per pixel.
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
    const cover = mudCover(liquid, SIDE, { threshold, blur: softness });
    return Float64Array.from(toUnitFloat32(image), (x, i) => {
      const clean = Math.fround(x * Math.fround(1 - cover[i]!));
      return Math.fround(clean + Math.fround(MUD * cover[i]!));
    });
  },
});
