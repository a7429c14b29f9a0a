/** Stochastic depth: a residual branch that is left out at random, sample by sample. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { attr, differentiable, run } from "./kernel.ts";
import { tf } from "./load.ts";

const T = [attr.type("T", "float32")];
const UNIFORM = [
  attr.type("dtype", "float32"),
  attr.type("T", "int32"),
  attr.type("Tseed", "int32"),
];

/**
 * `x + branch / (1 - probability)` for the samples that keep the branch, `x` for the others (torchvision's `StochasticDepth`
 * of mode "row", and the sum after it).
 *
 * @param x [N, ...]
 * @param branch The shape of x
 * @param probability In [0, 1) of leaving a sample's branch out
 * @param seed Decides which; the same seed gives the same samples
 */
export function addBranchAtRandom(
  x: Tensor,
  branch: Tensor,
  probability: number,
  seed: number,
): Tensor {
  const count = x.shape[0]!;
  return differentiable({ x, branch }, () => {
    const mask = keptSamples(count, probability, seed).reshape([count, 1]);
    const masked = run("Mul", T, [branch.reshape([count, -1]), mask]);
    return {
      value: run("AddV2", T, [x, masked.reshape(x.shape)]),
      saved: [mask],
      gradients: (dy, [mask]) => ({
        x: () => dy.clone(),
        branch: () => run("Mul", T, [dy.reshape([count, -1]), mask!]).reshape(dy.shape),
      }),
    };
  });
}

/** [N]: 0 with the probability, otherwise 1 / (1 - probability). */
function keptSamples(count: number, probability: number, seed: number): Tensor {
  const shape = tf.tensor1d([count], "int32");
  const seeds = tf.tensor1d([seed, 0], "int32");
  const uniform = run("StatelessRandomUniform", UNIFORM, [shape, seeds]);
  return uniform.greaterEqual(probability).cast("float32").div(1 - probability);
}
