import { toUnit } from "./bytes.ts";
import { checkNumbers } from "./fields.ts";
import { mnistCorruption, SIDE } from "./mnist_corruption.ts";
import { motionAngle, motionBlur as smear } from "./motion_blur.ts";

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
  field: motionAngle,
  corrupt(image, angle, { radius, sigma }) {
    checkNumbers("motion_blur", angle);
    return toUnit(smear(image, [SIDE, SIDE, 1], { radius, sigma, angle }));
  },
});
