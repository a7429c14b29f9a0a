/** A number of channels as a multiple of 8 that is not more than a tenth smaller (torchvision's `_make_divisible`). */
export function divisibleBy8(wanted: number): number {
  const rounded = Math.max(8, Math.floor((wanted + 4) / 8) * 8);
  return rounded < 0.9 * wanted ? rounded + 8 : rounded;
}
