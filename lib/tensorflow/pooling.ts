/** Max and average pooling, by oneDNN's own kernels on the CPU (their gradients are many times faster). */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { attr, type Attribute, differentiable, NATIVE, onGpu, run, runMany } from "./kernel.ts";
import { tf } from "./load.ts";

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

/**
 * The largest value of each window; no padding, incomplete windows at the end are dropped (PyTorch's default).
 *
 * @param x [N, H, W, C]
 * @param size Side of the window
 * @param stride Step of the window; the size unless given
 * @returns [N, floor((H - size) / stride) + 1, ..., C]
 */
export function maxPool(
  x: Tensor,
  size: number,
  stride: number = size,
): Tensor4D {
  return differentiable({ x }, () => {
    const { value, saved } = maxPoolForward(x, size, stride);
    return {
      value,
      saved,
      gradients: (dy, saved) => ({ x: () => maxPoolGradient(dy, saved, size, stride) }),
    };
  }) as Tensor4D;
}

/** As {@linkcode maxPool}, not differentiable by itself: also what {@linkcode maxPoolGradient} needs. */
export function maxPoolForward(
  x: Tensor,
  size: number,
  stride: number,
): { value: Tensor; saved: Tensor[] } {
  const attributes = window(size, stride);
  if (onGpu) {
    const value = run("MaxPool", attributes, [x]);
    return { value, saved: [x, value] };
  }
  const [value, workspace] = runMany(
    "_MklNativeMaxPool",
    [...attributes, ...WITH_WORKSPACE],
    [x],
    2,
  );
  return { value: value!, saved: [x, value!, workspace!] };
}

/** The gradient by the pooled map, from the gradient `dy` by the result. */
export function maxPoolGradient(
  dy: Tensor,
  [x, y, workspace]: readonly Tensor[],
  size: number,
  stride: number,
): Tensor {
  const attributes = window(size, stride);
  if (workspace === undefined) return run("MaxPoolGrad", attributes, [x!, y!, dy]);
  const inputs = [x!, y!, dy, workspace];
  return run("_MklNativeMaxPoolGrad", [...attributes, ...WITH_WORKSPACE], inputs);
}

/**
 * The mean of each window; no padding, incomplete windows at the end are dropped (PyTorch's default).
 *
 * @param x [N, H, W, C]
 * @param size Side of the window
 * @param stride Step of the window; the size unless given
 * @returns [N, floor((H - size) / stride) + 1, ..., C]
 */
export function averagePool(
  x: Tensor,
  size: number,
  stride: number = size,
): Tensor4D {
  const attributes = onGpu ? window(size, stride) : [...window(size, stride), NATIVE];
  const op = onGpu ? "AvgPool" : "_MklNativeAvgPool";
  return differentiable({ x }, () => ({
    value: run(op, attributes, [x]),
    saved: [],
    gradients: (dy) => {
      const shape = tf.tensor1d(x.shape, "int32");
      return { x: () => run(`${op}Grad`, attributes, [shape, dy]) };
    },
  })) as Tensor4D;
}
