/** A step in parts is the step of the whole batch. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { type ForwardOptions, Module } from "../../lib/layers/mod.ts";
import { crossEntropy, losses, type LossName, lossNames } from "../../lib/losses/mod.ts";
import { buildNetwork } from "../../lib/models/mod.ts";
import { generator } from "../../lib/random/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { accumulatedStep, buildOptimizer, train, trainStep } from "../../lib/training/mod.ts";
import { smallNetwork, smallTraining, valuesOf } from "./small_training.ts";

/** Images that come to the device part by part. */
function batchOf(count: number, side = 16) {
  const random = generator(8, "batch");
  const pixels = new Float32Array(count * side * side);
  random.fillUniform(pixels);
  const labels = Int32Array.from({ length: count }, () => random.integer(3));
  const size = side * side;
  const images = (first: number, some: number): Tensor4D =>
    tf.tensor4d(pixels.subarray(first * size, (first + some) * size), [some, side, side, 1]);
  return { images, labels };
}

/** Loss and weights after two steps, the batch whole or in parts. */
async function afterTwoSteps(network: Module, lossName: LossName, microBatch?: number) {
  const loss = losses[lossName]({ classCounts: [5, 300, 40] });
  const parameters = network.trainedParameters();
  const choice = { name: "sgd", learningRate: 0.05, momentum: 0.9, weightDecay: 5e-4 } as const;
  const optimizer = buildOptimizer(parameters, choice);
  const { images, labels: classes } = batchOf(11);
  const labels = tf.tensor1d(classes, "int32");
  const values: number[] = [];
  for (const step of [0, 1]) {
    const common = { network, parameters, optimizer, loss, labels, learningRate: 0.05, step };
    const value = tf.tidy(() =>
      microBatch === undefined
        ? trainStep({ ...common, seed: step, images: images(0, 11) })
        : accumulatedStep({ ...common, seed: step, images, microBatch })
    );
    values.push((await value.data())[0]!);
    value.dispose();
  }
  labels.dispose();
  optimizer.dispose();
  const weights = await valuesOf(network);
  network.dispose();
  return { values, weights };
}

/** The largest difference of two networks' values, in parts of those that are above 1. */
function largestDifference(a: Record<string, Float32Array>, b: Record<string, Float32Array>) {
  return Math.max(
    ...Object.entries(a).map(([name, values]) =>
      values.reduce((largest, value, i) => {
        const difference = Math.abs(value - b[name]![i]!) / Math.max(1, Math.abs(value));
        return Math.max(largest, difference);
      }, 0)
    ),
  );
}

for (const lossName of lossNames) {
  Deno.test(`accumulatedStep() with ${lossName} leaves the weights of the whole batch's step`, async () => {
    const networks = {
      mlp: () => smallNetwork("mlp"),
      lenet: () =>
        buildNetwork("lenet", {
          classes: 3,
          inputShape: [16, 16, 1],
          seed: 0,
          options: { extra: "prelu" },
        }),
    };
    for (const [name, build] of Object.entries(networks)) {
      const initial = build();
      const before = await valuesOf(initial);
      initial.dispose();
      const whole = await afterTwoSteps(build(), lossName);
      assert(largestDifference(before, whole.weights) > 1e-4, `${name} did not move`);
      for (const microBatch of [1, 4, 10]) {
        const parts = await afterTwoSteps(build(), lossName, microBatch);
        const difference = largestDifference(parts.weights, whole.weights);
        assert(difference < 1e-6, `${name} in parts of ${microBatch}: ${difference}`);
        parts.values.forEach((value, i) =>
          assert(Math.abs(value - whole.values[i]!) < 1e-5 * Math.max(1, value))
        );
      }
    }
  });
}

Deno.test("accumulatedStep() leaves one tensor, the loss, whatever the number of parts", () => {
  const network = smallNetwork();
  const parameters = network.trainedParameters();
  const optimizer = buildOptimizer(parameters, { name: "adam", learningRate: 0.01 });
  const { images, labels: classes } = batchOf(9);
  const labels = tf.tensor1d(classes, "int32");
  const loss = losses.hem({ classCounts: [10, 10, 10] });
  const common = { network, parameters, optimizer, loss, labels, learningRate: 0.01, seed: 0 };
  const counts = [9, 4, 1, 2, 3].map((microBatch, step) => {
    accumulatedStep({ ...common, images, microBatch, step }).dispose();
    return tf.memory().numTensors;
  });
  assertEquals(counts, counts.map(() => counts[0]!));
  labels.dispose();
  optimizer.dispose();
  network.dispose();
});

Deno.test("accumulatedStep() moves running statistics once per part, in the order of the parts", async () => {
  const [inParts, byHand] = [smallNetwork(), smallNetwork()];
  const { images, labels: classes } = batchOf(8);
  const labels = tf.tensor1d(classes, "int32");
  const parameters = inParts.trainedParameters();
  const optimizer = buildOptimizer(parameters, { name: "sgd", learningRate: 0 });
  accumulatedStep({
    network: inParts,
    parameters,
    optimizer,
    loss: crossEntropy(),
    images,
    labels,
    microBatch: 3,
    learningRate: 0,
    step: 0,
    seed: 0,
  }).dispose();
  for (const [first, count] of [[0, 3], [3, 3], [6, 2]] as const) {
    tf.tidy(() => void byHand.forward(images(first, count), { training: true, seed: 0 }));
  }
  const [ours, wanted] = [await valuesOf(inParts), await valuesOf(byHand)];
  assertNotEquals([...wanted["bn0.running_mean"]!], [0]);
  assert(largestDifference(ours, wanted) < 1e-7);
  labels.dispose();
  optimizer.dispose();
  inParts.dispose();
  byHand.dispose();
});

/** Notes the seeds that its forward passes get. */
class Watched extends Module {
  readonly seeds: (number | undefined)[] = [];
  readonly #inner: Module;

  constructor(inner: Module) {
    super();
    this.#inner = this.child("inner", inner);
  }

  override forward(x: Tensor, options: ForwardOptions): Tensor {
    this.seeds.push(options.seed);
    return this.#inner.forward(x, options);
  }
}

Deno.test("accumulatedStep() draws the same masks in both passes, others for each part", () => {
  const network = new Watched(smallNetwork("mlp"));
  const { images, labels: classes } = batchOf(7);
  const labels = tf.tensor1d(classes, "int32");
  const parameters = network.trainedParameters();
  const optimizer = buildOptimizer(parameters, { name: "sgd", learningRate: 0.1 });
  const loss = crossEntropy();
  const common = { network, parameters, optimizer, loss, labels, images, learningRate: 0.1 };
  accumulatedStep({ ...common, microBatch: 3, step: 0, seed: 5 }).dispose();
  const seeds = network.seeds;
  assertEquals(seeds.slice(0, 3), seeds.slice(3));
  assertEquals(new Set(seeds).size, 3);
  labels.dispose();
  optimizer.dispose();
  network.dispose();
});

Deno.test("train() with microBatch learns as without where no batch norm is", async () => {
  const run = async (microBatch?: number) => {
    const network = smallNetwork("mlp");
    const recipe = {
      batchSize: 32,
      epochs: 1,
      optimizer: { name: "sgd", learningRate: 0.05 } as const,
      ...(microBatch !== undefined && { microBatch }),
    };
    await train(smallTraining(network, { recipe }));
    const values = await valuesOf(network);
    network.dispose();
    return values;
  };
  const whole = await run();
  assert(largestDifference(await run(5), whole) < 1e-6);
  // A part as large as the batch is the whole batch.
  assertEquals(await run(32), whole);
});
