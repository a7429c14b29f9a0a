/** Many entries to one: over given axes, over each row (the last axis), or over all rows. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { axes, integer } from "../constants.ts";
import { attr, run, runMany } from "../kernel.ts";
import { INFERRED } from "./named.ts";

const KEEP = [attr.bool("keep_dims", true)];
const DROP = [attr.bool("keep_dims", false)];
const TO_INT32 = [attr.type("T", "float32"), attr.type("output_type", "int32")];
const WEIGHTED = [attr.bool("binary_output", false)];

/** The op of that name over some axes, or all; a reduced axis goes, or with `keepDims` stays with size 1. */
function reduction(name: string) {
  return (
    x: Tensor,
    over: readonly number[] = x.shape.map((_, axis) => axis),
    options: { keepDims?: boolean } = {},
  ): Tensor => run(name, options.keepDims ? KEEP : DROP, [x, axes(...over)]);
}

/** The op of that name over each row: [..., C] to [..., 1]. */
function ofRows(name: string) {
  return (x: Tensor): Tensor => run(name, KEEP, [x, axes(x.rank - 1)]);
}

export const sum = reduction("Sum");
export const mean = reduction("Mean");
export const max = reduction("Max");
/** Whether any entry is true. */
export const any = reduction("Any");
export const euclideanNorm = reduction("EuclideanNorm");

export const rowSum = ofRows("Sum");
export const rowMean = ofRows("Mean");
export const rowMax = ofRows("Max");
export const rowNorm = ofRows("EuclideanNorm");

/** The sums over all axes but the last: [..., C] to [C]. */
export function columnSum(x: Tensor): Tensor {
  return run("BiasAddGrad", INFERRED, [x]);
}

const TRANSPOSED = {
  neither: INFERRED,
  first: [attr.bool("transpose_a", true)],
  second: [attr.bool("transpose_b", true)],
};

/** The product of two matrices, one of them transposed where that is asked for. */
export function matMul(
  a: Tensor,
  b: Tensor,
  options: { transposed?: keyof typeof TRANSPOSED } = {},
): Tensor {
  return run("MatMul", TRANSPOSED[options.transposed ?? "neither"], [a, b]);
}

/** The index of each row's largest entry, the first of equal ones: [n, C] to int32 [n]. */
export function argMax(rows: Tensor): Tensor {
  return run("ArgMax", TO_INT32, [rows, integer(1)]);
}

/** The `k` largest entries of each row in falling order, and their indices: [n, C] to [n, k]. */
export function topk(rows: Tensor, k: number): [values: Tensor, indices: Tensor] {
  return runMany("TopKV2", INFERRED, [rows, integer(k)], 2) as [Tensor, Tensor];
}

/** The sum of the weights [n] of each number from 0 to `size` - 1 in `numbers` [n]; with an empty list of weights how many. */
export function denseBincount(numbers: Tensor, size: number, weights: Tensor): Tensor {
  return run("DenseBincount", WEIGHTED, [numbers, integer(size), weights]);
}
