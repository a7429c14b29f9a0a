import { toUnit } from "./bytes.ts";
import { checkNumbers } from "./fields.ts";
import { mnistCorruption, SIDE } from "./mnist_corruption.ts";
import { motionBlur as smear } from "./motion_blur.ts";

// degrees to either side of a motion to the right
const LARGEST_ANGLE = 45;

/** ImageMagick's motion blur. Field: the angle in degrees, in [-45, 45). */
export const motionBlur = mnistCorruption({
  name: "motion_blur",
  title: "Motion blur",
  severities: [
    { radius: 10, sigma: 3 },
    { radius: 15, sigma: 5 },
    { radius: 15, sigma: 8 },
    { radius: 15, sigma: 12 },
    { radius: 20, sigma: 15 },
  ],
  severity: 1,
  field: (random): number => (2 * random.uniform() - 1) * LARGEST_ANGLE,
  corrupt(image, angle, { radius, sigma }) {
    checkNumbers("motion_blur", angle);
    return toUnit(smear(image, [SIDE, SIDE, 1], { radius, sigma, angle }));
  },
});
