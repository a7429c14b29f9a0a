/** A step in parts is the step of the whole batch. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { crossEntropy, type Loss, losses, lossNames } from "../../lib/losses/mod.ts";
import { buildNetwork, Network, type RunOptions } from "../../lib/models/mod.ts";
import { generator } from "../../lib/random/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import {
  type Batch,
  type Hooks,
  Learner,
  type OptimizerChoice,
  train,
} from "../../lib/training/mod.ts";
import { smallNetwork, smallTraining, valuesOf } from "./small_training.ts";

/** Uniform images of three classes. */
function batchOf(count: number, side = 16): Batch {
  const random = generator(8, "batch");
  const pixels = new Float32Array(count * side * side);
  random.fillUniform(pixels);
  const labels = Int32Array.from({ length: count }, () => random.integer(3));
  return {
    images: tf.tensor4d(pixels, [count, side, side, 1]),
    labels: tf.tensor1d(labels, "int32"),
  };
}

/** A learner in parts of `microBatch`, or of the whole batch. */
function learnerOf(network: Network, options: {
  microBatch?: number | undefined;
  loss?: Loss;
  optimizer?: OptimizerChoice;
  hooks?: Hooks;
  seed?: number;
  captured?: boolean;
} = {}): Learner {
  const { microBatch, ...others } = options;
  return new Learner({
    network,
    loss: crossEntropy(),
    optimizer: { name: "sgd", learningRate: 0.1 },
    seed: 0,
    ...others,
    ...(microBatch !== undefined && { microBatch }),
  });
}

/** Loss and weights after two steps, the batch whole or in parts. */
async function afterTwoSteps(
  network: Network,
  options: { loss: Loss; hooks?: Hooks; microBatch?: number | undefined },
) {
  const optimizer = { name: "sgd", learningRate: 0.05, momentum: 0.9, weightDecay: 5e-4 } as const;
  const learner = learnerOf(network, { optimizer, ...options });
  const batch = batchOf(11);
  const values: number[] = [];
  for (let step = 0; step < 2; step++) {
    const value = learner.step(batch, 0.05);
    values.push((await value.data())[0]!);
    value.dispose();
  }
  tf.dispose([batch.images, batch.labels]);
  learner.dispose();
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

// A penalty on weights and outputs, as strategies of continual learning have it.
const hooks: Hooks = {
  penalty: ({ network, outputs }) =>
    outputs.features.square().mean().add(
      [...network.parameters().values()][0]!.value.square().sum().mul(0.01),
    ),
};

for (const lossName of [...lossNames, "hem and a penalty"] as const) {
  Deno.test(`Learner in parts with ${lossName} leaves the weights of the whole batch's step`, async () => {
    const isPenalised = lossName === "hem and a penalty";
    const loss = losses[isPenalised ? "hem" : lossName]({ classCounts: [5, 300, 40] });
    const options = { loss, ...(isPenalised && { hooks }) };
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
      const whole = await afterTwoSteps(build(), options);
      assert(largestDifference(before, whole.weights) > 1e-4, `${name} did not move`);
      for (const microBatch of [1, 4, 10]) {
        const parts = await afterTwoSteps(build(), { ...options, microBatch });
        const difference = largestDifference(parts.weights, whole.weights);
        assert(difference < 1e-6, `${name} in parts of ${microBatch}: ${difference}`);
        parts.values.forEach((value, i) =>
          assert(Math.abs(value - whole.values[i]!) < 1e-5 * Math.max(1, value))
        );
      }
    }
  });
}

Deno.test("Learner in parts takes an objective that passes the network itself", async () => {
  const hooks: Hooks = {
    objective: ({ network, images, labels, loss }) => {
      const mixed = images.mul(0.7).add(tf.reverse(images, 0).mul(0.3));
      return loss(network.forward(mixed, { training: true }), labels);
    },
  };
  const options = { loss: crossEntropy(), hooks };
  const whole = await afterTwoSteps(smallNetwork("mlp"), options);
  const parts = await afterTwoSteps(smallNetwork("mlp"), { ...options, microBatch: 4 });
  const initial = smallNetwork("mlp");
  assert(largestDifference(await valuesOf(initial), whole.weights) > 1e-4);
  assert(largestDifference(parts.weights, whole.weights) < 1e-6);
  initial.dispose();
});

Deno.test("Learner in parts leaves one tensor, the loss, whatever the number of parts", () => {
  const batch = batchOf(9);
  const before = tf.memory().numTensors;
  for (const microBatch of [9, 4, 1, 2, 3]) {
    const network = smallNetwork();
    const learner = learnerOf(network, {
      loss: losses.hem({ classCounts: [10, 10, 10] }),
      optimizer: { name: "adam", learningRate: 0.01 },
      microBatch,
      hooks,
    });
    const counts = [0, 1, 2].map(() => {
      learner.step(batch, 0.01).dispose();
      return tf.memory().numTensors;
    });
    assertEquals(counts, counts.map(() => counts[0]!));
    learner.dispose();
    network.dispose();
    assertEquals(tf.memory().numTensors, before);
  }
  tf.dispose([batch.images, batch.labels]);
});

Deno.test("Learner in parts moves running statistics once per part, in the order of the parts", async () => {
  const [inParts, byHand] = [smallNetwork(), smallNetwork()];
  const batch = batchOf(8);
  const learner = learnerOf(inParts, { microBatch: 3 });
  learner.step(batch, 0).dispose();
  for (const [first, count] of [[0, 3], [3, 3], [6, 2]] as const) {
    tf.tidy(() => void byHand.forward(batch.images.slice(first, count), { training: true }));
  }
  const [ours, wanted] = [await valuesOf(inParts), await valuesOf(byHand)];
  assertNotEquals([...wanted["bn0.running_mean"]!], [0]);
  assert(largestDifference(ours, wanted) < 1e-7);
  tf.dispose([batch.images, batch.labels]);
  learner.dispose();
  inParts.dispose();
  byHand.dispose();
});

/** Notes the seeds that its forward passes get. */
class Watched extends Network {
  readonly seeds: number[] = [];
  readonly #inner: Network;

  constructor(inner: Network) {
    super();
    this.#inner = this.child("inner", inner);
  }

  override features(x: Tensor, options: RunOptions): Tensor {
    // A pass that only asks for the number of classes draws nothing.
    if (options.training) this.seeds.push(options.seed!.dataSync()[0]!);
    return this.#inner.features(x, options);
  }

  override head(features: Tensor, options: RunOptions): Tensor {
    return this.#inner.head(features, options);
  }
}

Deno.test("Learner in parts draws the same masks in both passes, others for each part and step", () => {
  const network = new Watched(smallNetwork("mlp"));
  const batch = batchOf(7);
  // Not captured, since a captured step's seeds have no values while it is recorded.
  const learner = learnerOf(network, { microBatch: 3, seed: 5, captured: false });
  for (let step = 0; step < 2; step++) learner.step(batch, 0.1).dispose();
  const seeds = network.seeds;
  assertEquals(seeds.slice(0, 3), seeds.slice(3, 6));
  assertEquals(seeds.slice(6, 9), seeds.slice(9));
  assertEquals(new Set(seeds).size, 6);
  tf.dispose([batch.images, batch.labels]);
  learner.dispose();
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
