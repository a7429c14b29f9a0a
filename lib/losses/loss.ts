import type { Scalar, Tensor } from "@tensorflow/tfjs-node-gpu";

/**
 * A loss: how wrong `logits` are about `labels`, as one differentiable number.
 *
 * The reduction over the samples belongs to the loss, because HEM and DICE are no means of values per sample.
 * It works wherever TensorFlow.js takes gradients (`tf.grad`, `tf.variableGrads`, an optimiser's `minimize`).
 *
 * @param logits float32 [N, C], or [N, H, W, C] where every pixel is a sample
 * @param labels int32 [N] or [N, H, W]: the class of each sample, 0 to C - 1, or the loss's `ignoreLabel`
 * @returns The loss, a scalar
 * @throws {TypeError} for logits or labels of another shape or type. Labels out of range are not looked for, as
 *   that would copy them back from the device: on the CPU TensorFlow itself throws, naming the label. A `Learner` finds
 *   them before its step.
 */
export interface Loss {
  (logits: Tensor, labels: Tensor): Scalar;
  /** The label of samples that count nowhere, where there is one. */
  readonly ignoreLabel?: number;
}

/** What every loss's factory takes. */
export interface LossOptions {
  /** Samples with this label count nowhere; where all have it, the loss is 0 and so is its gradient. */
  readonly ignoreLabel?: number;
}
