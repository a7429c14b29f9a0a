/** The loss of everything that a network gives while training. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import type { Loss } from "../losses/mod.ts";
import { named, type Outputs } from "../models/mod.ts";
import { tf } from "../tensorflow/mod.ts";

/**
 * Checks what is to be minimised.
 *
 * @param what It is, for the message: "The loss"
 * @throws {TypeError} for anything but one number on the device
 */
export function checkObjective(value: unknown, what: string): asserts value is Tensor {
  if (value instanceof tf.Tensor && !value.isDisposed && isNumber(value)) return;
  const advice = value instanceof Promise
    ? "; it may not be async"
    : value instanceof tf.Tensor && value.rank > 0
    ? "; take its mean or sum over the samples"
    : "";
  throw new TypeError(
    `${what} must be one number, a float32 tensor of shape [], got ${named(value)}${advice}`,
  );
}

function isNumber({ dtype, rank }: Tensor): boolean {
  return dtype === "float32" && rank === 0;
}

/** `loss(logits) + weight loss(auxiliary logits)`, the latter where there is an auxiliary head. */
export function lossOfOutputs(
  { logits, auxiliary }: Outputs,
  loss: Loss,
  labels: Tensor,
): Tensor {
  const main = loss(logits, labels);
  checkObjective(main, "The loss");
  return auxiliary ? main.add(loss(auxiliary.logits, labels).mul(auxiliary.weight)) : main;
}

/** The tensors of outputs. */
export function tensorsOf({ features, logits, auxiliary }: Outputs): Tensor[] {
  return [features, logits, ...(auxiliary ? [auxiliary.logits] : [])];
}

/** The outputs of a batch from those of its parts. */
export function joinOutputs(parts: readonly Outputs[]): Outputs {
  const join = (of: (part: Outputs) => Tensor) => tf.concat(parts.map(of));
  const auxiliary = parts[0]?.auxiliary;
  return {
    features: join((part) => part.features),
    logits: join((part) => part.logits),
    ...(auxiliary && {
      auxiliary: { ...auxiliary, logits: join((part) => part.auxiliary!.logits) },
    }),
  };
}
