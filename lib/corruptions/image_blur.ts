import { toUnit, toUnitFloat32 } from "./bytes.ts";
import { checkField, checkNumbers, noField } from "./fields.ts";
import { clippedZoom } from "./clipped_zoom.ts";
import { diskBlur } from "./disk_blur.ts";
import { gaussianFilter } from "./gaussian_filter.ts";
import { CHANNELS, imageCorruption, toBytes } from "./image_corruption.ts";
import type { ImageSide } from "./image_severities.ts";
import {
  DEFOCUS_BLUR,
  GAUSSIAN_BLUR,
  GLASS_BLUR,
  MOTION_BLUR,
  ZOOM_BLUR,
} from "./image_severities.ts";
import { motionAngle, motionBlur as smear } from "./motion_blur.ts";

/** Blurs by scikit-image's `gaussian`, every channel for itself. */
export const gaussianBlur = imageCorruption({
  name: "gaussian_blur",
  title: "Gaussian blur",
  severities: GAUSSIAN_BLUR,
  field: noField,
  corrupt: (image, _, { side, parameters: sigma }) =>
    toBytes(gaussianFilter(toUnit(image), [side, side, CHANNELS], { sigma })),
});

/**
 * Blurs, lets every pixel take the colour of one nearby, and blurs again.
 *
 * The original means to swap the two pixels, but writes it with views of an RGB array, so that the first takes the colour
 * of the second and the second KEEPS it. Between the blurs the values are cut to bytes.
 *
 * Field: for every round, row and column that is visited, from the last to the first, the way to the other pixel: columns,
 * then rows, each from -reach to reach - 1.
 */
export const glassBlur = imageCorruption({
  name: "glass_blur",
  title: "Glass blur",
  severities: GLASS_BLUR,
  field(random, { side, parameters: [, reach, rounds] }): Int8Array {
    const out = new Int8Array(2 * rounds * visited(side, reach) ** 2);
    for (let i = 0; i < out.length; i++) {
      out[i] = Math.floor(random.uint32() * 2 ** -32 * (2 * reach)) - reach;
    }
    return out;
  },
  corrupt(image, field, { side, parameters: [sigma, reach, rounds] }) {
    checkField("glass_blur", field, 2 * rounds * visited(side, reach) ** 2);
    const shape = [side, side, CHANNELS] as const;
    const mixed = toBytes(gaussianFilter(toUnit(image), shape, { sigma }));
    let next = 0;
    for (let round = 0; round < rounds; round++) {
      for (let row = side - reach; row > reach; row--) {
        for (let column = side - reach; column > reach; column--) {
          const right = field[next++]!;
          const down = field[next++]!;
          const target = (row * side + column) * CHANNELS;
          const source = target + (down * side + right) * CHANNELS;
          mixed[target] = mixed[source]!;
          mixed[target + 1] = mixed[source + 1]!;
          mixed[target + 2] = mixed[source + 2]!;
        }
      }
    }
    return toBytes(gaussianFilter(toUnit(mixed), shape, { sigma }));
  },
});

/** Rows, and columns, whose pixels take another's colour: side - reach down to reach + 1. */
function visited(side: ImageSide, reach: number): number {
  return side - 2 * reach;
}

/** Blurs by a disk with a soft edge, every channel for itself. */
export const defocusBlur = imageCorruption({
  name: "defocus_blur",
  title: "Defocus blur",
  severities: DEFOCUS_BLUR,
  field: noField,
  corrupt: (image, _, { side, parameters: [radius, softness] }) =>
    toBytes(diskBlur(toUnit(image), { side, channels: CHANNELS, radius, softness })),
});

/** ImageMagick's motion blur. Field: the angle in degrees, in [-45, 45). */
export const motionBlur = imageCorruption({
  name: "motion_blur",
  title: "Motion blur",
  severities: MOTION_BLUR,
  field: motionAngle,
  corrupt(image, angle, { side, parameters: [radius, sigma] }) {
    checkNumbers("motion_blur", angle);
    return smear(image, [side, side, CHANNELS], { radius, sigma, angle });
  },
});

/**
 * The mean of the image and of its enlargements by 1, 1 + step, ...: with factor 1 among them the image counts twice.
 *
 * In float32, as the original; the factors have the float64 noise of `np.arange`, by which 26 x 1.25 rounds up to 33.
 */
export const zoomBlur = imageCorruption({
  name: "zoom_blur",
  title: "Zoom blur",
  severities: ZOOM_BLUR,
  field: noField,
  corrupt(image, _, { side, parameters: [step, count] }) {
    const values = toUnitFloat32(image);
    const sum = new Float32Array(values.length);
    // np.arange adds multiples of the difference of its first two elements
    const difference = 1 + step - 1;
    for (let k = 0; k < count; k++) {
      const zoomed = clippedZoom(values, { side, channels: CHANNELS, factor: 1 + k * difference });
      for (let i = 0; i < sum.length; i++) sum[i]! += Math.fround(zoomed[i]!);
    }
    for (let i = 0; i < sum.length; i++) {
      sum[i] = Math.fround(values[i]! + sum[i]!) / (count + 1);
    }
    return toBytes(sum);
  },
});
