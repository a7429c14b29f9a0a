/** Bytes to pixels, and logits of whole sets. */
import { assert, assertEquals } from "@std/assert";
import type { FloatImageSet, ImageSet } from "../../lib/datasets/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { imagesFromBytes, predictLogits } from "../../lib/training/mod.ts";
import { smallImages, smallNetwork } from "./small_training.ts";

Deno.test("imagesFromBytes() gives byte / 255, rounded once, for every byte", () => {
  tf.tidy(() => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const images = imagesFromBytes(bytes, [1, 16, 16, 1]);
    assertEquals(images.shape, [1, 16, 16, 1]);
    assertEquals(images.dataSync() as Float32Array, Float32Array.from(bytes, (byte) => byte / 255));
  });
});

Deno.test("imagesFromBytes() takes any number of bytes, also a part of a larger buffer", () => {
  const before = tf.memory().numTensors;
  for (
    const shape of [[1, 1, 1, 1], [1, 3, 3, 1], [2, 5, 1, 1], [3, 3, 3, 3], [4, 2, 2, 3]] as const
  ) {
    const size = shape.reduce((a: number, b) => a * b, 1);
    const bytes = Uint8Array.from({ length: size + 3 }, (_, i) => 255 - i).subarray(3);
    tf.tidy(() => {
      const images = imagesFromBytes(bytes, shape);
      assertEquals(images.shape, [...shape]);
      assertEquals([...images.dataSync()], [...bytes].map((byte) => Math.fround(byte / 255)));
    });
  }
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("predictLogits() gives the logits of every image in its order, whatever the batch size", async () => {
  const network = smallNetwork();
  const images = smallImages(50);
  const whole = await predictLogits(network, images);
  const before = tf.memory().numTensors;
  assertEquals(whole.length, 150);
  for (const batchSize of [1, 7, 50, 64]) {
    const parts = await predictLogits(network, images, { batchSize });
    assertEquals(parts.length, 150);
    const largest = Math.max(...parts.map((value, i) => Math.abs(value - whole[i]!)));
    assert(largest < 2e-6, `${batchSize}: ${largest}`);
  }
  assertEquals(tf.memory().numTensors, before);
  const direct = tf.tidy(() => {
    const pixels = imagesFromBytes(images.read([17]) as Uint8Array, [1, 16, 16, 1]);
    return network.forward(pixels, { training: false }).dataSync();
  });
  direct.forEach((value, c) => assert(Math.abs(value - whole[17 * 3 + c]!) < 2e-6));
  network.dispose();
});

Deno.test("predictLogits() takes sets of floats, and sets that read later", async () => {
  const network = smallNetwork();
  const images = smallImages(20);
  const wanted = await predictLogits(network, images);
  const floats: FloatImageSet = {
    ...images,
    read: (indices) => Float32Array.from(images.read(indices) as Uint8Array, (byte) => byte / 255),
  };
  const later: ImageSet = {
    ...images,
    read: async (indices) => await Promise.resolve(images.read(indices)),
  };
  assertEquals(await predictLogits(network, floats), wanted);
  assertEquals(await predictLogits(network, later), wanted);
  network.dispose();
});

Deno.test("predictLogits() does not change the network, running statistics included", async () => {
  const network = smallNetwork();
  const images = smallImages(20);
  const first = await predictLogits(network, images);
  assertEquals(await predictLogits(network, images), first);
  const mean = network.buffers().get("bn0.running_mean")!;
  assertEquals([...await mean.read()], [0]);
  network.dispose();
});
