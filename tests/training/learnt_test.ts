import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import type { Tensor2D } from "@tensorflow/tfjs-node-gpu";
import { loadDataset, subset } from "../../lib/datasets/mod.ts";
import { losses } from "../../lib/losses/mod.ts";
import { buildNetwork } from "../../lib/models/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import {
  DivergenceError,
  givesNumbers,
  learntImages,
  predictLogits,
  type Recipe,
  train,
  trainSkipping,
} from "../../lib/training/mod.ts";

const images = subset((await loadDataset("mnist", {})).train, 640);
const classCounts = Array.from({ length: 10 }, () => 6000);
const hem = losses.hem({ classCounts });
const recipe: Recipe = {
  epochs: 4,
  batchSize: 64,
  optimizer: { name: "adam", learningRate: 1e-3 },
  schedule: { name: "constant" },
  augmentation: "none",
  threads: 1,
};
const newNetwork = (name = "mlp") =>
  buildNetwork(name, { classes: 10, inputShape: [28, 28, 1], seed: 1 });

Deno.test("learntImages() are those whose true class leads by the margin; CE has none", async () => {
  const network = newNetwork();
  await train({ network, loss: hem, images, recipe, seed: 1 });
  const logits = await predictLogits(network, images);
  const margin = Math.sqrt(2000 / 60_000);
  const wanted = Array.from({ length: images.count }, (_, i) => {
    const own = logits.subarray(10 * i, 10 * i + 10);
    const target = own[images.labels[i]!]!;
    return own.every((value, c) => c === images.labels[i] || value - target + margin <= 0) ? 1 : 0;
  });
  const found = await learntImages(network, hem, images);
  const count = wanted.filter((one) => one === 1).length;
  assert(count > 50 && count < 640, `${count}`);
  // A lead that is the margin up to the rounding of float32 may fall on either side.
  assert([...found].filter((one, i) => one !== wanted[i]).length <= 1);
  const none = await learntImages(network, losses.ce({ classCounts }), images);
  assertEquals(none.reduce((sum, one) => sum + one, 0), 0);
  network.dispose();
});

Deno.test("trainSkipping() presents what is not learnt, comes back to what is lost, and leaks nothing", async () => {
  const network = newNetwork();
  const before = tf.memory().numTensors;
  const learnt: number[] = [];
  const { finished, epochs } = await trainSkipping({
    network,
    loss: hem,
    images,
    recipe,
    seed: 1,
    async onEpoch() {
      const one = await learntImages(network, hem, images);
      learnt.push(one.reduce((sum, value) => sum + value, 0) / images.count);
    },
  });
  assert(finished);
  assertEquals(tf.memory().numTensors, before);
  // Each epoch presents what the one before has not learnt.
  const counts = epochs.map(({ presented }) => Math.round(640 * presented!));
  assertEquals(counts, [640, ...learnt.slice(0, -1).map((share) => Math.round(640 * (1 - share)))]);
  assert(learnt.at(-1)! > 0.2, `${learnt}`);
  network.dispose();
});

Deno.test("trainSkipping() without anything to skip takes the steps of train()", async () => {
  // Under CE every image has a gradient.
  const loss = losses.ce({ classCounts });
  const learn = async (doing: typeof train | typeof trainSkipping, change: Partial<Recipe>) => {
    // LeNet's batch norms take the statistics of the parts of a batch.
    const network = newNetwork("lenet");
    await doing({ network, loss, images, recipe: { ...recipe, epochs: 2, ...change }, seed: 1 });
    const values = [...network.parameters().values()].map(({ value }) => [...value.dataSync()]);
    network.dispose();
    return values;
  };
  const whole = await learn(train, {});
  assertEquals(await learn(trainSkipping, {}), whole);
  const inParts = await learn(train, { microBatch: 16 });
  assertEquals(await learn(trainSkipping, { microBatch: 16 }), inParts);
  assertNotEquals(inParts, whole);
  // A thread changes the images.
  const changed = await learn(train, { augmentation: "crop_flip" });
  assertEquals(await learn(trainSkipping, { augmentation: "crop_flip" }), changed);
  // 23 steps an epoch: 1 / 23 has no end in binary digits.
  const schedule = { name: "exponential_warmup", epochs: 2 } as const;
  const warmedUp = await learn(train, { batchSize: 28, schedule });
  assertEquals(await learn(trainSkipping, { batchSize: 28, schedule }), warmedUp);
});

Deno.test("trainSkipping() notices a signal from a timer", async () => {
  const network = newNetwork();
  const { finished } = await trainSkipping({
    network,
    loss: hem,
    images,
    recipe: { ...recipe, epochs: 100 },
    seed: 1,
    signal: AbortSignal.timeout(1),
  });
  assert(!finished);
  network.dispose();
});

Deno.test("trainSkipping() frees the batch at which it is stopped", async () => {
  const network = newNetwork();
  const before = tf.memory().numTensors;
  const stop = new AbortController();
  const { finished } = await trainSkipping({
    network,
    loss: hem,
    images,
    recipe,
    seed: 1,
    signal: stop.signal,
    onStep: () => stop.abort(),
  });
  assert(!finished);
  assertEquals(tf.memory().numTensors, before);
  network.dispose();
});

Deno.test("trainSkipping() diverges where an epoch leaves weights that are not finite, and shows them to nobody", async () => {
  for (const epochs of [1, 2]) {
    const network = newNetwork();
    const optimizer = { name: "sgd", learningRate: 1e300 } as const;
    const error = await assertRejects(
      () =>
        trainSkipping({
          network,
          loss: hem,
          images,
          recipe: { ...recipe, epochs, batchSize: 640, optimizer },
          seed: 1,
          onEpoch: () => {
            throw new Error("measured");
          },
        }),
      DivergenceError,
      "its weights are no longer finite",
    );
    assertEquals([error.step, error.epochs.length], [0, 1]);
    network.dispose();
  }
});

Deno.test("a training diverges where an epoch leaves logits that are not finite, and shows them to nobody", async () => {
  const network = "lenet";
  // One step so large leaves weights that are finite, and layers whose products are not.
  const optimizer = { name: "sgd", learningRate: 1e25 } as const;
  const wild = { ...recipe, epochs: 2, batchSize: 640, optimizer };
  for (const learn of [train, trainSkipping]) {
    const learner = newNetwork(network);
    const error = await assertRejects(
      () =>
        learn({
          ...{ network: learner, loss: hem, images, recipe: wild, seed: 1 },
          givesNumbers: () => givesNumbers(learner, images),
          onEpoch: () => {
            throw new Error("measured");
          },
        }),
      DivergenceError,
      "and its outputs are no longer finite",
    );
    // The step's own loss is that of the weights before it.
    assertEquals([error.step, error.epochs.length, error.loss], [0, 1, error.epochs[0]!.loss]);
    learner.dispose();
  }
});

Deno.test("images that are learnt have no gradient of their own", () => {
  const labels = tf.tensor1d([0, 1], "int32");
  const logits = tf.tensor2d([[5, 0, 0], [0, 0.1, 0]]);
  const gradient = tf.grad((x) =>
    losses.hem({ classCounts: [20_000, 20_000, 20_000] })(x as Tensor2D, labels)
  )(
    logits,
  );
  const [first, second] = gradient.arraySync() as number[][];
  assertEquals(first!.map(Math.abs), [0, 0, 0]);
  assert(second!.some((value) => value !== 0));
});
