/** Sums and means along one axis, straight through the kernels; not differentiable by themselves. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { integer } from "./constants.ts";
import { attr, run } from "./kernel.ts";

const T = attr.type("T", "float32");
const BIAS = [T, attr.string("data_format", "NHWC")];
const REDUCTION = [T, attr.type("Tidx", "int32"), attr.bool("keep_dims", true)];

function reduce(op: "Mean" | "Sum", x: Tensor, axis: number): Tensor {
  return run(op, REDUCTION, [x, integer(axis)]);
}

/** The sums over the last axis, which stays with size 1. */
export function rowSum(x: Tensor): Tensor {
  return reduce("Sum", x, x.rank - 1);
}

/** The means over the last axis, which stays with size 1. */
export function rowMean(x: Tensor): Tensor {
  return reduce("Mean", x, x.rank - 1);
}

/** The sums over all axes but the last: [..., C] to [C]. */
export function columnSum(x: Tensor): Tensor {
  return run("BiasAddGrad", BIAS, [x]);
}
