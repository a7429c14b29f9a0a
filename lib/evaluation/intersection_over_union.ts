import type { ConfusionMatrix } from "./confusion_matrix.ts";

/** The IoU of a test set. */
export interface IntersectionOverUnion {
  /** The mean over the classes; NaN where no class has one. */
  mean: number;
  /** Of each class; NaN for those of {@linkcode absent} unless they count as 1. */
  perClass: number[];
  /** Classes that neither label nor prediction has anywhere: they have no IoU, and the mean leaves them out unless told. */
  absent: number[];
}

/**
 * Intersection over union of each class, and its mean over the classes (section 5.4): IoU_c = TP / (TP + FP + FN) over the
 * pixels of the whole test set ("macro"; a mean over images or over all pixels at once is another number).
 *
 * @param options.absent What a class counts that is nowhere: it is left out of the mean unless told; 1 is the convention of
 *   segmentation_models_pytorch
 */
export function intersectionOverUnion(
  matrix: ConfusionMatrix,
  { absent: convention = "left out" }: { absent?: "left out" | "one" } = {},
): IntersectionOverUnion {
  if (convention !== "left out" && convention !== "one") {
    throw new RangeError(
      `Absent classes cannot count as "${convention}": give "left out" or "one"`,
    );
  }
  const perClass: number[] = [];
  const absent: number[] = [];
  for (let c = 0; c < matrix.classes; c++) {
    const both = matrix.count(c, c);
    const union = matrix.ofClass(c) + matrix.predictedAs(c) - both;
    if (union === 0) absent.push(c);
    perClass.push(union > 0 ? both / union : convention === "one" ? 1 : NaN);
  }
  const counted = perClass.filter((iou) => !Number.isNaN(iou));
  return { mean: counted.reduce((a, b) => a + b, 0) / counted.length, perClass, absent };
}

/** The share of samples that were predicted right; NaN where there are none. */
export function pixelAccuracy(matrix: ConfusionMatrix): number {
  let [right, all] = [0, 0];
  for (let c = 0; c < matrix.classes; c++) {
    right += matrix.count(c, c);
    all += matrix.ofClass(c);
  }
  return right / all;
}
