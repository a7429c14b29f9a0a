/** Swish and the logistic function, the activations of EfficientNet. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { number } from "./constants.ts";
import { attr, differentiable, onGpu, run, UNLABELLED } from "./kernel.ts";
import * as op from "./ops/mod.ts";

const T = [attr.type("T", "float32")];
const FUSED = [...T, UNLABELLED];

/**
 * `x sigmoid(x)` (PyTorch's `silu`).
 *
 * @param x Any shape
 * @returns The shape of x
 */
export function swish(x: Tensor): Tensor {
  return differentiable({ x }, () => {
    const value = onGpu ? op.mul(x, op.sigmoid(x)) : run("_MklSwish", FUSED, [x]);
    return {
      value,
      // The value is kept by what comes next anyway.
      saved: { x, value },
      gradients: (dy, { x, value: y }) => ({
        // With s = sigmoid(x): d(x s)/dx = s (1 + x (1 - s)) = s (1 + x - y), and SoftplusGrad(dy, x) is dy s.
        x: () => {
          const slope = op.add(op.sub(x, y), number(1));
          return op.mul(op.softplusGrad(dy, x), slope);
        },
      }),
    };
  });
}

/**
 * `1 / (1 + exp(-x))`.
 *
 * @param x Any shape
 * @returns The shape of x
 */
export function sigmoid(x: Tensor): Tensor {
  return differentiable({ x }, () => {
    const value = op.sigmoid(x);
    return {
      value,
      saved: { value },
      gradients: (dy, { value }) => ({ x: () => op.sigmoidGrad(value, dy) }),
    };
  });
}
