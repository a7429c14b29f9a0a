/**
 * The TensorFlow ops that losses are made of, under the names that the formulas use.
 *
 * Each is one kernel. A loss is small: on 128 x 10 logits the number of kernels decides its time, and on the
 * pixels of a segmentation the number of results as large as the logits.
 */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  attr,
  type Attribute,
  axes,
  elementwise,
  FALSE,
  integer,
  number,
  run,
  TRUE,
  vector,
} from "../tensorflow/mod.ts";

export const {
  add,
  sub,
  mul,
  div,
  divOrZero,
  maximum,
  minimum,
  less,
  atMost,
  sign,
  square,
  squareRoot,
  choose,
  asNumber,
  asList,
  softmaxCrossEntropy,
} = elementwise;
const { binary, unary, reduction } = elementwise;

// TensorFlow infers the types from the inputs; passing them costs a microsecond per call.
const INFERRED: readonly Attribute[] = [];
const KEEP = [attr.bool("keep_dims", true)];
const DROP = [attr.bool("keep_dims", false)];
const LAST_AXIS = [attr.int("axis", -1)];
const PER_ROW = [attr.int("batch_dims", 1)];
const WEIGHTED = [attr.bool("binary_output", false)];

const SAMPLES = axes(0);
const CLASSES = axes(1);
const BOTH = axes(0, 1);
const FIRST = integer(0);
const SECOND = integer(1);
const ALL_ONES = vector([]); // what DenseBincount takes for weights of 1

/** a b, and 0 where b is 0 even if a is infinite or NaN. */
export const mulOrZero = binary("MulNoNan");
export const pow = binary("Pow");
export const notEqual = binary("NotEqual");
/** Adds a number per class to every row. */
export const addPerClass = binary("BiasAdd");
export const relu = unary("Relu");
export const negative = unary("Neg");
export const softmax = unary("Softmax");

/** Sum over the samples: [P, C] to [C], [P] to a scalar. */
export const sumOfSamples = reduction("Sum", SAMPLES, DROP);
/** Sum of all entries: [P, C] or [P, 1] to a scalar. */
export const sumOfAll = reduction("Sum", BOTH, DROP);
/** Mean over the samples: [P] to a scalar. */
export const meanOfSamples = reduction("Mean", SAMPLES, DROP);
/** Sum over the classes, [P, C] to [P, 1]. */
export const sumOfClasses = reduction("Sum", CLASSES, KEEP);
/** Mean over the classes, [P, C] to [P, 1]. */
export const meanOfClasses = reduction("Mean", CLASSES, KEEP);
/** Euclidean norm over the classes, [P, C] to [P, 1]. */
export const normOfClasses = reduction("EuclideanNorm", CLASSES, KEEP);

/** [P, classes]: `target` where the class is the sample's label, `other` elsewhere. */
export function byTarget(labels: Tensor, classes: number, target: number, other: number): Tensor {
  const values = [labels, integer(classes), number(target), number(other)];
  return run("OneHot", LAST_AXIS, values);
}

/** [P, classes]: whether the class is the sample's label. */
export function isTarget(labels: Tensor, classes: number): Tensor {
  return run("OneHot", LAST_AXIS, [labels, integer(classes), TRUE, FALSE]);
}

/** One number per sample as a column that goes with rows: [P] to [P, 1]. */
export function asColumn(values: Tensor): Tensor {
  return run("ExpandDims", INFERRED, [values, SECOND]);
}

/** The entry of each row at its label: [P, C] and labels [P, 1] to [P, 1]. */
export function atTarget(rows: Tensor, labels: Tensor): Tensor {
  return run("GatherV2", PER_ROW, [rows, labels, SECOND]);
}

/** For each sample the value of its label's class: [C] and labels [P, 1] to [P, 1]. */
export function ofTarget(perClass: Tensor, labels: Tensor): Tensor {
  return run("GatherV2", INFERRED, [perClass, labels, FIRST]);
}

/** Sum of `values` [P] over the samples of each class, [C]; without values, how many these are. */
export function sumPerClass(labels: Tensor, classes: number, values: Tensor = ALL_ONES): Tensor {
  return run("DenseBincount", WEIGHTED, [labels, integer(classes), values]);
}
