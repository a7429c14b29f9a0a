/** What is held: tensors, and constants that are kept for good. Neither becomes more with every use of anything. */
import { assertEquals } from "@std/assert";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { autoAttack } from "../../lib/attacks/mod.ts";
import { memoryImages } from "../../lib/datasets/mod.ts";
import { highErrorMargin } from "../../lib/losses/mod.ts";
import { buildNetwork } from "../../lib/models/mod.ts";
import { constantCount, tf } from "../../lib/tensorflow/mod.ts";
import { Learner, predictLogits } from "../../lib/training/mod.ts";
import { smallImages, smallNetwork } from "../attacks/small_network.ts";
import { runSmall, smallRuns } from "../continual/small_benchmark.ts";

const small = {
  name: "small",
  shape: [28, 28, 3],
  pixels: new Uint8Array(4 * 28 * 28 * 3),
  labels: Int32Array.of(0, 1, 2, 0),
} as const;

const used: Record<string, () => Promise<unknown> | unknown> = {};

for (const name of ["mlp", "lenet", "convnet", "mobilenet_v3_small"]) {
  used[`training and prediction of ${name}`] = async () => {
    const network = buildNetwork(name, { classes: 3, inputShape: [28, 28, 3], seed: 0 });
    const learner = new Learner({
      network,
      loss: highErrorMargin({ margin: 0.1 }),
      optimizer: { name: "adam", learningRate: 1e-3 },
      seed: 0,
    });
    const images = tf.zeros([4, 28, 28, 3]) as Tensor4D;
    const labels = tf.tensor1d([0, 1, 2, 0], "int32");
    for (let step = 0; step < 2; step++) learner.step({ images, labels }, 1e-3).dispose();
    await predictLogits(network, memoryImages(small));
    tf.dispose([images, labels]);
    learner.dispose();
    network.dispose();
  };
}

used["AutoAttack"] = async () => {
  const { model, dispose } = smallNetwork(3);
  const images = smallImages(4);
  const labels = tf.tidy(() => (model(images) as Tensor).argMax(1).dataSync());
  const options = { norm: "l2", epsilon: 0.2, queries: 3, targets: 2, seed: 1 } as const;
  await autoAttack(model, images, labels, options);
  images.dispose();
  dispose();
};
for (const [name, run] of Object.entries(smallRuns())) {
  used[`continual learning by ${name}`] = () => runSmall(run);
}

for (const [name, use] of Object.entries(used)) {
  Deno.test(`${name} holds no more the third time than after the first`, async () => {
    await use();
    const held = () => ({ tensors: tf.memory().numTensors, constants: constantCount() });
    const before = held();
    for (let time = 0; time < 2; time++) await use();
    assertEquals(held(), before);
  });
}
