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
  const stains = new Float64Array(depth.length);
  for (let i = 0; i < stains.length; i++) stains[i] = depth[i]! > threshold ? 1 : 0;
  // float32 keeps less between the passes along columns and rows
  const down = gaussianFilter(stains, [side, side, 1], { sigma: [blur, 0] });
  for (let i = 0; i < down.length; i++) down[i] = Math.fround(down[i]!);
  const cover = new Float32Array(gaussianFilter(down, [side, side, 1], { sigma: [0, blur] }));
  for (let i = 0; i < cover.length; i++) if (cover[i]! < SMALLEST_COVER) cover[i] = 0;
  return cover;
}
