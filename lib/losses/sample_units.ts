/**
 * The readings of "the number of training samples of a class" where every pixel has a label, which the paper leaves open
 * (section 4.3):
 *
 * - `pixels`: each pixel is a sample, as it is for the loss
 * - `images_equivalent`: the pixels divided by those of an image
 * - `images_containing`: the images in which the class occurs
 */
export const sampleUnits = ["pixels", "images_equivalent", "images_containing"] as const;
/** One of {@linkcode sampleUnits}. */
export type SampleUnit = (typeof sampleUnits)[number];

/**
 * The number of training samples of each class, for the margins of HEM and HEM+ and for logit adjustment.
 *
 * @param counts Labelled pixels of each class, images in which each occurs, and the pixels of an image on average
 * @throws {RangeError} for another unit
 */
export function samplesPerClass(
  counts: {
    readonly pixels: readonly number[];
    readonly images: readonly number[];
    readonly pixelsPerImage: number;
  },
  unit: SampleUnit = "pixels",
): number[] {
  switch (unit) {
    case "pixels":
      return [...counts.pixels];
    case "images_equivalent":
      return counts.pixels.map((count) => count / counts.pixelsPerImage);
    case "images_containing":
      return [...counts.images];
    default:
      throw new RangeError(`sampleUnit must be one of ${sampleUnits.join(", ")}, got ${unit}`);
  }
}
