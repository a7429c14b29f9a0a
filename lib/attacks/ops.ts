/**
 * The TensorFlow ops that attacks are made of. Images are rows of pixels, [n, P] with P = H * W * C in NHWC's order, and
 * what each image has one of is a list [n] or a column [n, 1].
 */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  attr,
  type Attribute,
  axes,
  elementwise,
  integer,
  number,
  run,
  runMany,
  tf,
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
const SECOND_AXIS = [attr.int("axis", 1)];
const TWO = [attr.int("N", 2), attr.type("T", "float32"), attr.type("Tidx", "int32")];
const THREE = [attr.int("N", 3), attr.type("T", "int32"), attr.type("Tidx", "int32")];
const TO_INT32 = [attr.type("T", "float32"), attr.type("output_type", "int32")];

const ZERO = axes(0);
const PIXELS = axes(1);
const PLANE = axes(1, 2);
const VOLUME = axes(1, 2, 3);
const ALL_ROWS = axes(0, 1);

export const greater = binary("Greater");
export const atLeast = binary("GreaterEqual");
export const equal = binary("Equal");
export const either = binary("LogicalOr");
export const both = binary("LogicalAnd");
export const not = unary("LogicalNot");
export const absolute = unary("Abs");

/** Sum of each row, [n, P] to [n, 1]. */
export const rowSum = reduction("Sum", PIXELS, KEEP);
/** Euclidean norm of each row, [n, P] to [n, 1]. */
export const rowNorm = reduction("EuclideanNorm", PIXELS, KEEP);
/** Largest entry of each row, [n, P] to [n, 1]. */
export const rowMaximum = reduction("Max", PIXELS, KEEP);
/** Euclidean norm of each image and channel, [n, H, W, C] to [n, 1, 1, C]. */
export const planeNorm = reduction("EuclideanNorm", PLANE, KEEP);
/** Euclidean norm of each image, [n, H, W, C] to [n, 1, 1, 1]. */
export const volumeNorm = reduction("EuclideanNorm", VOLUME, KEEP);
/** Sum over the last axis, [n, C, k] to [n, C]. */
export const lastSum = reduction("Sum", axes(2), DROP);
/** Whether any entry of a [n, 1] column is true. */
export const any = reduction("Any", ALL_ROWS, DROP);

/** `a` limited to [low, high], each a scalar or as large as `a`. */
export function clip(a: Tensor, low: Tensor, high: Tensor): Tensor {
  return run("ClipByValue", INFERRED, [a, low, high]);
}

/** Row by row `a` where `condition` [n] holds, else `b`: copies whole rows, and is faster than {@linkcode choose}. */
export function chooseRows(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  return run("Select", INFERRED, [condition, a, b]);
}

/** The predicted class of each row of logits, the first of equal ones: [n, C] to int32 [n]. */
export function predictions(logits: Tensor): Tensor {
  return run("ArgMax", TO_INT32, [logits, integer(1)]);
}

/** Whether each row holds finite numbers only: [n, P] to bool [n]. */
export function isFiniteRow(rows: Tensor): Tensor {
  // Infinity and NaN are what gives no zero with itself taken away.
  return asList(equal(rowSum(sub(rows, rows)), number(0)));
}

/** Whether each row of logits is that of its label; one that is not finite is of no class. */
export function isClassified(logits: Tensor, labels: Tensor): Tensor {
  return both(equal(predictions(logits), labels), isFiniteRow(logits));
}

/** The classes of each row, [n, k] to [n, classes, k]: 1 at each class, 0 elsewhere. */
export function oneHot(indices: Tensor, classes: number): Tensor {
  return run("OneHot", SECOND_AXIS, [indices, integer(classes), number(1), number(0)]);
}

/** The `k` largest entries of each row in falling order, and their places. */
export function largest(rows: Tensor, k: number): [values: Tensor, places: Tensor] {
  return runMany("TopKV2", INFERRED, [rows, integer(k)], 2) as [Tensor, Tensor];
}

/** Puts `a` and `b` below each other: [n, P] and [m, P] to [n + m, P]. */
export function stack(a: Tensor, b: Tensor): Tensor {
  return run("ConcatV2", TWO, [a, b, integer(0)]);
}

/** The square of that side whose upper left corner is at `corner`, int32 [2]: [n, H, W, C] to [n, side, side, C]. */
export function windowAt(images: Tensor, corner: Tensor, side: number): Tensor {
  const [count, , , channels] = images.shape as [number, number, number, number];
  const begin = run("ConcatV2", THREE, [ZERO, corner, ZERO, integer(0)]);
  const size = tf.tensor1d([count, side, side, channels], "int32");
  return run("Slice", INFERRED, [images, begin, size]);
}

/** Rolls the pixels down and to the right by `by`, int32 [2]: [n, H, W, C] to the same shape. */
export function roll(images: Tensor, by: Tensor): Tensor {
  return run("Roll", INFERRED, [images, by, PLANE]);
}

/** The rows of those places. */
export function rowsAt(rows: Tensor, places: readonly number[]): Tensor {
  const indices = tf.tensor1d(Int32Array.from(places), "int32");
  const taken = run("GatherV2", INFERRED, [rows, indices, integer(0)]);
  indices.dispose();
  return taken;
}

/** Disposes the tensors of `old` that `kept` does not hold. */
export function disposeReplaced(old: object, kept: object): void {
  const still = new Set<unknown>(Object.values(kept));
  for (const value of Object.values(old)) {
    if (value instanceof tf.Tensor && value.id >= 0 && !still.has(value)) value.dispose();
  }
}
