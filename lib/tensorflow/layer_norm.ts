/** Layer normalisation: forward by oneDNN's kernel on the CPU, with one gradient for the whole. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { number } from "./constants.ts";
import { attr, differentiable, onGpu, run, UNLABELLED } from "./kernel.ts";
import { tf } from "./load.ts";
import * as op from "./ops/mod.ts";

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
  const scaled = op.mul(normalise(rows, epsilon).normalised, gamma);
  return op.add(scaled, beta).reshape(x.shape);
}

function asRows(x: Tensor): Tensor {
  return x.reshape([-1, x.shape.at(-1)!]);
}

/** Rows with mean 0 and variance 1, and the factor that made them so, [rows, 1]. */
function normalise(rows: Tensor, epsilon: number): { normalised: Tensor; factor: Tensor } {
  const mean = op.rowMean(rows);
  const variance = op.rowMean(op.squaredDifference(rows, mean));
  const factor = op.rsqrt(op.add(variance, number(epsilon)));
  const centred = op.sub(rows, mean);
  return { normalised: op.mul(centred, factor), factor };
}

/**
 * With n the normalised rows, g = gamma dy, and means over each row:
 * dx = factor (g - mean(g) - n mean(g n)); dgamma = sum of dy n; dbeta = sum of dy.
 */
function gradients(dy: Tensor, x: Tensor, gamma: Tensor, epsilon: number) {
  const { dx, dgamma, dbeta } = tf.tidy(() => {
    const rows = asRows(dy);
    const { normalised, factor } = normalise(asRows(x), epsilon);
    const product = op.mul(rows, normalised);
    // The mean of g n over a row is a product with gamma / C, and so is that of g: no further pass over the data.
    const weights = gamma.div(gamma.size).reshape([-1, 1]);
    const [meanOfG, meanOfGn] = [rows, product].map((m) => op.matMul(m, weights));
    const along = op.add(op.mul(normalised, meanOfGn!), meanOfG!);
    const across = op.sub(op.mul(rows, gamma), along);
    return {
      dx: op.mul(across, factor).reshape(x.shape),
      dgamma: op.columnSum(product),
      dbeta: op.columnSum(rows),
    };
  });
  return { x: () => dx, gamma: () => dgamma, beta: () => dbeta };
}
