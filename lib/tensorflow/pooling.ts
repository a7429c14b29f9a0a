/** Max and average pooling, by oneDNN's own kernels on the CPU (their gradients are many times faster). */
import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { attr, type Attribute, differentiable, NATIVE, onGpu, run, runMany } from "./kernel.ts";
import { compiled } from "./compiled.ts";
import { number } from "./constants.ts";
import { tf } from "./load.ts";
import { checkMap } from "./map.ts";
import * as op from "./ops/mod.ts";

const T = attr.type("T", "float32");
// The workspace is where in each window the largest value is.
const WITH_WORKSPACE = [attr.bool("workspace_enabled", true), NATIVE];

function window(size: number, stride: number): readonly Attribute[] {
  return [
    T,
    attr.int("ksize", [1, size, size, 1]),
    attr.int("strides", [1, stride, stride, 1]),
    attr.string("padding", "VALID"),
    attr.string("data_format", "NHWC"),
  ];
}

/** How a pooling window moves: PyTorch's convention; incomplete windows at the end are dropped. */
export interface PoolingOptions {
  /** Step of the window; its size unless given. */
  stride?: number;
  /** Added on each of the four sides; 0 unless given. */
  padding?: number;
}

/**
 * The largest value of each window; what padding adds is never the largest.
 *
 * @param x [N, H, W, C]
 * @param size Side of the window
 * @returns [N, floor((H + 2 padding - size) / stride) + 1, ..., C]
 */
export function maxPool(
  x: Tensor,
  size: number,
  { stride = size, padding = 0 }: PoolingOptions = {},
): Tensor4D {
  return differentiable({ x }, () => {
    const pooled = maxPoolForward(pad(x, padding, -Infinity), size, stride);
    return {
      value: pooled.value,
      saved: { ...pooled },
      gradients: (dy, pooled) => ({
        x: () => crop(maxPoolGradient(dy, pooled, size, stride), padding),
      }),
    };
  }) as Tensor4D;
}

/** What {@linkcode maxPoolGradient} needs: the map before and after, and on the CPU where the largest values are. */
export interface Pooled {
  map: Tensor;
  value: Tensor;
  workspace?: Tensor | undefined;
}

/** As {@linkcode maxPool} without padding, not differentiable by itself. */
export function maxPoolForward(x: Tensor, size: number, stride: number): Pooled {
  checkMap(x, "A pooling");
  const attributes = window(size, stride);
  if (onGpu) {
    const value = run("MaxPool", attributes, [x]);
    return { map: x, value };
  }
  const [value, workspace] = runMany(
    "_MklNativeMaxPool",
    [...attributes, ...WITH_WORKSPACE],
    [x],
    2,
  );
  return { map: x, value: value!, workspace };
}

/** The gradient by the pooled map, from the gradient `dy` by the result. */
export function maxPoolGradient(
  dy: Tensor,
  { map, value, workspace }: Pooled,
  size: number,
  stride: number,
): Tensor {
  const attributes = window(size, stride);
  if (workspace === undefined) return run("MaxPoolGrad", attributes, [map, value, dy]);
  const inputs = [map, value, dy, workspace];
  return run("_MklNativeMaxPoolGrad", [...attributes, ...WITH_WORKSPACE], inputs);
}

/**
 * The mean of each window; padding counts as zeros (PyTorch's `count_include_pad=True`).
 *
 * @param x [N, H, W, C]
 * @param size Side of the window
 * @returns [N, floor((H + 2 padding - size) / stride) + 1, ..., C]
 */
export function averagePool(
  x: Tensor,
  size: number,
  { stride = size, padding = 0 }: PoolingOptions = {},
): Tensor4D {
  return differentiable({ x }, () => {
    const padded = pad(x, padding, 0);
    return {
      value: averagePoolForward(padded, size, stride),
      saved: {},
      gradients: (dy) => ({
        x: () => crop(averagePoolGradient(dy, padded.shape, size, stride), padding),
      }),
    };
  }) as Tensor4D;
}

