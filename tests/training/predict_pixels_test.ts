import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Rank, Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { Network } from "../../lib/models/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { predictPixels } from "../../lib/training/mod.ts";

/** Gives each pixel's channels as its logits, and remembers the shapes that it was given, and how often. */
class Mirror extends Network {
  readonly seen = new Set<string>();
  calls = 0;

  override features(images: Tensor): Tensor {
    this.seen.add(images.shape.join());
    this.calls++;
    return images;
  }

  override head(features: Tensor): Tensor {
    return features;
  }
}

/** Class 1 where the last pixel is above -0.5, else 0; the same for all pixels. */
class Corner extends Network {
  override features(images: Tensor): Tensor {
    const [, height, width] = images.shape;
    const last = tf.slice(images as Tensor4D, [0, height! - 1, width! - 1, 0], [1, 1, 1, 1]);
    const logits = tf.concat([tf.zeros([1, 1, 1, 1]), tf.add(last, 0.5)], 3);
    return tf.tile(logits, [1, height!, width!, 1]);
  }

  override head(features: Tensor): Tensor {
    return features;
  }
}

Deno.test("predictPixels() pads what the network does not take, and cuts the answer to the image", async () => {
  const network = new Mirror();
  const predict = predictPixels(network);
  const before = tf.memory().numTensors;
  for (const [height, width] of [[5, 33], [32, 64]] as const) {
    const labels = Int32Array.from({ length: 2 * height * width }, (_, i) => (i * i + 1) % 3);
    const values = new Float32Array(labels.length * 3);
    labels.forEach((label, i) => values[3 * i + label] = 0.5);
    const images = tf.tensor4d(values, [2, height, width, 3]);
    for (let time = 0; time < 2; time++) assertEquals(await predict(images), labels);
    images.dispose();
  }
  assertEquals([...network.seen], ["2,32,64,3"]);
  assertEquals(tf.memory().numTensors, before);
  predict.dispose();
});

Deno.test("predictPixels() captures the network once for all sizes that are padded to the same", async () => {
  const network = new Mirror();
  const predict = predictPixels(network);
  const calls: number[] = [];
  for (const [height, width] of [[5, 33], [32, 64], [31, 50], [1, 64]] as const) {
    const images = tf.zeros([1, height, width, 3]) as Tensor4D;
    assertEquals((await predict(images)).length, height * width);
    images.dispose();
    calls.push(network.calls);
  }
  // A capture is compared with another recording at its second call, and then never again.
  assertEquals(calls.slice(1), calls.slice(1).map(() => calls[1]!));
  predict.dispose();
});

Deno.test("predictPixels() pads with black before it prepares images, as training does", async () => {
  const network = new Corner();
  const predict = predictPixels(network, { prepare: (images) => tf.sub(images, 0.5) });
  const images = tf.zeros([1, 31, 31, 3]) as Tensor4D;
  // What was padded after would be 0, the middle, and not black.
  assertEquals((await predict(images))[0], 0);
  images.dispose();
  predict.dispose();
});

Deno.test("predictPixels() refuses logits that are not finite, wherever they are, and goes on after", async () => {
  const predict = predictPixels(new Mirror());
  const shape: [number, number, number, number] = [2, 5, 33, 3];
  const predictFrom = async (values: Float32Array) => {
    const images = tf.tensor4d(values, shape);
    try {
      return await predict(images);
    } finally {
      images.dispose();
    }
  };
  const clean = new Float32Array(2 * 5 * 33 * 3);
  await predictFrom(clean);
  const before = tf.memory().numTensors;
  for (const value of [NaN, Infinity, -Infinity]) {
    for (const place of [0, 7, clean.length - 1]) {
      const values = clean.slice();
      values[place] = value;
      await assertRejects(() => predictFrom(values), RangeError, "logits are not finite");
    }
  }
  assertEquals(await predictFrom(clean), new Int32Array(2 * 5 * 33));
  assertEquals(tf.memory().numTensors, before);
  predict.dispose();
});

Deno.test("predictPixels() lets timers in between images", async () => {
  const predict = predictPixels(new Mirror());
  const images = tf.zeros<Rank.R4>([1, 32, 32, 3]);
  const signal = AbortSignal.timeout(1);
  for (let time = 0; time < 5000 && !signal.aborted; time++) await predict(images);
  assert(signal.aborted);
  predict.dispose();
  images.dispose();
});
