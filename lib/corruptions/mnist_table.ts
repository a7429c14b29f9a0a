import { cannyEdges } from "./mnist_canny.ts";
import { rotate, scale, shear, translate } from "./mnist_geometry.ts";
import { glassBlur } from "./mnist_glass_blur.ts";
import { brightness, fog, stripe } from "./mnist_light.ts";
import { dottedLine, zigzag } from "./mnist_lines.ts";
import { motionBlur } from "./mnist_motion_blur.ts";
import { impulseNoise, shotNoise } from "./mnist_noise.ts";
import { spatter } from "./mnist_spatter.ts";

/** The 15 corruptions of MNIST-C by the names of the archive's folders, in the order of its authors' code. */
export const mnistCorruptions = {
  shot_noise: shotNoise,
  impulse_noise: impulseNoise,
  glass_blur: glassBlur,
  motion_blur: motionBlur,
  shear,
  scale,
  rotate,
  brightness,
  translate,
  stripe,
  fog,
  spatter,
  dotted_line: dottedLine,
  zigzag,
  canny_edges: cannyEdges,
};

/** The name of a corruption of MNIST-C. */
export type MnistCorruptionName = keyof typeof mnistCorruptions;
