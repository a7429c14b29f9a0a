/** Shortcuts without parameters, and the pixels that a window of one sees. */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { differentiable } from "./kernel.ts";
import * as op from "./ops/mod.ts";

/**
 * Every `stride`-th row and column, from the first, and `channels` channels of zeros before and behind the others.
 *
 * @param x [N, H, W, C]
 * @returns [N, ceil(H / stride), ceil(W / stride), C + 2 channels]
 */
export function subsample(x: Tensor, stride: number, channels: number): Tensor4D {
  return differentiable({ x }, () => {
    const sampled = everyNth(x, stride);
    const [count, height, width, into] = sampled.shape as [number, number, number, number];
    const pixels = count * height * width;
    const value = op.pad(sampled.reshape([pixels, into]), [[0, 0], [channels, channels]])
      .reshape([count, height, width, into + 2 * channels]);
    return {
      value,
      saved: {},
      gradients: (dy) => ({
        x: () => {
          const inner = op.slice(dy.reshape([pixels, -1]), [0, channels], [pixels, into]);
          return everyNthGradient(inner, x.shape, stride);
        },
      }),
    };
  }) as Tensor4D;
}

/**
 * Every `stride`-th row and column, from the first, [N, H, W, C] to [N, ceil(H / stride), ceil(W / stride), C]; no gradient.
 *
 * `stride` rows of a map are one row of a matrix, of which the first part is taken, and so are the pixels of a row: that copies
 * blocks, many times faster than TensorFlow's kernel for slices with steps.
 */
export function everyNth(x: Tensor, stride: number): Tensor {
  const { count, height, width, channels, whole } = sizesOf(x.shape, stride);
  const [, below, right] = whole.map((size, axis) => size - x.shape[axis]!) as [0, number, number];
  const padded = below + right === 0 ? x : op.pad(x, [[0, 0], [0, below], [0, right], [0, 0]]);
  const rowSize = whole[2] * channels;
  const rows = op.slice(padded.reshape([count * height, -1]), [0, 0], [count * height, rowSize]);
  const pixels = count * height * width;
  const sampled = op.slice(rows.reshape([pixels, -1]), [0, 0], [pixels, channels]);
  return sampled.reshape([count, height, width, channels]);
}

/** The gradient by a map of that shape, from that by what {@linkcode everyNth} takes of it. */
function everyNthGradient(dy: Tensor, shape: readonly number[], stride: number): Tensor {
  const { count, height, width, channels, whole } = sizesOf(shape, stride);
  const left = stride - 1;
  const pixels = dy.reshape([count * height * width, channels]);
  const rows = op.pad(pixels, [[0, 0], [0, left * channels]]).reshape([count * height, -1]);
  const padded = op.pad(rows, [[0, 0], [0, left * whole[2] * channels]]).reshape([...whole]);
  return whole.join() === shape.join() ? padded : op.slice(padded, [0, 0, 0, 0], shape);
}

/** How many rows and columns are taken, and the shape of a map that they fill. */
function sizesOf(shape: readonly number[], stride: number) {
  const [count, mapHeight, mapWidth, channels] = shape as [number, number, number, number];
  const [height, width] = [Math.ceil(mapHeight / stride), Math.ceil(mapWidth / stride)];
  const whole = [count, height * stride, width * stride, channels] as const;
  return { count, height, width, channels, whole };
}
