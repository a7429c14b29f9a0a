/**
 * Numbers as tensors, made once and kept for as long as the program runs: making one costs as much as an op.
 *
 * They stand outside of TensorFlow.js's books, so that `tf.memory()` shows the same before and after a first use, and
 * no scope disposes them. They are inputs of ops; never return one from a function, nor save it for a gradient.
 */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { backend } from "./backend.ts";
import { tf } from "./load.ts";

// What TensorFlow.js knows of each constant; its number is -1 until an op has used it.
const all: { id: number }[] = [];

/** The numbers of all constants that ops have used so far. */
export function constantIds(): Set<number> {
  return new Set(all.map(({ id }) => id));
}

/** How many constants there are; they must not become more with every use of something. */
export function constantCount(): number {
  return all.length;
}

type Values = Float32Array | Int32Array | Uint8Array;

function kept(values: Values, shape: number[], dtype: "float32" | "int32" | "bool"): Tensor {
  const dataId = tf.backend().write(values, shape, dtype);
  all.push(backend.tensorMap.get(dataId));
  // A tensor's own constructor, unlike `tf.tensor`, tells the engine nothing.
  return new tf.Tensor(shape, dtype, dataId as ConstructorParameters<typeof tf.Tensor>[2], -1);
}

function memoised(make: (value: number) => Tensor): (value: number) => Tensor {
  const made = new Map<number, Tensor>();
  return (value) => {
    let tensor = made.get(value);
    if (!tensor) made.set(value, tensor = make(value));
    return tensor;
  };
}

/** A float32 scalar. */
export const number = memoised((value) => kept(Float32Array.of(value), [], "float32"));

/** An int32 scalar. */
export const integer = memoised((value) => kept(Int32Array.of(value), [], "int32"));

const vectors = new Map<string, Tensor>();

/** A float32 vector. */
export function vector(values: readonly number[]): Tensor {
  const key = values.join();
  let tensor = vectors.get(key);
  if (!tensor) {
    vectors.set(key, tensor = kept(Float32Array.from(values), [values.length], "float32"));
  }
  return tensor;
}

/** A float32 tensor; keep it, it is a new one each time. */
export function constant(values: Float32Array, shape: readonly number[]): Tensor {
  return kept(values, [...shape], "float32");
}

/** An int32 vector; keep it, it is a new one each time. */
export function indices(values: readonly number[]): Tensor {
  return kept(Int32Array.from(values), [values.length], "int32");
}

const lists = new Map<string, Tensor>();

/** The axes of a reduction or the order of axes, as an int32 vector. */
export function axes(...values: number[]): Tensor {
  const key = values.join();
  let tensor = lists.get(key);
  if (!tensor) lists.set(key, tensor = indices(values));
  return tensor;
}

/** True, as a tensor. */
export const TRUE: Tensor = kept(Uint8Array.of(1), [], "bool");
/** False, as a tensor. */
export const FALSE: Tensor = kept(Uint8Array.of(0), [], "bool");
