import { toUnit } from "./bytes.ts";
import { checkField, noField } from "./fields.ts";
import { changeHsv } from "./hsv.ts";
import { CHANNELS, imageCorruption, toBytes } from "./image_corruption.ts";
import { BRIGHTNESS, CONTRAST, FOG, SATURATE } from "./image_severities.ts";
import { plasmaMap } from "./plasma.ts";

/** Adds c to the value of HSV. */
export const brightness = imageCorruption({
  name: "brightness",
  title: "Brightness",
  severities: BRIGHTNESS,
  field: noField,
  corrupt: (image, _, { parameters: added }) =>
    toBytes(changeHsv(toUnit(image), { value: (value) => value + added })),
});

/** Takes a s + b for the saturation s of HSV. */
export const saturate = imageCorruption({
  name: "saturate",
  title: "Saturate",
  severities: SATURATE,
  field: noField,
  corrupt: (image, _, { parameters: [factor, added] }) =>
    toBytes(changeHsv(toUnit(image), { saturation: (saturation) => saturation * factor + added })),
});

/** (x - m) c + m, m the mean of the channel over the image. */
export const contrast = imageCorruption({
  name: "contrast",
  title: "Contrast",
  severities: CONTRAST,
  field: noField,
  corrupt(image, _, { parameters: factor }) {
    const values = toUnit(image);
    for (let c = 0; c < CHANNELS; c++) {
      let sum = 0;
      for (let i = c; i < values.length; i += CHANNELS) sum += values[i]!;
      const mean = sum / (values.length / CHANNELS);
      for (let i = c; i < values.length; i += CHANNELS) {
        values[i] = (values[i]! - mean) * factor + mean;
      }
    }
    return toBytes(values);
  },
});

/**
 * (x + c P) m / (m + c), m the image's largest value and P a plasma map of [0, 1], the same for the three channels.
 *
 * Field: the noise of the map's cells, in [-1, 1): of as many as the image has pixels, or of 256 x 256, of which an image
 * of 224 takes the upper left corner.
 */
export const fog = imageCorruption({
  name: "fog",
  title: "Fog",
  severities: FOG,
  field(random, { side }): Float64Array {
    const noise = new Float64Array(mapSide(side) ** 2);
    // 32 random bits are enough here
    for (let i = 0; i < noise.length; i++) noise[i] = random.uint32() * 2 ** -31 - 1;
    return noise;
  },
  corrupt(image, field, { side, parameters: [thickness, decay] }) {
    const size = mapSide(side);
    checkField("fog", field, size * size);
    const plasma = plasmaMap(field, { size, decay });
    const values = toUnit(image);
    let largest = 0;
    for (const value of values) if (value > largest) largest = value;
    let i = 0;
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const cloud = thickness * plasma[y * size + x]!;
        for (const end = i + CHANNELS; i < end; i++) {
          values[i] = (values[i]! + cloud) * largest / (largest + thickness);
        }
      }
    }
    return toBytes(values);
  },
});

/** The smallest power of two that covers a side. */
function mapSide(side: number): number {
  return 2 ** Math.ceil(Math.log2(side));
}
