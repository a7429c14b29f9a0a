import type { Generator } from "../random/mod.ts";
import type { Affine } from "./affine.ts";
import { toUnit } from "./bytes.ts";
import { checkNumbers, noField } from "./fields.ts";
import { mnistCorruption, SIDE } from "./mnist_corruption.ts";
import { aboutCentre, warpAffine } from "./skimage_warp.ts";

/** A direction, drawn with equal chances. */
export type Sign = -1 | 1;

// the centre of 28 pixels, 0 .. 27
const CENTRE = (SIDE - 1) / 2;

/**
 * Shears by c to either side. The matrix is that of scikit-image 0.15, [[1, -sin c], [0, cos c]], which stretches as well;
 * later versions have [[1, -tan c], [0, 1]], whose images are others.
 */
export const shear = mnistCorruption({
  name: "shear",
  title: "Shear",
  severities: [0.2, 0.4, 0.6, 0.8, 1],
  severity: 2,
  field: sign,
  corrupt(image, field, angle) {
    checkNumbers("shear", field);
    const [cos, sin] = [Math.cos(field * angle), Math.sin(field * angle)];
    return warp(image, aboutCentre([[1, -sin], [0, cos]], CENTRE));
  },
});

/** Shrinks the digit about the centre, by factors 0.9 to 0.5. */
export const scale = mnistCorruption({
  name: "scale",
  title: "Scale",
  severities: [1 / 0.9, 1 / 0.8, 1 / 0.7, 1 / 0.6, 1 / 0.5],
  severity: 3,
  field: noField,
  corrupt: (image, _, factor) => warp(image, aboutCentre([[factor, 0], [0, factor]], CENTRE)),
});

/** Turns about the centre, by an angle in radians to either side. */
export const rotate = mnistCorruption({
  name: "rotate",
  title: "Rotate",
  severities: [0.2, 0.4, 0.6, 0.8, 1],
  severity: 2,
  field: sign,
  corrupt(image, field, angle) {
    checkNumbers("rotate", field);
    const [cos, sin] = [Math.cos(field * angle), Math.sin(field * angle)];
    return warp(image, aboutCentre([[cos, -sin], [sin, cos]], CENTRE));
  },
});

/** Moves by whole pixels in both directions. Field: the signs of the horizontal and of the vertical move. */
export const translate = mnistCorruption({
  name: "translate",
  title: "Translate",
  severities: [1, 2, 3, 4, 5],
  severity: 3,
  field: (random): readonly [Sign, Sign] => [sign(random), sign(random)],
  corrupt(image, [right, down], distance) {
    checkNumbers("translate", right, down);
    return warp(image, [1, 0, right * distance, 0, 1, down * distance]);
  },
});

function sign(random: Generator): Sign {
  return random.integer(2) === 0 ? -1 : 1;
}

function warp(image: Uint8Array, map: Affine): Float64Array {
  return warpAffine(toUnit(image), [SIDE, SIDE], map);
}
