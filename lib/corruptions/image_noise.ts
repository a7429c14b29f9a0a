import { toUnit } from "./bytes.ts";
import { checkField, uniforms } from "./fields.ts";
import { CHANNELS, imageCorruption, toBytes } from "./image_corruption.ts";
import type { ImageSide } from "./image_severities.ts";
import { GAUSSIAN_NOISE, IMPULSE_NOISE, SHOT_NOISE, SPECKLE_NOISE } from "./image_severities.ts";
import { normalNoise } from "./normal_noise.ts";
import { photonQuantiles } from "./poisson.ts";

/** x + c z. Field: z, a standard normal number per value. */
export const gaussianNoise = imageCorruption({
  name: "gaussian_noise",
  title: "Gaussian noise",
  severities: GAUSSIAN_NOISE,
  field: (random, { side }): Float64Array => normalNoise(random, valuesOf(side)),
  corrupt(image, field, { parameters: deviation }) {
    checkField("gaussian_noise", field, image.length);
    const values = toUnit(image);
    for (let i = 0; i < values.length; i++) values[i]! += deviation * field[i]!;
    return toBytes(values);
  },
});

/** x + x c z. Field: z, a standard normal number per value. */
export const speckleNoise = imageCorruption({
  name: "speckle_noise",
  title: "Speckle noise",
  severities: SPECKLE_NOISE,
  field: (random, { side }): Float64Array => normalNoise(random, valuesOf(side)),
  corrupt(image, field, { parameters: deviation }) {
    checkField("speckle_noise", field, image.length);
    const values = toUnit(image);
    for (let i = 0; i < values.length; i++) values[i]! += values[i]! * (deviation * field[i]!);
    return toBytes(values);
  },
});

/** Poisson(x c) / c, with c photons of a white pixel. Field: a number of [0, 1) per value, by the quantile function. */
export const shotNoise = imageCorruption({
  name: "shot_noise",
  title: "Shot noise",
  severities: SHOT_NOISE,
  field: (random, { side }): Float64Array => uniforms(random, valuesOf(side)),
  corrupt(image, field, { parameters: photons }) {
    checkField("shot_noise", field, image.length);
    const quantile = photonQuantiles(photons);
    const values = new Float64Array(image.length);
    for (let i = 0; i < values.length; i++) values[i] = quantile[image[i]!]!(field[i]!) / photons;
    return toBytes(values);
  },
});

/**
 * Salt and pepper: a share of the values, each for itself and not for the pixel, becomes 255 or 0, half of the time each.
 *
 * Field: a number of [0, 1) per value; in the lower half of the share it is salt, in the upper pepper.
 */
export const impulseNoise = imageCorruption({
  name: "impulse_noise",
  title: "Impulse noise",
  severities: IMPULSE_NOISE,
  field: (random, { side }): Float64Array => uniforms(random, valuesOf(side)),
  corrupt(image, field, { parameters: share }) {
    checkField("impulse_noise", field, image.length);
    const out = image.slice();
    for (let i = 0; i < out.length; i++) {
      if (field[i]! < share) out[i] = field[i]! < share / 2 ? 255 : 0;
    }
    return out;
  },
});

function valuesOf(side: ImageSide): number {
  return side * side * CHANNELS;
}
