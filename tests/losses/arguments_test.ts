import { assertThrows } from "@std/assert";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { losses, lossNames } from "../../lib/losses/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";

const rows = [[1, 2, 3], [3, 2, 1]];

for (const name of lossNames) {
  Deno.test(`${name} says what is wrong with logits and labels that are no tensors`, () => {
    const loss = losses[name]({ classCounts: [3, 2, 1] });
    const [logits, labels] = [tf.tensor2d(rows), tf.tensor1d([0, 1], "int32")];
    const refused = (x: unknown, l: unknown, message: string) =>
      assertThrows(() => loss(x as Tensor, l as Tensor), TypeError, message);
    refused(undefined, labels, "logits must be a tensor, got undefined");
    refused(rows, labels, "logits must be a tensor, got object");
    refused(Promise.resolve(logits), labels, "logits must be a tensor, got a promise");
    refused(logits, undefined, "labels must be a tensor, got undefined");
    refused(logits, new Int32Array([0, 1]), "labels must be a tensor, got object");
    refused(logits, labels.toFloat(), "got float32 [2]; they are class indices");
    refused(logits, labels.expandDims(1), "got int32 [2, 1]; they are class indices");
    labels.dispose();
    refused(logits, labels, "labels must be a tensor that is still there");
    logits.dispose();
    refused(logits, labels, "logits must be a tensor that is still there");
  });
}

for (const name of lossNames) {
  Deno.test(`${name} of one class is refused: it would be 0, whatever is learnt`, () => {
    const loss = losses[name]({ classCounts: [3] });
    assertThrows(
      () => loss(tf.tensor2d([[1], [2]]), tf.tensor1d([0, 0], "int32")),
      TypeError,
      "needs two logits at least, got logits of shape [2, 1]",
    );
  });
}
