import { toUnit } from "./bytes.ts";
import { checkField, uniforms } from "./fields.ts";
import { mnistCorruption, PIXELS } from "./mnist_corruption.ts";
import { photonQuantiles } from "./poisson.ts";

/** Poisson(x c) / c, with c photons of a white pixel. Field: one number of [0, 1) per pixel, by the quantile function. */
export const shotNoise = mnistCorruption({
  name: "shot_noise",
  title: "Shot noise",
  severities: [60, 25, 12, 5, 3],
  severity: 5,
  field: (random): Float64Array => uniforms(random, PIXELS),
  corrupt(image, field, photons) {
    checkField("shot_noise", field, PIXELS);
    const quantile = photonQuantiles(photons);
    return field.map((u, i) => quantile[image[i]!]!(u) / photons);
  },
});

/** What impulse noise does to each pixel: two numbers of [0, 1). */
export interface ImpulseField {
  /** The pixel is hit where this is at most the share of hit pixels. */
  hit: Float64Array;
  /** A pixel that is hit becomes white where this is at most 1/2, else black. */
  salt: Float64Array;
}

/** Salt and pepper: a share of the pixels becomes white or black, each half of the time. */
export const impulseNoise = mnistCorruption({
  name: "impulse_noise",
  title: "Impulse noise",
  severities: [0.03, 0.06, 0.09, 0.17, 0.27],
  severity: 4,
  field: (random): ImpulseField => ({
    hit: uniforms(random, PIXELS),
    salt: uniforms(random, PIXELS),
  }),
  corrupt(image, { hit, salt }, share) {
    for (const part of [hit, salt]) checkField("impulse_noise", part, PIXELS);
    return toUnit(image).map((x, i) => hit[i]! > share ? x : salt[i]! <= 0.5 ? 1 : 0);
  },
});
