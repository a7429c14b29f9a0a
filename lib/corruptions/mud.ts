import { gaussianFilter } from "./gaussian_filter.ts";

// a cover of mud below this leaves the pixel clean
const SMALLEST_COVER = Math.fround(0.8);

/**
 * The share of mud in every pixel [side, side], in float32 as the originals: blurred stains where `depth` exceeds a
 * threshold.
 */
export function mudCover(
  depth: Float64Array,
  side: number,
  { threshold, blur }: { threshold: number; blur: number },
): Float32Array {
  const stains = depth.map((value) => value > threshold ? 1 : 0);
  // float32 keeps less between the passes along columns and rows
  const down = gaussianFilter(stains, [side, side, 1], { sigma: [blur, 0] }).map(Math.fround);
  const cover = Float32Array.from(gaussianFilter(down, [side, side, 1], { sigma: [0, blur] }));
  return cover.map((share) => share < SMALLEST_COVER ? 0 : share);
}
