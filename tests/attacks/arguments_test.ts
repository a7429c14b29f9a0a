import { assertRejects } from "@std/assert";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { autoAttack, type AutoAttackOptions } from "../../lib/attacks/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { smallNetwork, smallShape } from "./small_network.ts";

const options: AutoAttackOptions = { norm: "linf", epsilon: 0.1 };

Deno.test("AutoAttack says what is wrong with images, labels and options of another kind", async () => {
  const { model, dispose } = smallNetwork(3);
  const images = tf.zeros([2, ...smallShape]);
  const refused = (images: unknown, labels: unknown, options: unknown, message: string) =>
    assertRejects(
      () => autoAttack(model, images as Tensor, labels as number[], options as AutoAttackOptions),
      TypeError,
      message,
    );
  for (const bad of [undefined, null, [[0]], Promise.resolve(images)]) {
    await refused(bad, [0, 1], options, "Cannot attack what is no tensor: wanted images");
  }
  await refused(tf.zeros([2, 72]), [0, 1], options, "Cannot attack float32 [2,72]: wanted images");
  for (const bad of [undefined, null, 1]) {
    await refused(images, bad, options, `Cannot attack images with the labels ${bad}`);
  }
  await refused(images, [0], options, "Cannot attack 2 images with 1 labels");
  await refused(images, Promise.resolve([0, 1]), options, "Cannot attack 2 images with");
  const oneHot = tf.oneHot(tf.tensor1d([0, 1], "int32"), 3);
  await refused(images, oneHot, options, "Cannot attack 2 images with labels [2,3]");
  for (const bad of [undefined, null, "linf"]) {
    await refused(images, [0, 1], bad, `Cannot attack with the options ${bad}`);
  }
  dispose();
});
