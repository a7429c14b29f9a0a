/** The Gaussian error linear unit in its exact form. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { number } from "./constants.ts";
import { differentiable } from "./kernel.ts";
import * as op from "./ops/mod.ts";

/**
 * `x Phi(x)`, Phi the normal distribution's cumulative function `(1 + erf(x / sqrt 2)) / 2` (PyTorch's `gelu`, not its
 * approximation by tanh).
 *
 * @param x Any shape
 * @returns The shape of x
 */
export function gelu(x: Tensor): Tensor {
  return differentiable({ x }, () => {
    const scaled = op.mul(x, number(Math.SQRT1_2));
    const phi = op.mul(op.add(op.erf(scaled), number(1)), number(0.5));
    return {
      value: op.mul(x, phi),
      saved: { scaled, phi },
      gradients: (dy, { scaled, phi }) => ({ x: () => gradient(dy, scaled, phi) }),
    };
  });
}

/** dy (Phi(x) + x density(x)), where x density(x) = s exp(-s^2 - log sqrt pi) with s = x / sqrt 2. */
function gradient(dy: Tensor, scaled: Tensor, phi: Tensor): Tensor {
  const exponent = op.sub(number(-0.5 * Math.log(Math.PI)), op.square(scaled));
  const slope = op.add(phi, op.mul(scaled, op.exp(exponent)));
  return op.mul(dy, slope);
}
