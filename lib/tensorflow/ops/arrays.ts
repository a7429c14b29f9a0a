/** Taking tensors apart, and putting them together. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { axes, FALSE, integer, number, TRUE } from "../constants.ts";
import { attr, type Attribute, run } from "../kernel.ts";
import { tf } from "../load.ts";
import { INFERRED } from "./named.ts";

function ints(values: readonly number[]): Tensor {
  return tf.tensor1d([...values], "int32");
}

/** With a new axis of size 1: for axis 1 [n] to [n, 1]. */
export function expandDims(x: Tensor, axis: number): Tensor {
  return run("ExpandDims", INFERRED, [x, integer(axis)]);
}

const COLUMN = [attr.int("squeeze_dims", [1])];

/** The entries of a column: [n, 1] to [n]. */
export function squeezeColumn(column: Tensor): Tensor {
  return run("Squeeze", COLUMN, [column]);
}

/** The axes in another order. */
export function transpose(x: Tensor, order: readonly number[]): Tensor {
  return run("Transpose", INFERRED, [x, axes(...order)]);
}

const PER_ROW = [attr.int("batch_dims", 1)];

/** The slices of `x` along the first axis, or another, at the given indices. */
export function gather(x: Tensor, indices: Tensor, axis = 0): Tensor {
  return run("GatherV2", INFERRED, [x, indices, integer(axis)]);
}

/** For each row the entries at that row's indices: [n, C] and [n, k] to [n, k]. */
export function gatherInRows(rows: Tensor, indices: Tensor): Tensor {
  return run("GatherV2", PER_ROW, [rows, indices, integer(1)]);
}

const LAST = [attr.int("axis", -1)];
const SECOND = [attr.int("axis", 1)];

/**
 * `on` at the index and `off` elsewhere, along a new axis of size `depth`: [n] to [n, depth].
 *
 * @param options.axis Where the new axis goes; last unless given
 */
export function oneHot(
  indices: Tensor,
  depth: number,
  options: { on?: number; off?: number; axis?: 1 } = {},
): Tensor {
  const { on = 1, off = 0, axis } = options;
  return run("OneHot", axis === 1 ? SECOND : LAST, [
    indices,
    integer(depth),
    number(on),
    number(off),
  ]);
}

/** Whether each place is the index: [n] to bool [n, depth]. */
export function oneHotMask(indices: Tensor, depth: number): Tensor {
  return run("OneHot", LAST, [indices, integer(depth), TRUE, FALSE]);
}

const INDEXED = [attr.type("Tidx", "int32")];
const FIRST = [attr.int("axis", 0)];
const lists = new Map<string, readonly Attribute[]>();

/** The attributes of an op that takes a list of `count` tensors of one type. */
function listOf(tensors: readonly Tensor[], more: readonly Attribute[]): readonly Attribute[] {
  const { length, 0: first } = tensors;
  const dtype = first!.dtype as "float32" | "int32";
  const key = `${length} ${dtype} ${more.map(({ name, value }) => `${name}=${value}`)}`;
  let attributes = lists.get(key);
  if (attributes === undefined) {
    attributes = [attr.int("N", length), attr.type("T", dtype), ...more];
    lists.set(key, attributes);
  }
  return attributes;
}

/** Tensors one after another along the first axis: [n, C] and [m, C] to [n + m, C]. */
export function concat(tensors: readonly Tensor[]): Tensor {
  return run("ConcatV2", listOf(tensors, INDEXED), [...tensors, integer(0)]);
}

/** Tensors of one shape along a new first axis. */
export function stack(tensors: readonly Tensor[]): Tensor {
  return run("Pack", listOf(tensors, FIRST), tensors);
}

/** The part of `x` from `begin` on, an int32 tensor or numbers, of that size. */
export function slice(
  x: Tensor,
  begin: Tensor | readonly number[],
  size: readonly number[],
): Tensor {
  return run("Slice", INFERRED, [x, begin instanceof tf.Tensor ? begin : ints(begin), ints(size)]);
}

/** `x` with so many zeros before and behind it along each axis. */
export function pad(
  x: Tensor,
  zeros: readonly (readonly [before: number, after: number])[],
): Tensor {
  return run("Pad", INFERRED, [x, tf.tensor2d(zeros.flat(), [zeros.length, 2], "int32")]);
}

/** The entries moved on by `by`, int32 [axes], along axes; what goes out at the end comes in at the start. */
export function roll(x: Tensor, by: Tensor | readonly number[], over: readonly number[]): Tensor {
  return run("Roll", INFERRED, [x, by instanceof tf.Tensor ? by : ints(by), axes(...over)]);
}

const TO_BYTES = [attr.type("T", "int32"), attr.type("type", "uint8")];

/** The bytes that int32 numbers are made of: [n] to uint8 [n, 4]. */
export function bytesOf(numbers: Tensor): Tensor {
  return run("Bitcast", TO_BYTES, [numbers]);
}
