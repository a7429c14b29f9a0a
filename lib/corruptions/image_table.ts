import { defocusBlur, gaussianBlur, glassBlur, motionBlur, zoomBlur } from "./image_blur.ts";
import { jpegCompression, pixelate } from "./image_compression.ts";
import { elasticTransform } from "./image_elastic.ts";
import { brightness, contrast, fog, saturate } from "./image_light.ts";
import { gaussianNoise, impulseNoise, shotNoise, speckleNoise } from "./image_noise.ts";
import { spatter } from "./image_spatter.ts";
import { frost, snow } from "./image_weather.ts";

/** The 19 corruptions of CIFAR-C and ImageNet-C by the names of the archives; the last four are their "extra" ones. */
export const imageCorruptions = {
  gaussian_noise: gaussianNoise,
  shot_noise: shotNoise,
  impulse_noise: impulseNoise,
  defocus_blur: defocusBlur,
  glass_blur: glassBlur,
  motion_blur: motionBlur,
  zoom_blur: zoomBlur,
  snow,
  frost,
  fog,
  brightness,
  contrast,
  elastic_transform: elasticTransform,
  pixelate,
  jpeg_compression: jpegCompression,
  speckle_noise: speckleNoise,
  gaussian_blur: gaussianBlur,
  spatter,
  saturate,
};

/** The name of a corruption of CIFAR-C and ImageNet-C. */
export type ImageCorruptionName = keyof typeof imageCorruptions;

/** Over how many corruptions a mean is taken: at all severities, unweighted (A.1.2), and not by AlexNet's errors as mCE. */
export type ImageCorruptionList = "15" | "18" | "19";

const ALL = Object.keys(imageCorruptions) as ImageCorruptionName[];

/**
 * The names in each list: the 15 main ones; those and the four extra ones; and 18, as many as the paper averages, which it
 * does not name: all but glass_blur, as the one list of 18 seen in public code.
 */
export const imageCorruptionLists: Readonly<
  Record<ImageCorruptionList, readonly ImageCorruptionName[]>
> = {
  "15": ALL.slice(0, 15),
  "18": ALL.filter((name) => name !== "glass_blur"),
  "19": ALL,
};
