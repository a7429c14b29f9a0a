/** The loss of everything that a network gives while training. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import type { Outputs } from "../layers/mod.ts";
import type { Loss } from "../losses/mod.ts";
import { tf } from "../tensorflow/mod.ts";

/** `loss(logits) + weight loss(auxiliary logits)`, the latter where there is an auxiliary head. */
export function lossOfOutputs(
  { logits, auxiliary }: Outputs,
  loss: Loss,
  labels: Tensor,
): Tensor {
  const main = loss(logits, labels);
  return auxiliary ? main.add(loss(auxiliary.logits, labels).mul(auxiliary.weight)) : main;
}

/** The tensors of outputs. */
export function tensorsOf({ logits, auxiliary }: Outputs): Tensor[] {
  return auxiliary ? [logits, auxiliary.logits] : [logits];
}

/** The outputs of a batch from those of its parts. */
export function joinOutputs(parts: readonly Outputs[]): Outputs {
  const [first] = parts;
  const logits = tf.concat(parts.map((part) => part.logits));
  if (first?.auxiliary === undefined) return { logits };
  const auxiliary = tf.concat(parts.map((part) => part.auxiliary!.logits));
  return { logits, auxiliary: { logits: auxiliary, weight: first.auxiliary.weight } };
}
