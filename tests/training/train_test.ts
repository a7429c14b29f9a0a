/** The training loop: what it does with batches, and what it refuses. */
import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import type { Scalar } from "@tensorflow/tfjs-node-gpu";
import type { ImageSet } from "../../lib/datasets/mod.ts";
import { crossEntropy } from "../../lib/losses/mod.ts";

import { buildNetwork } from "../../lib/models/mod.ts";
import { constantCount, tf } from "../../lib/tensorflow/mod.ts";
import { DivergenceError, Learner, train } from "../../lib/training/mod.ts";
import { smallImages, smallNetwork, smallTraining, valuesOf } from "./small_training.ts";

Deno.test("train() gives the same numbers twice, others for another seed, and learns", async () => {
  const run = async (seed: number) => {
    const network = smallNetwork();
    const { epochs } = await train(smallTraining(network, { seed }));
    const values = await valuesOf(network);
    network.dispose();
    return { losses: epochs.map(({ loss }) => loss), values };
  };
  const first = await run(5);
  assertEquals(await run(5), first);
  assertNotEquals((await run(6)).losses, first.losses);
  assertEquals(first.losses.length, 2);
  assert(first.losses[1]! < first.losses[0]! && first.losses[0]! < Math.log(3));
});

for (const name of ["lenet", "convnet", "mlp"]) {
  for (const optimizer of ["adam", "sgd"] as const) {
    Deno.test(`Learner.step() of ${name} with ${optimizer} leaves one tensor, the loss`, () => {
      const network = smallNetworkFor(name);
      const momentum = optimizer === "sgd" ? 0.9 : 0;
      const choice = { name: optimizer, learningRate: 0.01, weightDecay: 0.1, momentum };
      const learner = new Learner({ network, loss: crossEntropy(), optimizer: choice, seed: 0 });
      const side = name === "convnet" ? 24 : 16;
      const images = tf.ones([4, side, side, 1]);
      const labels = tf.tensor1d([0, 1, 2, 0], "int32");
      const counts = [0, 1, 2, 3].map(() => {
        learner.step({ images, labels }, 0.01).dispose();
        return [tf.memory().numTensors, constantCount()];
      });
      assertEquals(counts, counts.map(() => counts[0]!));
      tf.dispose([images, labels]);
      learner.dispose();
      network.dispose();
    });
  }
}

