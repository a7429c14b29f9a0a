/** Swish and the logistic function, the activations of EfficientNet. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { number } from "./constants.ts";
import { attr, differentiable, onGpu, run, UNLABELLED } from "./kernel.ts";

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
    const value = onGpu ? run("Mul", T, [x, run("Sigmoid", T, [x])]) : run("_MklSwish", FUSED, [x]);
    return {
      value,
      // The value is kept by what comes next anyway.
      saved: { x, value },
      gradients: (dy, { x, value: y }) => ({
        // With s = sigmoid(x): d(x s)/dx = s (1 + x (1 - s)) = s (1 + x - y), and SoftplusGrad(dy, x) is dy s.
        x: () => {
          const slope = run("AddV2", T, [run("Sub", T, [x, y]), number(1)]);
          return run("Mul", T, [run("SoftplusGrad", T, [dy, x]), slope]);
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
    const value = run("Sigmoid", T, [x]);
    return {
      value,
      saved: { value },
      gradients: (dy, { value }) => ({ x: () => run("SigmoidGrad", T, [value, dy]) }),
    };
  });
}
