/** The penalty that EWC and SI share. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { differentiable, number, op, tf } from "../tensorflow/mod.ts";

/** A parameter, how important each of its values is, and where it is held. */
export interface Term {
  value: Tensor;
  importance: Tensor;
  anchor: Tensor;
}

/**
 * `strength * sum of importance (value - anchor)^2` over all values of all parameters; differentiable by the values.
 *
 * @param terms By the names of the parameters
 * @returns A scalar
 */
export function quadraticPenalty(strength: number, terms: ReadonlyMap<string, Term>): Tensor {
  const names = [...terms.keys()];
  const inputs = Object.fromEntries(names.map((name) => [name, terms.get(name)!.value]));
  return differentiable(inputs, () => {
    const pulls: Record<string, Tensor> = {};
    const sums = names.map((name) => {
      const { value, importance, anchor } = terms.get(name)!;
      const moved = op.sub(value, anchor);
      const pull = op.mul(importance, moved);
      pulls[name] = pull;
      return dot(pull, moved);
    });
    return {
      value: op.mul(tf.addN(sums), number(strength)),
      saved: pulls,
      gradients: (dy, pulls) => {
        const factor = op.mul(dy, number(2 * strength));
        return Object.fromEntries(names.map((name) => [name, () => op.mul(pulls[name]!, factor)]));
      },
    };
  });
}

/** The sum of the products of two tensors of the same shape, in one pass over them. */
export function dot(a: Tensor, b: Tensor): Tensor {
  return op.matMul(a.reshape([1, -1]), b.reshape([-1, 1])).reshape([]);
}
