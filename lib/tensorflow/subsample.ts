/** Shortcuts without parameters, and the pixels that a window of one sees. */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { attr, differentiable, run } from "./kernel.ts";
import { tf } from "./load.ts";
import * as op from "./ops/mod.ts";

const T = attr.type("T", "float32");
const SLICES = [
  T,
  attr.type("Index", "int32"),
  // Of the ends, which are those of the map.
  attr.int("begin_mask", 0),
  attr.int("end_mask", 0b1111),
  attr.int("ellipsis_mask", 0),
  attr.int("new_axis_mask", 0),
  attr.int("shrink_axis_mask", 0),
];

/**
 * Every `stride`-th row and column, from the first, and `channels` channels of zeros before and behind the others.
 *
 * @param x [N, H, W, C]
 * @returns [N, ceil(H / stride), ceil(W / stride), C + 2 channels]
 */
export function subsample(x: Tensor, stride: number, channels: number): Tensor4D {
  return differentiable({ x }, () => {
    const sampled = everyNth(x, stride);
    return {
      value: op.pad(sampled, [[0, 0], [0, 0], [0, 0], [channels, channels]]),
      saved: {},
      gradients: (dy) => ({
        x: () => {
          const inner = op.slice(dy, [0, 0, 0, channels], sampled.shape);
          const shape = tf.tensor1d(x.shape, "int32");
          const [from, by] = [
            tf.zeros([4], "int32"),
            tf.tensor1d([1, stride, stride, 1], "int32"),
          ];
          return run("StridedSliceGrad", SLICES, [shape, from, from, by, inner]);
        },
      }),
    };
  }) as Tensor4D;
}

/** Every `stride`-th row and column, from the first, [N, H, W, C] to [N, ceil(H / stride), ceil(W / stride), C]; no gradient. */
export function everyNth(x: Tensor, stride: number): Tensor {
  const none = tf.zeros([4], "int32");
  const strides = tf.tensor1d([1, stride, stride, 1], "int32");
  return run("StridedSlice", SLICES, [x, none, none, strides]);
}
