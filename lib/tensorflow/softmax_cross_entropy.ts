/** Softmax cross-entropy with its gradient. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { axes, integer, number } from "./constants.ts";
import { attr, type Attribute, NATIVE, onGpu, run, runMany } from "./kernel.ts";

// TensorFlow infers the types from the inputs; passing them costs a microsecond per call.
const INFERRED: readonly Attribute[] = [];
const SOFTMAX = [attr.type("T", "float32"), NATIVE];
const DROP = [attr.bool("keep_dims", false)];
const PER_ROW = [attr.int("batch_dims", 1)];
const LAST_AXIS = [attr.int("axis", -1)];
const COLUMN = [attr.int("squeeze_dims", [1])];
const CLASSES = axes(1);

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
  const largest = run("Max", DROP, [y, CLASSES]);
  const logSum = run("Sub", INFERRED, [
    largest,
    run("Log", INFERRED, [run("Max", DROP, [p, CLASSES])]),
  ]);
  const column = run("ExpandDims", INFERRED, [labels, integer(1)]);
  const ofLabel = run("Squeeze", COLUMN, [run("GatherV2", PER_ROW, [y, column, integer(1)])]);
  const oneHot = run("OneHot", LAST_AXIS, [labels, integer(y.shape[1]!), number(1), number(0)]);
  return [run("Sub", INFERRED, [logSum, ofLabel]), run("Sub", INFERRED, [p, oneHot])];
}
