/** Comparisons, and what is done with their results. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { attr, run } from "../kernel.ts";
import { binary, INFERRED, unary } from "./named.ts";

export const less = binary("Less");
export const lessEqual = binary("LessEqual");
export const greater = binary("Greater");
export const greaterEqual = binary("GreaterEqual");
export const equal = binary("Equal");
export const notEqual = binary("NotEqual");

export const logicalAnd = binary("LogicalAnd");
export const logicalOr = binary("LogicalOr");
export const logicalNot = unary("LogicalNot");

/** Entry by entry `a` where `condition` holds, else `b`; all of them broadcast. */
export function where(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  return run("SelectV2", INFERRED, [condition, a, b]);
}

/** Row by row `a` where `condition` [n] holds, else `b`: copies whole rows, and is faster than {@linkcode where}. */
export function whereRows(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  return run("Select", INFERRED, [condition, a, b]);
}

const TO = {
  float32: [attr.type("DstT", "float32")],
  int32: [attr.type("DstT", "int32")],
};

/** The same numbers in another type; 1 for true, 0 for false. */
export function cast(x: Tensor, type: keyof typeof TO): Tensor {
  return run("Cast", TO[type], [x]);
}
