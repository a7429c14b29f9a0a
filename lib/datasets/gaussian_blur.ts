import { gaussianFilter } from "../corruptions/mod.ts";
import type { ImageShape } from "./types.ts";

/**
 * Blurs an array [height, width, channels] with a Gaussian, as SciPy's `gaussian_filter(mode="nearest")`; with `mixChannels`
 * the channels are an axis like the others.
 */
export function gaussianBlur(
  values: Float64Array,
  [height, width, channels]: ImageShape,
  { sigma, mixChannels }: { sigma: number; mixChannels: boolean },
): Float64Array {
  const blurred = gaussianFilter(values, [height, width, channels], { sigma });
  if (!mixChannels || channels === 1) return blurred;
  // seen as a grey image with a row per pixel, the channels are its columns
  return gaussianFilter(blurred, [height * width, channels, 1], { sigma: [0, sigma] });
}
