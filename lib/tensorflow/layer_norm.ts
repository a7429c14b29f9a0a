/** Layer normalisation: forward by oneDNN's kernel on the CPU, with one gradient for the whole. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { number } from "./constants.ts";
import { attr, differentiable, onGpu, run, UNLABELLED } from "./kernel.ts";
import { tf } from "./load.ts";
import { columnSum, rowMean } from "./reduction.ts";

const T = [attr.type("T", "float32")];

/**
 * `gamma (x - mean) / sqrt(variance + epsilon) + beta` over the last axis, with the biased variance (PyTorch's
 * `layer_norm`).
 *
 * @param x [..., C]
 * @param gamma [C]
 * @param beta [C]
 * @returns The shape of x
 */
export function layerNorm(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): Tensor {
  return differentiable({ x, gamma, beta }, () => ({
    value: forward(x, gamma, beta, epsilon),
    saved: { x, gamma },
    gradients: (dy, { x, gamma }) => gradients(dy, x, gamma, epsilon),
  }));
}

function forward(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): Tensor {
  const rows = asRows(x);
  if (!onGpu) {
    const attributes = [...T, attr.float("epsilon", epsilon), UNLABELLED];
    return run("_MklLayerNorm", attributes, [rows, gamma, beta]).reshape(x.shape);
  }
  const scaled = run("Mul", T, [normalise(rows, epsilon).normalised, gamma]);
  return run("AddV2", T, [scaled, beta]).reshape(x.shape);
}

function asRows(x: Tensor): Tensor {
  return x.reshape([-1, x.shape.at(-1)!]);
}

/** Rows with mean 0 and variance 1, and the factor that made them so, [rows, 1]. */
function normalise(rows: Tensor, epsilon: number): { normalised: Tensor; factor: Tensor } {
  const mean = rowMean(rows);
  const variance = rowMean(run("SquaredDifference", T, [rows, mean]));
  const factor = run("Rsqrt", T, [run("AddV2", T, [variance, number(epsilon)])]);
  const centred = run("Sub", T, [rows, mean]);
  return { normalised: run("Mul", T, [centred, factor]), factor };
}

/**
 * With n the normalised rows, g = gamma dy, and means over each row:
 * dx = factor (g - mean(g) - n mean(g n)); dgamma = sum of dy n; dbeta = sum of dy.
 */
function gradients(dy: Tensor, x: Tensor, gamma: Tensor, epsilon: number) {
  const { dx, dgamma, dbeta } = tf.tidy(() => {
    const rows = asRows(dy);
    const { normalised, factor } = normalise(asRows(x), epsilon);
    const product = run("Mul", T, [rows, normalised]);
    // The mean of g n over a row is a product with gamma / C, and so is that of g: no further pass over the data.
    const weights = gamma.div(gamma.size).reshape([-1, 1]);
    const [meanOfG, meanOfGn] = [rows, product].map((m) => run("MatMul", T, [m, weights]));
    const along = run("AddV2", T, [run("Mul", T, [normalised, meanOfGn!]), meanOfG!]);
    const across = run("Sub", T, [run("Mul", T, [rows, gamma]), along]);
    return {
      dx: run("Mul", T, [across, factor]).reshape(x.shape),
      dgamma: columnSum(product),
      dbeta: columnSum(rows),
    };
  });
  return { x: () => dx, gamma: () => dgamma, beta: () => dbeta };
}
