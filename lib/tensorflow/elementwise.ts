/** TensorFlow ops that losses and attacks are made of, one kernel each, without a gradient of their own. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { attr, type Attribute, run } from "./kernel.ts";

export { softmaxCrossEntropy } from "./softmax_cross_entropy.ts";

// TensorFlow infers the types from the inputs; passing them costs a microsecond per call.
const INFERRED: readonly Attribute[] = [];
const TO_FLOAT = [attr.type("DstT", "float32")];
const COLUMN = [attr.int("squeeze_dims", [1])];

/** The op of that name, of two tensors that broadcast. */
export const binary = (op: string) => (a: Tensor, b: Tensor): Tensor => run(op, INFERRED, [a, b]);
/** The op of that name, of one tensor. */
export const unary = (op: string) => (a: Tensor): Tensor => run(op, INFERRED, [a]);
/** The op of that name along axes. */
export const reduction =
  (op: string, axis: Tensor, attributes: readonly Attribute[]) => (a: Tensor): Tensor =>
    run(op, attributes, [a, axis]);

export const add = binary("AddV2");
export const sub = binary("Sub");
export const mul = binary("Mul");
export const div = binary("RealDiv");
/** a / b, and 0 where b is 0. */
export const divOrZero = binary("DivNoNan");
export const maximum = binary("Maximum");
export const minimum = binary("Minimum");
export const less = binary("Less");
export const atMost = binary("LessEqual");
export const sign = unary("Sign");
export const square = unary("Square");
export const squareRoot = unary("Sqrt");

/** Entry by entry `a` where `condition` holds, else `b`; all of them broadcast. */
export function choose(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  return run("SelectV2", INFERRED, [condition, a, b]);
}

/** 1 for true, 0 for false. */
export function asNumber(condition: Tensor): Tensor {
  return run("Cast", TO_FLOAT, [condition]);
}

/** The reverse of a column: [n, 1] to [n]. */
export function asList(column: Tensor): Tensor {
  return run("Squeeze", COLUMN, [column]);
}