const AVERAGE = onGpu ? "AvgPool" : "_MklNativeAvgPool";

function averaging(size: number, stride: number): readonly Attribute[] {
  return onGpu ? window(size, stride) : [...window(size, stride), NATIVE];
}

/** As {@linkcode averagePool} without padding, not differentiable by itself. */
export function averagePoolForward(x: Tensor, size: number, stride = size): Tensor {
  checkMap(x, "A pooling");
  return run(AVERAGE, averaging(size, stride), [x]);
}

/** The gradient by a map of that shape, from the gradient `dy` by its averages. */
function averagePoolGradient(
  dy: Tensor,
  shape: readonly number[],
  size: number,
  stride = size,
): Tensor {
  const inputs = [tf.tensor1d([...shape], "int32"), dy];
  return run(`${AVERAGE}Grad`, averaging(size, stride), inputs);
}

/**
 * The gradient before ReLU of a map that is averaged in windows of side and step `size`: a window's share of `dy` where the map is
 * above 0, and else 0.
 *
 * @param dy The gradient by the averages
 * @param map The map after ReLU, before the pooling
 */
export function reluBeforeAveragesGradient(dy: Tensor, map: Tensor, size: number): Tensor {
  const [, height, width] = map.shape as [number, number, number, number];
  // What a division of floats leaves depends on the size, but for powers of 2.
  const isWhole = size === 2 && height % size === 0 && width % size === 0;
  return isWhole ? quartersWhereAbove([map, dy])[0]! : quarters([map, dy], size)[0]!;
}

/** One pass over the map in place of two. */
const quartersWhereAbove = compiled("The gradient of averages of ReLU", ([map, dy]) => {
  const [count, height, width, channels] = dy!.shape as [number, number, number, number];
  const windows = [count, height, 2, width, 2, channels];
  const shares = op.mul(dy!, number(1 / 4)).reshape([count, height, 1, width, 1, channels]);
  const spread = run("BroadcastTo", [], [shares, tf.tensor1d(windows, "int32")]);
  return [op.reluGrad(spread, map!.reshape(windows)).reshape(map!.shape)];
}, { otherwise: (inputs) => quarters(inputs, 2) });

function quarters([map, dy]: readonly Tensor[], size: number): Tensor[] {
  return [op.reluGrad(averagePoolGradient(dy!, map!.shape, size), map!)];
}

/**
 * The mean of each map (PyTorch's `adaptive_avg_pool2d(x, 1)`, flattened).
 *
 * @param x [N, H, W, C]
 * @returns [N, C]
 */
export function globalAveragePool(x: Tensor): Tensor2D {
  checkMap(x, "A pooling");
  const [count, height, width, channels] = x.shape as [number, number, number, number];
  return differentiable({ x }, () => ({
    value: op.mean(x, [1, 2]),
    saved: {},
    gradients: (dy) => ({
      x: () => {
        const shares = dy.mul(1 / (height * width)).reshape([count, 1, 1, channels]);
        return run("BroadcastTo", [], [shares, tf.tensor1d(x.shape, "int32")]);
      },
    }),
  })) as Tensor2D;
}

/** Adds rows and columns of `value` on each side. */
function pad(x: Tensor, padding: number, value: number): Tensor {
  if (padding === 0) return x;
  const sides = tf.tensor2d([0, 0, padding, padding, padding, padding, 0, 0], [4, 2], "int32");
  return run("PadV2", [], [x, sides, tf.scalar(value)]);
}

/** Takes off what {@linkcode pad} added. */
function crop(x: Tensor, padding: number): Tensor {
  if (padding === 0) return x;
  const [count, height, width, channels] = x.shape as [number, number, number, number];
  const size = [count, height - 2 * padding, width - 2 * padding, channels];
  return op.slice(x, [0, padding, padding, 0], size);
}
