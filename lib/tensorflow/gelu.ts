/** The Gaussian error linear unit in its exact form. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { number } from "./constants.ts";
import { attr, differentiable, run } from "./kernel.ts";

const T = [attr.type("T", "float32")];

/**
 * `x Phi(x)`, Phi the normal distribution's cumulative function `(1 + erf(x / sqrt 2)) / 2` (PyTorch's `gelu`, not its
 * approximation by tanh).
 *
 * @param x Any shape
 * @returns The shape of x
 */
export function gelu(x: Tensor): Tensor {
  return differentiable({ x }, () => {
    const phi = cumulative(x);
    return {
      value: run("Mul", T, [x, phi]),
      saved: [x, phi],
      gradients: (dy, [x, phi]) => ({ x: () => gradient(dy, x!, phi!) }),
    };
  });
}

function scaled(x: Tensor, factor: number): Tensor {
  return run("Mul", T, [x, number(factor)]);
}

/** Phi(x). */
function cumulative(x: Tensor): Tensor {
  const erf = run("Erf", T, [scaled(x, Math.SQRT1_2)]);
  return scaled(run("AddV2", T, [erf, number(1)]), 0.5);
}

/** dy (Phi(x) + x phi(x)), with the density phi(x) = exp(-x^2 / 2 - log sqrt(2 pi)). */
function gradient(dy: Tensor, x: Tensor, phi: Tensor): Tensor {
  const halfSquare = run("Square", T, [scaled(x, Math.SQRT1_2)]);
  const logDensity = run("Sub", T, [number(-0.5 * Math.log(2 * Math.PI)), halfSquare]);
  const slope = run("AddV2", T, [phi, run("Mul", T, [x, run("Exp", T, [logDensity])])]);
  return run("Mul", T, [dy, slope]);
}
