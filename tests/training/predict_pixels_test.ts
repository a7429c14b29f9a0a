import { assertEquals } from "@std/assert";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { Network } from "../../lib/models/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { predictPixels } from "../../lib/training/mod.ts";

/** Gives each pixel's channels as its logits, and remembers what it was given. */
class Mirror extends Network {
  seen: { shape: number[]; corner: number[] } | undefined;

  override features(images: Tensor): Tensor {
    const [, height, width] = images.shape as [number, number, number, number];
    const corner = (images as Tensor4D).slice([0, height - 1, width - 1, 0], [1, 1, 1, 3]);
    this.seen = { shape: [...images.shape], corner: [...corner.dataSync()] };
    return images;
  }

  override head(features: Tensor): Tensor {
    return features;
  }
}

Deno.test("predictPixels() pads below and on the right with zeros, and cuts the answer to the image", async () => {
  const network = new Mirror();
  const shape = [2, 5, 33, 3] as const;
  const labels = Int32Array.from({ length: 2 * 5 * 33 }, (_, i) => (i * i + 1) % 3);
  const values = new Float32Array(labels.length * 3);
  labels.forEach((label, i) => values[3 * i + label] = 0.5);
  const images = tf.tensor4d(values, [...shape]);
  const before = tf.memory().numTensors;
  assertEquals(await predictPixels(network, images), labels);
  assertEquals(network.seen, { shape: [2, 32, 64, 3], corner: [0, 0, 0] });
  assertEquals(tf.memory().numTensors, before);
  images.dispose();
});

Deno.test("predictPixels() leaves images as they are that the network takes", async () => {
  const network = new Mirror();
  const images = tf.ones([1, 32, 64, 3]) as Tensor4D;
  await predictPixels(network, images);
  assertEquals(network.seen, { shape: [1, 32, 64, 3], corner: [1, 1, 1] });
  images.dispose();
});
