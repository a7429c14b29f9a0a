/** Softmax cross-entropy with its gradient. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { attr, type Attribute, NATIVE, onGpu, run, runMany } from "./kernel.ts";
import * as op from "./ops/mod.ts";

// TensorFlow infers the types from the inputs; passing them costs a microsecond per call.
const INFERRED: readonly Attribute[] = [];
const SOFTMAX = [attr.type("T", "float32"), NATIVE];

/** Logits from which oneDNN's softmax and a few passes more are faster than TensorFlow's one kernel. */
const MANY = 2 ** 18;

/**
 * Softmax cross-entropy of each row, and its gradient by the logits; not differentiable by itself. On the CPU TensorFlow throws
 * for a label that is no class.
 *
 * @param logits [n, C]
 * @param labels int32 [n]
 * @returns [n] and [n, C]
 */
export function softmaxCrossEntropy(
  logits: Tensor,
  labels: Tensor,
): [losses: Tensor, gradient: Tensor] {
  if (!onGpu && logits.size >= MANY) return inPasses(logits, labels);
  const inputs = [logits, labels];
  return runMany("SparseSoftmaxCrossEntropyWithLogits", INFERRED, inputs, 2) as [Tensor, Tensor];
}

/**
 * With p = softmax(y) the loss is log sum exp y - y_l, where the first is y_m - log p_m for any class m. That with the largest
 * logit is the one of which p_m is never too small for its logarithm.
 */
function inPasses(y: Tensor, labels: Tensor): [losses: Tensor, gradient: Tensor] {
  const p = run("_MklSoftmax", SOFTMAX, [y]);
  const largest = op.max(y, [1]);
  const logSum = op.sub(largest, op.log(op.max(p, [1])));
  const column = op.expandDims(labels, 1);
  const ofLabel = op.squeezeColumn(op.gatherInRows(y, column));
  const oneHot = op.oneHot(labels, y.shape[1]!);
  return [op.sub(logSum, ofLabel), op.sub(p, oneHot)];
}