Deno.test("train() leaves no tensor behind but the network's", async () => {
  const before = tf.memory().numTensors;
  const network = smallNetwork();
  await train(smallTraining(network, { recipe: { epochs: 1 } }));
  network.dispose();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("train() reads every image once an epoch, in another order each, the rest in a last batch", async () => {
  const batches = await readBatches({ count: 50, batchSize: 16, epochs: 2 });
  assertEquals(batches.map((batch) => batch.length), [16, 16, 16, 2, 16, 16, 16, 2]);
  const epochs = [batches.slice(0, 4).flat(), batches.slice(4).flat()];
  const all = Array.from({ length: 50 }, (_, i) => i);
  for (const epoch of epochs) {
    assertEquals(epoch.toSorted((a, b) => a - b), all);
    assertNotEquals(epoch, all);
  }
  assertNotEquals(epochs[0], epochs[1]);
});

Deno.test("train() takes the whole set where the batch size is larger", async () => {
  const batches = await readBatches({ count: 10, batchSize: 64, epochs: 3 });
  assertEquals(batches.map((batch) => batch.length), [10, 10, 10]);
});

Deno.test("train() calls onStep after every step and onEpoch with the mean of the batches' losses", async () => {
  const network = smallNetwork();
  const steps: number[] = [];
  const seen: number[] = [];
  const { epochs, finished } = await train(smallTraining(network, {
    images: smallImages(20),
    onStep: (step, total) => steps.push(step / total),
    onEpoch: ({ loss }) => void seen.push(loss),
  }));
  network.dispose();
  assert(finished);
  assertEquals(steps, [1, 2, 3, 4, 5, 6].map((step) => step / 6));
  assertEquals(seen, epochs.map(({ loss }) => loss));
  assertEquals(epochs.map(({ epoch }) => epoch), [0, 1]);
});

Deno.test("train() records the mean of the batches' losses", async () => {
  const network = smallNetwork("mlp");
  // A loss whose value is known, and whose gradient is zero; the batches are of 8, 8 and 4.
  const { epochs } = await train(smallTraining(network, {
    images: smallImages(20),
    loss: (logits, labels) => logits.mul(0).sum().add(labels.size) as Scalar,
    recipe: { epochs: 1 },
  }));
  network.dispose();
  assertEquals(epochs[0]!.loss, (8 + 8 + 4) / 3);
});

Deno.test("train() that diverges names step, loss and the last good checkpoint", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/checkpoint.safetensors`;
  const run = async (learningRate: number, epochs: number, withCheckpoint = true) => {
    const network = smallNetwork();
    const momentum = 0.9;
    // A good first epoch, then the schedule's factor blows it up.
    const recipe = {
      epochs,
      optimizer: { name: "sgd", learningRate, momentum } as const,
      schedule: { name: "steps" as const, milestones: [1], factor: 1e30 },
    };
    const checkpoint = { file, everySeconds: 1000 };
    try {
      return await train(smallTraining(network, { recipe, ...(withCheckpoint && { checkpoint }) }));
    } finally {
      network.dispose();
    }
  };
  const before = tf.memory().numTensors;
  const error = await assertRejects(() => run(1e-3, 3), DivergenceError);
  assert(error.step >= 63 && error.step < 70, `${error.step}`);
  assert(!Number.isFinite(error.loss));
  assertEquals(error.checkpoint, file);
  assertMatch(error.message, /^Training diverged: the loss of step \d+ is (NaN|-?Infinity); /);
  assert(error.message.endsWith(`the last good checkpoint is ${file}`));
  assert((await Deno.readFile(file)).length > 0);
  assertEquals(tf.memory().numTensors, before);

  await Deno.remove(file);
  const first = await assertRejects(() => run(1e30, 1), DivergenceError);
  assertEquals(first.checkpoint, undefined);
  assert(first.message.endsWith("there is no checkpoint before it"));
  await assertRejects(() => run(1e30, 1, false), DivergenceError);
  await assertRejects(() => Deno.stat(file), Deno.errors.NotFound);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("train() does not write weights that are not finite over a good checkpoint", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/checkpoint.safetensors`;
  const network = smallNetwork("mlp");
  const checkpoint = { file, everySeconds: 1000 };
  // One step an epoch, whose loss is finite; the second step leaves infinite weights.
  const training = smallTraining(network, {
    images: smallImages(8),
    checkpoint,
    recipe: {
      optimizer: { name: "sgd", learningRate: 1e-2 },
      schedule: { name: "steps", milestones: [1], factor: 1e300 },
    },
  });
  const error = await assertRejects(() => train(training), DivergenceError);
  assertEquals([error.step, error.checkpoint], [1, file]);
  assert(Number.isFinite(error.loss));
  assertMatch(error.message, /the loss of step 1 is .*, and its weights are no longer finite/);
  network.dispose();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("train() neither finishes with weights that are not finite nor shows them to onEpoch, without a checkpoint either", async () => {
  const network = smallNetwork("mlp");
  const training = smallTraining(network, {
    images: smallImages(8),
    recipe: { epochs: 1, optimizer: { name: "sgd", learningRate: 1e300 } },
    onEpoch: () => {
      throw new Error("measured");
    },
  });
  const error = await assertRejects(() => train(training), DivergenceError);
  assertEquals([error.step, error.epochs.length], [0, 1]);
  assertMatch(error.message, /its weights are no longer finite; there is no checkpoint before it/);
  network.dispose();
});

Deno.test("train() refuses labels that are none of the network's classes, before the first step", async () => {
  const network = smallNetwork("mlp");
  const before = await valuesOf(network);
  for (const label of [3, -1, 255]) {
    const images = smallImages(20);
    images.labels[7] = label;
    await assertRejects(
      () => train(smallTraining(network, { images })),
      RangeError,
      `Cannot train on small: label 7 is ${label}, and the network has 3 classes, 0 to 2`,
    );
  }
  assertEquals(await valuesOf(network), before);
  network.dispose();
});

Deno.test("train() says where a batch norm would see one value per channel", async () => {
  const network = buildNetwork("mobilenet_v3_small", {
    classes: 3,
    inputShape: [32, 32, 1],
    seed: 0,
  });
  await assertRejects(
    () =>
      train(smallTraining(network, {
        images: smallImages(3, 32),
        recipe: { epochs: 1, batchSize: 2, augmentation: "none" },
      })),
    RangeError,
    "Batch norm needs more than one value per channel while training, got maps [1,1,1,",
  );
  network.dispose();
});

function smallNetworkFor(name: string) {
  if (name !== "convnet") return smallNetwork(name);
  return buildNetwork("convnet", { classes: 3, inputShape: [24, 24, 1], seed: 0 });
}

/** The indices of the batches that a training reads. */
async function readBatches({ count, batchSize, epochs }: Record<string, number>) {
  const batches: number[][] = [];
  const images = smallImages(count);
  const watched: ImageSet = {
    ...images,
    read: (indices) => {
      batches.push(Array.from(indices));
      return images.read(indices);
    },
  };
  const network = smallNetwork("mlp");
  await train(
    smallTraining(network, { images: watched, recipe: { batchSize: batchSize!, epochs: epochs! } }),
  );
  network.dispose();
  return batches;
}
