/** Labels that are no class are found where batches enter, whatever the loss's kernels and the device do with them. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Scalar, Tensor } from "@tensorflow/tfjs-node-gpu";
import { type Loss, losses } from "../../lib/losses/mod.ts";
import { buildNetwork } from "../../lib/models/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import type { ImageSet } from "../../lib/datasets/mod.ts";
import {
  type Batch,
  type BatchSource,
  Learner,
  learntImages,
  train,
  trainSkipping,
} from "../../lib/training/mod.ts";
import { smallNetwork, smallTraining, valuesOf } from "./small_training.ts";

/** A loss that takes any label in silence, on any device: its one-hot vector has no 1. */
const silent: Loss = (logits: Tensor, labels: Tensor) =>
  tf.oneHot(labels as never, logits.shape.at(-1)!).mul(logits.logSoftmax()).sum().neg() as Scalar;

const sgd = { name: "sgd", learningRate: 0.1 } as const;

/** Batches of four images, the third of which has a wrong label. */
function sourceWith(label: number): BatchSource {
  return {
    name: "a stream",
    count: 16,
    async *batches(firstStep) {
      for (let step = firstStep; step < 4; step++) {
        const labels = [0, 1, 2, step === 2 ? label : 0];
        yield await Promise.resolve({
          images: tf.ones([4, 16, 16, 1]),
          labels: tf.tensor1d(labels, "int32"),
        });
      }
    },
  };
}

for (const label of [3, -1, 255]) {
  Deno.test(`train() finds the label ${label} in a source of batches, by any loss`, async () => {
    const network = smallNetwork("mlp");
    const steps: number[] = [];
    await assertRejects(
      () =>
        train(smallTraining(network, {
          loss: silent,
          images: sourceWith(label),
          recipe: { batchSize: 4, epochs: 1 },
          onStep: (step) => steps.push(step),
        })),
      RangeError,
      `Cannot train on the batch of step 2: label 3 is ${label}, and the network has 3 classes, 0 to 2`,
    );
    assertEquals(steps, [1, 2]);
    network.dispose();
  });
}

Deno.test("Learner.step() with a label that is no class moves nothing, and can go on", async () => {
  const network = smallNetwork("mlp");
  const learner = new Learner({ network, loss: silent, optimizer: sgd, seed: 0 });
  const images = tf.ones([2, 16, 16, 1]);
  const [wrong, right] = [[0, 9], [0, 2]].map((labels) => tf.tensor1d(labels, "int32"));
  const before = await valuesOf(network);
  assertThrows(() => learner.step({ images, labels: wrong! }, 0.1), RangeError, "label 1 is 9");
  assertEquals(await valuesOf(network), before);
  assertEquals(learner.steps, 0);
  learner.step({ images, labels: right! }, 0.1).dispose();
  assertEquals(learner.steps, 1);
  tf.dispose([images, wrong!, right!]);
  learner.dispose();
  network.dispose();
});

Deno.test("Learner.step() counts the classes of the batch's head, and lets the loss's ignored label pass", () => {
  const network = buildNetwork("cl_mlp_8x1", {
    classes: 5,
    inputShape: [16, 16, 1],
    seed: 0,
    heads: { tasks: [[0, 1], [2, 3, 4]], mode: "clean" },
  });
  const loss = losses.hem({ classCounts: [1, 1, 1], options: { ignoreLabel: 255, margin: 1 } });
  const learner = new Learner({ network, loss, optimizer: sgd, seed: 0 });
  const images = tf.ones([2, 16, 16, 1]);
  const step = (task: number, labels: number[]) => {
    const batch = { images, labels: tf.tensor1d(labels, "int32"), task };
    learner.step(batch, 0.1).dispose();
    batch.labels.dispose();
  };
  step(1, [2, 255]);
  assertThrows(() => step(0, [0, 2]), RangeError, "label 1 is 2, and the network has 2 classes");
  assertThrows(
    () => step(1, [254, 2]),
    RangeError,
    "label 0 is 254, and the network has 3 classes",
  );
  // Labels of one head are checked anew for another.
  const labels = tf.tensor1d([2, 0], "int32");
  learner.step({ images, labels, task: 1 }, 0.1).dispose();
  assertThrows(
    () => learner.step({ images, labels, task: 0 }, 0.1),
    RangeError,
    "label 0 is 2, and the network has 2 classes",
  );
  tf.dispose([images, labels]);
  learner.dispose();
  network.dispose();
});

for (const label of [3, -1, 1.5]) {
  Deno.test(`trainSkipping() and learntImages() name the label ${label}, by any loss`, async () => {
    const network = smallNetwork("mlp");
    const options = smallTraining(network, { loss: silent });
    const labels = new Float32Array(500);
    labels[4] = label;
    const images = { ...options.images as ImageSet, labels: labels as never };
    const message = `label 4 is ${label}, and the network has 3 classes, 0 to 2`;
    const before = tf.memory().numTensors;
    await assertRejects(() => trainSkipping({ ...options, images }), RangeError, message);
    await assertRejects(() => learntImages(network, silent, images), RangeError, message);
    assertEquals(tf.memory().numTensors, before);
    network.dispose();
  });
}

Deno.test("Learner.step() says what is wrong with a batch that is none", () => {
  const network = smallNetwork("mlp");
  const learner = new Learner({ network, loss: silent, optimizer: sgd, seed: 0 });
  const [images, labels] = [tf.ones([2, 16, 16, 1]), tf.tensor1d([0, 1], "int32")];
  const gone = images.clone();
  gone.dispose();
  const batches: [unknown, string][] = [
    [{ labels }, "its images must be a tensor over N images"],
    [{ images, labels: [0, 1] }, "its labels must be a tensor over N images"],
    [{ images: Promise.resolve(images), labels }, "its images must be a tensor"],
    [{ images: gone, labels }, "its images were disposed of; train() frees what"],
    [{ images, labels: labels.slice(1) }, "images [2,16,16,1] with labels [1]"],
  ];
  for (const [batch, message] of batches) {
    assertThrows(() => learner.step(batch as Batch, 0.1), TypeError, message);
  }
  assertEquals(learner.steps, 0);
  network.dispose();
});

Deno.test("train() says what it wants where images or the loss are something else", async () => {
  const network = smallNetwork("mlp");
  for (const images of [undefined, tf.ones([2, 16, 16, 1]), [1, 2], {}]) {
    await assertRejects(
      () => train({ ...smallTraining(network), images: images as never }),
      TypeError,
      "Cannot train on these images: wanted an image set",
    );
  }
  for (const loss of ["hem", undefined, {}]) {
    await assertRejects(
      () => train({ ...smallTraining(network), loss: loss as never }),
      TypeError,
      `Cannot train with the loss ${loss}: wanted a function`,
    );
  }
  network.dispose();
});
