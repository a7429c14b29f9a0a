/** Dropout with a mask that depends on a seed and the layer alone. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { integer, number } from "./constants.ts";
import { attr, differentiable, run } from "./kernel.ts";
import { tf } from "./load.ts";
import * as op from "./ops/mod.ts";

const UNIFORM = [
  attr.type("dtype", "float32"),
  attr.type("T", "int32"),
  attr.type("Tseed", "int32"),
];

/**
 * `x mask / (1 - probability)`, where the mask is 0 with the given probability and 1 otherwise (PyTorch's `dropout`).
 *
 * @param x Any shape
 * @param options.probability In [0, 1)
 * @param options.seed Of the step, an int32 scalar; the same seed and stream give the same mask
 * @param options.stream Tells the layer from the network's others, a whole number in [0, 2^31)
 * @param options.maskShape Shape of the mask, which is broadcast to that of x; x's own unless given. [N, 1, 1, C] drops
 *   whole channels, [N, 1, 1, 1] whole samples
 * @returns The shape of x
 */
export function dropout(
  x: Tensor,
  options: {
    probability: number;
    seed: Tensor;
    stream: number;
    maskShape?: readonly number[];
  },
): Tensor {
  const { probability, seed, stream, maskShape = x.shape } = options;
  return differentiable({ x }, () => {
    const shape = tf.tensor1d([...maskShape], "int32");
    const key = op.stack([seed, integer(stream)]);
    // Multiples of 2^-23 in [0, 1): exactly `probability` of them, to that precision, lie below it.
    const draws = run("StatelessRandomUniform", UNIFORM, [shape, key]);
    const kept = op.greaterEqual(draws, number(probability));
    const mask = op.mul(op.cast(kept, "float32"), number(1 / (1 - probability)));
    return {
      value: op.mul(x, mask),
      saved: { mask },
      gradients: (dy, { mask }) => ({ x: () => op.mul(dy, mask) }),
    };
  });
}
