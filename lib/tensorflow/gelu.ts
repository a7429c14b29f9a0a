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
    const scaled = run("Mul", T, [x, number(Math.SQRT1_2)]);
    const phi = run("Mul", T, [run("AddV2", T, [run("Erf", T, [scaled]), number(1)]), number(0.5)]);
    return {
      value: run("Mul", T, [x, phi]),
      saved: { scaled, phi },
      gradients: (dy, { scaled, phi }) => ({ x: () => gradient(dy, scaled, phi) }),
    };
  });
}

/** dy (Phi(x) + x density(x)), where x density(x) = s exp(-s^2 - log sqrt pi) with s = x / sqrt 2. */
function gradient(dy: Tensor, scaled: Tensor, phi: Tensor): Tensor {
  const exponent = run("Sub", T, [number(-0.5 * Math.log(Math.PI)), run("Square", T, [scaled])]);
  const slope = run("AddV2", T, [phi, run("Mul", T, [scaled, run("Exp", T, [exponent])])]);
  return run("Mul", T, [dy, slope]);
}
