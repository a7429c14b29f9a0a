/** Ops by their names in TensorFlow. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { type Attribute, run } from "../kernel.ts";

/** For ops whose attributes TensorFlow infers from the inputs: passing them costs a microsecond per call. */
export const INFERRED: readonly Attribute[] = [];

/** The op of that name, of one tensor. */
export const unary = (name: string) => (x: Tensor): Tensor => run(name, INFERRED, [x]);

/** The op of that name, of two tensors that broadcast. */
export const binary = (name: string) => (a: Tensor, b: Tensor): Tensor =>
  run(name, INFERRED, [a, b]);
