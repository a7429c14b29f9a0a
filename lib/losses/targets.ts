/** What labels pick: the target's entry of each row of logits [P, C], where the labels are int32 [P] or a column [P, 1]. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { op, vector } from "../tensorflow/mod.ts";
import { columnTotals, MANY } from "./totals.ts";

/** [P, classes]: `target` where the class is the sample's label, `other` elsewhere. */
export function byTarget(labels: Tensor, classes: number, target: number, other: number): Tensor {
  return op.oneHot(labels, classes, { on: target, off: other });
}

/** [P, classes]: whether the class is the sample's label. */
export const isTarget = op.oneHotMask;

/** The entry of each row at its label: [P, C] and labels [P, 1] to [P, 1]. */
export const atTarget = op.gatherInRows;

/** For each sample the value of its label's class: [C] and labels [P, 1] to [P, 1]. */
export function ofTarget(perClass: Tensor, labels: Tensor): Tensor {
  return op.gather(perClass, labels);
}

const ALL_ONES = vector([]); // what the kernel takes for weights of 1

/** Sum of `values` [P], whole numbers, over the samples of each class, [C]; without values, how many these are. */
export function sumPerClass(labels: Tensor, classes: number, values: Tensor = ALL_ONES): Tensor {
  return op.denseBincount(labels, classes, values);
}

/** Sum of `values` [P] over the samples of each class, [C]. */
export function totalsPerClass(labels: Tensor, classes: number, values: Tensor): Tensor {
  if (labels.size < MANY) return sumPerClass(labels, classes, values);
  // The kernel adds one number after the other.
  return columnTotals(op.mul(byTarget(labels, classes, 1, 0), asColumn(values)));
}

/** One number per sample as a column that goes with rows: [P] to [P, 1]. */
export function asColumn(values: Tensor): Tensor {
  return op.expandDims(values, 1);
}
