/** The Gaussian error linear unit in its exact form. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { compiled } from "./compiled.ts";
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
  return differentiable({ x }, () => ({
    value: value([x])[0]!,
    saved: { x },
    gradients: (dy, { x }) => ({ x: () => gradient([dy, x])[0]! }),
  }));
}

const value = compiled("GELU", ([x]) => [op.mul(x!, phi(scaled(x!)))]);

/** dy (Phi(x) + x density(x)), where x density(x) = s exp(-s^2 - log sqrt pi) with s = x / sqrt 2. */
const gradient = compiled("GELU's gradient", ([dy, x]) => {
  const s = scaled(x!);
  const exponent = op.sub(number(-0.5 * Math.log(Math.PI)), op.square(s));
  const slope = op.add(phi(s), op.mul(s, op.exp(exponent)));
  return [op.mul(dy!, slope)];
});

function scaled(x: Tensor): Tensor {
  return op.mul(x, number(Math.SQRT1_2));
}

function phi(scaled: Tensor): Tensor {
  return op.mul(op.add(op.erf(scaled), number(1)), number(0.5));
}
