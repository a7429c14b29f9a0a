/** Activations that a kernel applies to its own output, so that their gradient costs one op. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { differentiable } from "./kernel.ts";
import * as op from "./ops/mod.ts";

/** The activation applied to the output of a convolution or a linear map. */
export type Activation = "none" | "relu";

/** What a convolution's kernel can also apply, whose gradient needs the values before it. */
export type ConvolutionActivation = Activation | "hardswish";

/** `activation(x)`; not differentiable by itself. */
export function activate(x: Tensor, activation: Activation): Tensor {
  return activation === "relu" ? op.relu(x) : x;
}

/** The gradient before the activation, from the gradient `dy` after it and the activated value `y`. */
export function activationGradient(
  dy: Tensor,
  y: Tensor | undefined,
  activation: Activation,
): Tensor {
  return activation === "relu" ? op.reluGrad(dy, y!) : dy;
}

/**
 * `max(x, 0)`.
 *
 * @param x Any shape
 * @returns The shape of x
 */
export function relu(x: Tensor): Tensor {
  return differentiable({ x }, () => {
    const value = activate(x, "relu");
    return {
      value,
      saved: { value },
      gradients: (dy, { value }) => ({ x: () => activationGradient(dy, value, "relu") }),
    };
  });
}

/**
 * The hyperbolic tangent.
 *
 * @param x Any shape
 * @returns The shape of x
 */
export function tanh(x: Tensor): Tensor {
  return differentiable({ x }, () => {
    const value = op.tanh(x);
    return {
      value,
      saved: { value },
      gradients: (dy, { value }) => ({ x: () => op.tanhGrad(value, dy) }),
    };
  });
}

/**
 * `max(x, 0) + slope min(x, 0)` with one learnt slope for all channels (PyTorch's PReLU with one parameter).
 *
 * @param x Any shape
 * @param slope [1]
 * @returns The shape of x
 */
export function prelu(x: Tensor, slope: Tensor): Tensor {
  return differentiable({ x, slope }, () => ({
    value: op.where(isPositive(x), x, op.mul(x, slope)),
    saved: { x, slope },
    gradients: (dy, { x, slope }) => ({
      x: () => op.where(isPositive(x), dy, op.mul(dy, slope)),
      // min(x, 0) = -relu(-x)
      slope: () => {
        const negative = op.neg(op.relu(op.neg(x)));
        return op.mul(dy, negative).sum().reshape([1]);
      },
    }),
  }));
}

function isPositive(x: Tensor): Tensor {
  return x.greater(0);
}
