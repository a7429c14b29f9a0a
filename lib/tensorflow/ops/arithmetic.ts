/** Functions of each entry, and of the entries of two tensors that broadcast. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { run } from "../kernel.ts";
import { binary, INFERRED, unary } from "./named.ts";

export const add = binary("AddV2");
export const sub = binary("Sub");
export const mul = binary("Mul");
export const div = binary("RealDiv");
/** a / b, and 0 where b is 0. */
export const divNoNan = binary("DivNoNan");
/** a b, and 0 where b is 0 even if a is infinite or NaN. */
export const mulNoNan = binary("MulNoNan");
export const pow = binary("Pow");
export const maximum = binary("Maximum");
export const minimum = binary("Minimum");
/** (a - b)^2. */
export const squaredDifference = binary("SquaredDifference");
/** x[..., c] + bias[c]. */
export const biasAdd = binary("BiasAdd");

export const neg = unary("Neg");
export const abs = unary("Abs");
export const sign = unary("Sign");
export const square = unary("Square");
export const sqrt = unary("Sqrt");
/** 1 / sqrt(x). */
export const rsqrt = unary("Rsqrt");
export const exp = unary("Exp");
export const log = unary("Log");
export const erf = unary("Erf");

export const relu = unary("Relu");
export const relu6 = unary("Relu6");
export const sigmoid = unary("Sigmoid");
export const tanh = unary("Tanh");
/** exp(x) / sum of exp(x) over the last axis. */
export const softmax = unary("Softmax");

/** dy where y = relu(x) is above 0, else 0. */
export const reluGrad = binary("ReluGrad");
/** dy where x, or y = relu6(x), is between 0 and 6, else 0. */
export const relu6Grad = binary("Relu6Grad");
/** dy y (1 - y), with y = sigmoid(x) first. */
export const sigmoidGrad = binary("SigmoidGrad");
/** dy (1 - y^2), with y = tanh(x) first. */
export const tanhGrad = binary("TanhGrad");
/** dy sigmoid(x). */
export const softplusGrad = binary("SoftplusGrad");

/** `x` limited to [low, high], each a scalar or as large as `x`. */
export function clipByValue(x: Tensor, low: Tensor, high: Tensor): Tensor {
  return run("ClipByValue", INFERRED, [x, low, high]);
}
