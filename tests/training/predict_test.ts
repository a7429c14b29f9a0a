import { assertEquals, assertRejects } from "@std/assert";
import { tf } from "../../lib/tensorflow/mod.ts";
import { predictLogits } from "../../lib/training/mod.ts";
import { smallImages, smallNetwork } from "./small_training.ts";

Deno.test("predictLogits() is ended by onProgress, which sees what a timer did while it predicts", async () => {
  const network = smallNetwork("mlp");
  const before = tf.memory().numTensors;
  const signal = AbortSignal.timeout(1);
  const onProgress = () => signal.throwIfAborted();
  await assertRejects(
    () => predictLogits(network, smallImages(5000), { batchSize: 1, onProgress }),
    DOMException,
    "aborted due to timeout",
  );
  assertEquals(tf.memory().numTensors, before);
  network.dispose();
});
