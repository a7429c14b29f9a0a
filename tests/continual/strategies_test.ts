/** Strategies on a network of two parameters, by numbers worked by hand, and what they leave alone. */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  ClassBalancedMemory,
  distillation,
  ElasticWeightConsolidation,
  followTrace,
  LearningWithoutForgetting,
  LessForgetfulLearning,
  makeStrategy,
  quadraticPenalty,
  Replay,
  type Strategy,
  SynapticIntelligence,
} from "../../lib/continual/mod.ts";
import { sameLayout, StoredVariable } from "../../lib/layers/mod.ts";
import { crossEntropy, hemMargin, highErrorMargin, type Loss } from "../../lib/losses/mod.ts";
import { buildNetwork, Network } from "../../lib/models/mod.ts";
import { generator } from "../../lib/random/mod.ts";
import { tf, valueAndGradients } from "../../lib/tensorflow/mod.ts";
import { type Batch, Learner } from "../../lib/training/mod.ts";

/** Logits are the parameters times the image's one pixel. */
class TwoParameters extends Network {
  readonly theta = this.parameter(
    "theta",
    new StoredVariable(Float32Array.of(1, 2), sameLayout([2])),
  );

  override features(images: Tensor): Tensor {
    return images.reshape([-1, 1]);
  }

  override head(features: Tensor): Tensor {
    return features.mul(this.theta.value);
  }
}

/** The mean over the batch of |logits|^2 / 2: with a pixel x its gradient by theta is x^2 theta. */
const halfSquare: Loss = (logits) => logits.square().sum().div(2 * logits.shape[0]!).asScalar();

function batchOf(...pixels: number[]): Batch {
  return {
    images: tf.tensor4d(pixels, [pixels.length, 1, 1, 1]),
    labels: tf.zeros([pixels.length], "int32"),
  };
}

/** Takes steps of rate 0.1 on each batch of each experience, and tells the losses. */
async function learn(strategy: Strategy, network: Network, experiences: number[][][]) {
  const learner = new Learner({
    network,
    loss: halfSquare,
    optimizer: { name: "sgd", learningRate: 0.1 },
    seed: 0,
    hooks: strategy,
  });
  const losses: number[] = [];
  for (const [index, batches] of experiences.entries()) {
    const experience = {
      index,
      batches: async function* () {
        for (const pixels of batches) yield batchOf(...pixels);
      },
    };
    await learner.beforeExperience(experience);
    for (const pixels of batches) {
      const batch = batchOf(...pixels);
      const loss = learner.step(batch, 0.1);
      losses.push((await loss.data())[0]!);
      tf.dispose([loss, batch.images, batch.labels]);
    }
    await learner.afterExperience(experience);
  }
  learner.dispose();
  return losses;
}

function assertClose(found: ArrayLike<number>, wanted: readonly number[]) {
  assertEquals(found.length, wanted.length);
  wanted.forEach((value, i) => assertAlmostEquals(found[i]!, value, 2e-6));
}

Deno.test("EWC holds two parameters with numbers worked by hand", async () => {
  const network = new TwoParameters();
  const strategy = new ElasticWeightConsolidation({ network, loss: halfSquare, batchSize: 1 }, {
    lambda: 2,
    mode: "separate",
  });
  // Experience 1, x = 1: theta = (1, 2) - 0.1 (1, 2) = (0.9, 1.8); F = (0.81, 3.24) at the end.
  // Experience 2, x = 2: gradient 4 theta + 2 lambda F (theta - theta_1) with theta = theta_1: (3.6, 7.2), so theta = (0.54, 1.08).
  const losses = await learn(strategy, network, [[[1]], [[2], [2]]]);
  // Third step: loss 4 |theta|^2 / 2 + 2 (0.81 * 0.36^2 + 3.24 * 0.72^2)
  assertClose(losses, [
    2.5,
    2 * (0.81 + 3.24),
    2 * (0.54 ** 2 + 1.08 ** 2) + 2 * (0.81 * 0.36 ** 2 + 3.24 * 0.72 ** 2),
  ]);
  // gradient: 4 theta - 4 F (0.36, 0.72)
  assertClose(await network.theta.read(), [
    0.54 - 0.1 * (4 * 0.54 - 4 * 0.81 * 0.36),
    1.08 - 0.1 * (4 * 1.08 - 4 * 3.24 * 0.72),
  ]);
  strategy.dispose();
  network.dispose();
});

Deno.test("EWC's importance is the mean over batches of the squared mean gradient, a short batch counting as a whole one", async () => {
  const network = new TwoParameters();
  const strategy = new ElasticWeightConsolidation({ network, loss: halfSquare, batchSize: 2 }, {
    lambda: 1,
    mode: "separate",
  });
  await learn(strategy, network, [[[0, 0], [0, 0]]]);
  const batches = [[1, 2], [3]];
  await strategy.afterExperience({
    index: 0,
    batches: async function* () {
      for (const pixels of batches) yield batchOf(...pixels);
    },
  });
  // mean x^2: 2.5 and 9; theta = (1, 2)
  const importance = (await strategy.importances()).get("theta")!;
  assertClose(importance, [(2.5 ** 2 + 81) / 2, (25 + 18 ** 2) / 2].map((v) => Math.fround(v)));
  const { importance: mean } = await strategy.measures();
  assertAlmostEquals(mean!, (importance[0]! + importance[1]!) / 2, 1e-4);
  strategy.dispose();
  network.dispose();
});

Deno.test("EWC of several past experiences is the sum of their penalties", async () => {
  const past = [
    { importance: [1, 0], anchor: [3, 5] },
    { importance: [2, 4], anchor: [-1, 2] },
    { importance: [0.5, 1], anchor: [0, 1] },
  ];
  const network = new TwoParameters();
  // A loss whose gradient is what is wanted: its square is the importance.
  const state = { roots: [0, 0] };
  const loss: Loss = (logits) => logits.mul(tf.tensor1d(state.roots)).sum().asScalar();
  const strategy = new ElasticWeightConsolidation({ network, loss, batchSize: 1 }, {
    lambda: 3,
    mode: "separate",
  });
  for (const [index, { importance, anchor }] of past.entries()) {
    network.theta.assign(Float32Array.from(anchor));
    state.roots = importance.map(Math.sqrt);
    await strategy.afterExperience({
      index,
      batches: async function* () {
        yield batchOf(1);
      },
    });
  }
  await strategy.beforeExperience({ index: past.length, batches: async function* () {} });
  network.theta.assign(Float32Array.of(0.25, -2));
  const penalty = tf.tidy(() => strategy.penalty()!);
  const wanted = past.reduce(
    (sum, { importance, anchor }) =>
      sum + importance[0]! * (0.25 - anchor[0]!) ** 2 + importance[1]! * (-2 - anchor[1]!) ** 2,
    0,
  );
  assertAlmostEquals((await penalty.data())[0]!, 3 * wanted, 1e-4);
  penalty.dispose();
  strategy.dispose();
  network.dispose();
});

Deno.test("SI holds two parameters with numbers worked by hand", async () => {
  const network = new TwoParameters();
  const strategy = new SynapticIntelligence({ network }, { lambda: 1000, epsilon: 100 });
  // Experience 1, x = 1: g = (1, 2), theta = (0.9, 1.8), w = g (theta - before) = (-0.1, -0.4).
  // Importances: 0.1 / (0.01 + 100), and 0.4 / (0.04 + 100), above the limit of 0.001.
  const losses = await learn(strategy, network, [[[1]], [[1], [1]]]);
  const omega = [0.1 / 100.01, 0.001];
  // Experience 2: first step without pull: theta = (0.81, 1.62); then with 500 Omega (theta - anchor)^2.
  const pull = 500 * (omega[0]! * 0.09 ** 2 + omega[1]! * 0.18 ** 2);
  assertClose(losses, [2.5, 0.81 / 2 * 5, 0.81 ** 2 / 2 * 5 + pull]);
  assertClose(await network.theta.read(), [
    0.81 - 0.1 * (0.81 - 1000 * omega[0]! * 0.09),
    1.62 - 0.1 * (1.62 - 1000 * omega[1]! * 0.18),
  ]);
  strategy.dispose();
  network.dispose();
});

Deno.test("SI's penalty counts what the list gives each experience", async () => {
  const penaltiesOf = async (lambda: number | number[]) => {
    const network = new TwoParameters();
    const columns = [[0, 1], [0, 1], [0, 1]];
    const strategy = new SynapticIntelligence({ network, columns }, { lambda, epsilon: 100 });
    await learn(strategy, network, [[[1]]]);
    const found: number[] = [];
    for (const index of [1, 2]) {
      network.theta.assign(Float32Array.of(0.9, 1.8));
      await strategy.beforeExperience({ index, batches: async function* () {} });
      network.theta.assign(Float32Array.of(1.9, 3.8));
      const penalty = tf.tidy(() => strategy.penalty()!);
      found.push((await penalty.data())[0]!);
      penalty.dispose();
    }
    strategy.dispose();
    network.dispose();
    return found;
  };
  // Importances as above, after moves of 1 and 2.
  const each = 1 / 2 * (0.1 / 100.01 + 0.001 * 4);
  assertClose(await penaltiesOf([5, 10, 20]), [10 * each, 20 * each]);
  assertClose(await penaltiesOf(10), [10 * each, 10 * each]);
});

Deno.test("LFL adds the mean squared distance of features, and the last layer stands still", async () => {
  const build = () => buildNetwork("cl_mlp_2x1", { classes: 2, inputShape: [1, 1, 1], seed: 0 });
  const network = build();
  assertThrows(
    () => new LessForgetfulLearning({ network, buildNetwork: () => network }, { lambda: 3 }),
    RangeError,
    "build another",
  );
  const assign = (name: string, ...values: number[]) =>
    network.parameters().get(name)!.assignPyTorch(Float32Array.from(values));
  assign("features.0.weight", 1, 2);
  assign("features.0.bias", 0, 0);
  assign("classifier.weight", 1, 0, 0, 1);
  assign("classifier.bias", 0, 0);
  const strategy = new LessForgetfulLearning({ network, buildNetwork: build }, { lambda: 3 });
  await learn(strategy, network, [[[1]], []]);
  const head = await network.parameters().get("classifier.weight")!.readPyTorch();
  assert(head[0] !== 1, "the last layer learns in the first experience");
  assign("features.0.weight", 1, 2);
  assign("features.0.bias", 1, 0);
  await strategy.afterExperience(); // features of x = 2: (3, 4)
  assign("features.0.bias", 1.5, -1); // features: (3.5, 3)
  const penalty = tf.tidy(() => {
    const { images, labels } = batchOf(2);
    const outputs = network.outputs(images, { training: true });
    const context = { network, loss: halfSquare, images, labels, task: undefined, outputs };
    return strategy.penalty(context)!;
  });
  assertAlmostEquals((await penalty.data())[0]!, 3 * (0.25 + 1) / 2, 1e-6);
  penalty.dispose();
  const before = await network.parameters().get("classifier.weight")!.readPyTorch();
  await learn(strategy, network, [[], [[1]]]);
  const after = await network.parameters().get("classifier.weight")!.readPyTorch();
  assertEquals(after, before);
  strategy.dispose();
  network.dispose();
});

Deno.test("LFL refuses a network that ends in no linear layer, and leaves no teacher behind", () => {
  const network = new TwoParameters();
  const tensors = tf.memory().numTensors;
  const context = { network, buildNetwork: () => new TwoParameters() };
  assertThrows(
    () => new LessForgetfulLearning(context, { lambda: 3 }),
    RangeError,
    "ends in a linear layer",
  );
  assertEquals(tf.memory().numTensors, tensors);
  network.dispose();
});

Deno.test("LFL's features are those of the running statistics that the step has moved", async () => {
  const build = () =>
    buildNetwork("cl_slim_resnet18", { classes: 2, inputShape: [4, 4, 3], seed: 0 });
  const [network, before] = [build(), build()];
  const strategy = new LessForgetfulLearning({ network, buildNetwork: build }, { lambda: 3 });
  const learner = new Learner({
    network,
    loss: crossEntropy(),
    optimizer: { name: "sgd", learningRate: 0.1 },
    seed: 0,
    hooks: strategy,
  });
  const images = tf.randomUniform([6, 4, 4, 3], 0, 1, "float32", 1) as Tensor4D;
  const batch = { images, labels: tf.tensor1d([0, 1, 0, 1, 1, 0], "int32") };
  const stepOf = async (index: number) => {
    await learner.beforeExperience({ index, batches: async function* () {} });
    const loss = learner.step(batch, 0.1);
    const value = (await loss.data())[0]!;
    loss.dispose();
    return value;
  };
  await stepOf(0);
  await learner.afterExperience({ index: 0, batches: async function* () {} });
  const values = (of: Network) => [...of.parameters().values(), ...of.buffers().values()];
  values(network).forEach(({ value }, i) => values(before)[i]!.assign(value));
  const wanted = tf.tidy(() => {
    const old = before.features(images, { training: false });
    const { logits } = before.outputs(images, { training: true });
    const moved = before.features(images, { training: false });
    return crossEntropy()(logits, batch.labels).add(moved.sub(old).square().mean().mul(3));
  });
  const value = (await wanted.data())[0]!;
  assertAlmostEquals(await stepOf(1), value, 1e-5 * value);
  tf.dispose([wanted, batch.images, batch.labels]);
  learner.dispose();
  strategy.dispose();
  for (const one of [network, before]) one.dispose();
});

Deno.test("distillation() is KL over the old classes, with the gradient of a finite difference", async () => {
  const [student, teacher] = [[0.3, -1, 2, 0.5], [1, 0, 3, -0.5]];
  const value = (logits: number[]) => {
    const columns = [0, 2];
    const softmax = (y: number[]) => {
      const e = columns.map((c) => Math.exp(y[c]! / 2));
      return e.map((v) => v / (e[0]! + e[1]!));
    };
    const [q, p] = [softmax(teacher), softmax(logits)];
    return q.reduce((sum, qi, i) => sum + qi * Math.log(qi / p[i]!), 0);
  };
  const result = tf.tidy(() => {
    const y = tf.tensor2d([student]);
    return valueAndGradients(
      () => distillation(y, tf.tensor2d([teacher]), { columns: [0, 2], temperature: 2 }),
      [y],
    );
  });
  assertAlmostEquals((await result.value.data())[0]!, value(student), 1e-6);
  const gradient = await result.gradients[0]!.data();
  student.forEach((_, i) => {
    const moved = (by: number) => value(student.map((v, j) => i === j ? v + by : v));
    assertAlmostEquals(gradient[i]!, (moved(1e-5) - moved(-1e-5)) / 2e-5, 1e-5);
  });
  tf.dispose([result.value, ...result.gradients]);
});

Deno.test("distillation() over a single class teaches nothing", async () => {
  const result = tf.tidy(() => {
    const y = tf.tensor2d([[0.5], [2]]);
    return valueAndGradients(
      () => distillation(y, tf.tensor2d([[1], [-1]]), { columns: [0], temperature: 2 }),
      [y],
    );
  });
  assertClose(await result.value.data(), [0]);
  assertClose(await result.gradients[0]!.data(), [0, 0]);
  tf.dispose([result.value, ...result.gradients]);
});

Deno.test("LwF shares the loss, and its weight of distillation is (n - 1)^2 / n", () => {
  const network = new TwoParameters();
  const build = () => new TwoParameters();
  for (const [index, alpha] of [[0, 0], [1, 0.5], [2, 4 / 3], [3, 2.25], [4, 3.2]] as const) {
    const strategy = new LearningWithoutForgetting(
      { network, buildNetwork: build, columns: [[0], [1], [0], [1], [0]] },
      { temperature: 2 },
    );
    strategy.afterExperience();
    strategy.beforeExperience({ index, batches: async function* () {} });
    network.theta.assign(Float32Array.of(0.5, 1.5));
    const [found, wanted] = tf.tidy(() => {
      const { images, labels } = batchOf(1);
      const outputs = network.outputs(images, { training: true });
      const context = { network, loss: halfSquare, images, labels, task: undefined, outputs };
      const columns = index < 2 ? [0] : [0, 1];
      const kd = distillation(outputs.logits, tf.tensor2d([[1, 2]]), { columns, temperature: 2 });
      const loss = halfSquare(outputs.logits, labels).div(index + 1);
      return [strategy.objective(context), loss.add(kd.mul(alpha))].map((t) => t.dataSync()[0]!);
    });
    assertAlmostEquals(found!, wanted!, 1e-6);
    strategy.dispose();
    network.theta.assign(Float32Array.of(1, 2));
  }
  network.dispose();
});

/** Classes come in ascending, so that avalanche-lib's heads grow with each task. */
const growing = [[0, 1], [2, 3], [4, 5]];

/** Three steps of LwF on each of the tasks, four images of three pixels each, and what each step learnt. */
async function learnGrowing(options: { temperature: number; alpha: number | number[] }) {
  const heads = { tasks: growing, mode: "avalanche" as const };
  const shape = { classes: 6, inputShape: [1, 3, 1], seed: 1, heads } as const;
  const build = () => buildNetwork("cl_mlp_4x1", shape);
  const network = build();
  const loss = crossEntropy();
  const strategy = makeStrategy("lwf", { ...options, share: "whole" }, {
    ...{ network, loss, buildNetwork: build, columns: growing, heads },
    scenario: "task_incremental",
    ...{ classes: 6, batchSize: 4, seed: 0 },
  });
  const learner = new Learner({ network, loss, optimizer: SGD, seed: 0, hooks: strategy });
  const random = generator(2, "images");
  const learnt = growing.map((classes, task) =>
    Array.from({ length: 3 }, () => ({
      task,
      images: Array.from({ length: 4 }, () => Array.from({ length: 3 }, () => 3 * random.normal())),
      labels: [0, 1, 1, 0].map((one) => classes[one]!),
    }))
  );
  const experiences = learnt.map((batches, task) => ({
    width: 2 * task + 2,
    batches: batches.map(({ images, labels }): Batch => ({
      task,
      images: tf.tensor4d(images.flat(), [4, 1, 3, 1]),
      labels: tf.tensor1d(labels, "int32"),
    })),
  }));
  const { learningRate } = SGD;
  const { steps } = await followTrace({ strategy, learner, experiences, learningRate });
  tf.dispose(
    experiences.flatMap(({ batches }) => batches.flatMap((one) => [one.images, one.labels])),
  );
  for (const one of [strategy, learner, network]) one.dispose?.();
  return steps.map((step, i) => ({ ...step, ...learnt.flat()[i]! }));
}

const SGD = { name: "sgd", learningRate: 0.5 } as const;

type Weights = Map<string, Float32Array>;

/** A head's logits of one image as avalanche-lib lays them out. */
function logitsByHand(
  weights: Weights,
  image: number[],
  { task, width }: { task: number; width: number },
) {
  const linear = (x: number[], name: string) =>
    [...weights.get(`${name}.bias`)!].map((bias, j) =>
      x.reduce(
        (sum, value, i) => sum + value * weights.get(`${name}.weight`)![j * x.length + i]!,
        bias,
      )
    );
  const features = linear(image, "features.0").map((value) => Math.max(0, value));
  const own = linear(features, `classifier.classifiers.${task}.classifier`);
  const [first, last] = growing[task] as [number, number];
  return Array.from(
    { length: width },
    (_, c) => c < first ? -1000 : c > last ? 0 : own[c - first]!,
  );
}

function softmax(logits: number[]): number[] {
  const powers = logits.map((value) => Math.exp(value));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

Deno.test("LwF distils heads that grow over the columns of their own tasks, with numbers worked by hand", async () => {
  const [temperature, alpha] = [3, 1.5];
  const steps = await learnGrowing({ temperature, alpha });
  let most = 0;
  steps.forEach(({ loss, weights, task, images, labels }, i) => {
    if (task === 0) return;
    const width = 2 * task + 2;
    const before = steps[i - 1]!.weights;
    const teacher = steps[3 * task - 1]!.weights;
    const mean = (of: (image: number[], i: number) => number) =>
      images.reduce((sum, image, i) => sum + of(image, i) / images.length, 0);
    const entropy = mean((image, i) =>
      -Math.log(softmax(logitsByHand(before, image, { task, width }))[labels[i]!]!)
    );
    const distilled = growing.slice(0, task).map((classes, past) => {
      const of = (weights: Weights, image: number[]) => {
        const logits = logitsByHand(weights, image, { task: past, width });
        return softmax(classes.map((c) => logits[c]! / temperature));
      };
      classes.forEach((_, c) => {
        const name = `classifier.classifiers.${past}.classifier.bias`;
        const slope = mean((image) => of(before, image)[c]! - of(teacher, image)[c]!) / temperature;
        const moved = before.get(name)![c]! - SGD.learningRate * alpha * slope;
        assertAlmostEquals(weights.get(name)![c]!, moved, 1e-6);
      });
      return mean((image) => {
        const p = of(before, image);
        return of(teacher, image).reduce((sum, q, c) => sum + q * Math.log(q / p[c]!), 0);
      });
    }).reduce((a, b) => a + b);
    most = Math.max(most, distilled);
    assertAlmostEquals(loss, entropy + alpha * distilled, 1e-5);
  });
  assertEquals(steps.length, 9);
  assert(most > 1e-4, `the distillation is at most ${most}`);
});

Deno.test("LwF lets past heads stand still where the distillation counts nothing", async () => {
  for (const alpha of [0, [0, 0, 1.5]]) {
    const steps = await learnGrowing({ temperature: 2, alpha });
    const headOf = (step: number, task: number) =>
      steps[step]!.weights.get(`classifier.classifiers.${task}.classifier.weight`);
    assertEquals(headOf(5, 0), headOf(2, 0));
    const isSame = headOf(8, 0)!.every((value, i) => value === headOf(5, 0)![i]);
    assertEquals(isSame, alpha === 0);
  }
});

Deno.test("quadraticPenalty() has the gradient 2 strength importance (value - anchor)", async () => {
  const [a, b] = [tf.tensor2d([[1, 2], [3, 4]]), tf.tensor1d([5])];
  const { value, gradients } = tf.tidy(() =>
    valueAndGradients(() =>
      quadraticPenalty(
        0.5,
        new Map([
          ["a", { value: a, importance: tf.tensor2d([[1, 0], [2, 1]]), anchor: tf.ones([2, 2]) }],
          ["b", { value: b, importance: tf.tensor1d([3]), anchor: tf.tensor1d([7]) }],
        ]),
      ).mul(2), [a, b])
  );
  assertAlmostEquals((await value.data())[0]!, 0 + 2 * 4 + 9 + 3 * 4);
  assertClose(await gradients[0]!.data(), [0, 0, 8, 6]);
  assertClose(await gradients[1]!.data(), [-12]);
  tf.dispose([value, ...gradients, a, b]);
});

Deno.test("the Fisher pass leaves batch norms' statistics alone, and gives their scale and shift importances", async () => {
  const network = buildNetwork("resnet8", { classes: 3, inputShape: [8, 8, 3], seed: 1 });
  const loss = crossEntropy();
  const strategy = new ElasticWeightConsolidation({ network, loss, batchSize: 4 }, {
    lambda: 1,
    mode: "separate",
  });
  const images = tf.randomUniform([4, 8, 8, 3], 0, 1, "float32", 5);
  const labels = tf.tensor1d([0, 1, 2, 1], "int32");
  const values = async () =>
    await Promise.all([...network.state().values()].map(async (v) => (await v.read()).slice()));
  const before = await values();
  await strategy.afterExperience({
    index: 0,
    batches: async function* () {
      yield { images: images.clone() as Batch["images"], labels: labels.clone() };
    },
  });
  assertEquals(await values(), before);
  // F of one batch is the squared gradient in evaluation mode: against a central difference.
  const importances = await strategy.importances();
  for (const name of ["bn1.weight", "layer2.0.bn2.bias", "layer1.0.conv1.weight"]) {
    const variable = network.parameters().get(name)!;
    const original = (await variable.readPyTorch()).slice();
    const at = async (by: number) => {
      variable.assignPyTorch(original.map((value, i) => i === 1 ? value + by : value));
      const result = tf.tidy(() => loss(network.forward(images, { training: false }), labels));
      const [value] = await result.data();
      result.dispose();
      return value!;
    };
    const slope = (await at(0.01) - await at(-0.01)) / 0.02;
    variable.assignPyTorch(original);
    const importance = importances.get(name)![1]!;
    assert(importance > 0, `${name} has no importance`);
    assertAlmostEquals(Math.sqrt(importance), Math.abs(slope), 0.02 * Math.abs(slope) + 2e-4);
  }
  tf.dispose([images, labels]);
  strategy.dispose();
  network.dispose();
});

Deno.test("SI gives batch norms no importance", async () => {
  const network = buildNetwork("resnet8", { classes: 3, inputShape: [8, 8, 3], seed: 1 });
  const strategy = new SynapticIntelligence({ network }, { lambda: 1, epsilon: 0.1 });
  const names = [...(await strategy.importances()).keys()];
  assert(names.includes("layer1.0.conv1.weight") && names.includes("linear.bias"));
  assertEquals(names.filter((name) => name.includes("bn")), []);
  strategy.dispose();
  network.dispose();
});

Deno.test("with HEM a perfectly learnt experience gets no protection from EWC", async () => {
  const network = new TwoParameters();
  const separated: Batch = {
    images: tf.tensor4d([1], [1, 1, 1, 1]),
    labels: tf.tensor1d([1], "int32"),
  };
  for (
    const [loss, isZero] of [[highErrorMargin({ margin: hemMargin(60000) }), true], [
      crossEntropy(),
      false,
    ]] as const
  ) {
    const strategy = new ElasticWeightConsolidation({ network, loss, batchSize: 1 }, {
      lambda: 1,
      mode: "separate",
    });
    await strategy.afterExperience({
      index: 0,
      batches: async function* () {
        yield { images: separated.images.clone(), labels: separated.labels.clone() };
      },
    });
    assertEquals((await strategy.measures()).importance === 0, isZero);
    strategy.dispose();
  }
  tf.dispose([separated.images, separated.labels]);
  network.dispose();
});

Deno.test("strategies refuse what they cannot do", () => {
  const network = new TwoParameters();
  const context = {
    network,
    loss: crossEntropy(),
    buildNetwork: () => new TwoParameters(),
    scenario: "class_incremental" as const,
    columns: [[0], [1]],
    classes: 10,
    batchSize: 4,
    seed: 0,
  };
  const refuse = (
    name: string,
    options: Record<string, number | string | number[]>,
    message: string,
    other = {},
  ) =>
    assertThrows(() => makeStrategy(name, options, { ...context, ...other }), RangeError, message);
  refuse(
    "gem",
    {},
    'There is no strategy "gem"; known are naive, joint, replay, si, ewc, lfl, lwf',
  );
  refuse("lfl", { lambda: 1 }, "no new class can be learnt");
  const replay = { mode: "online", capacity: 9, memoryBatch: 4 };
  refuse("replay", replay, "a memory needs room for each of the 10 classes");
  refuse("replay", { ...replay, capacity: 20, memoryBatch: 30 }, "the memory never holds so many");
  refuse("replay", { ...replay, capacity: 20 }, "several heads", { scenario: "task_incremental" });
  refuse("ewc", { lambda: 1, mode: "online" }, 'Options of strategy "ewc" are wrong');
  refuse("ewc", { lambda: -1, mode: "separate" }, "lambda: Too small");
  refuse("ewc", { lambda: 1, mode: "both" }, "mode: ");
  refuse("si", { lambda: 1 }, "epsilon");
  refuse("si", { lambda: 1, epsilon: 0.1, xi: 3 }, "xi");
  refuse("si", { lambda: [1], epsilon: 0.1 }, "lambda: Too small");
  const perExperience = "wanted a number of 0 or more, or one for each of 2 experiences";
  refuse("lwf", { temperature: 2, alpha: [1] }, "alpha: Too small");
  for (const alpha of [[1, NaN], NaN, "0.5"]) {
    refuse("lwf", { temperature: 2, alpha } as never, `alpha: ${perExperience}`);
  }
  refuse("naive", { lambda: 1 }, "lambda");
  refuse("ewc", { lambda: 1, mode: "separate" }, 'no scenario "online"', { scenario: "online" });
  refuse("ewc", { lambda: 1, mode: "separate" }, "batches of 0 images", { batchSize: 0 });
  refuse("lwf", { temperature: 2 }, "Experience 2 cannot have the logits 10", {
    columns: [[0], [10]],
  });
  refuse("lwf", { temperature: 2 }, "of no class", { columns: [[0], []] });
  const heads = { tasks: [[0], [1]], mode: "clean" as const };
  refuse("naive", {}, "needs a head per task", { scenario: "task_incremental" });
  refuse("naive", {}, "The network has one head, and the scenario heads for the classes [0], [1]", {
    scenario: "task_incremental",
    heads,
  });
  const shape = { classes: 2, inputShape: [1, 1, 1], seed: 0 } as const;
  const headed = buildNetwork("cl_mlp_2x1", { ...shape, heads });
  refuse("naive", {}, "has one head", { network: headed, heads });
  headed.dispose();
  network.dispose();
  // Strategies that are made by themselves check their options too.
  const one = buildNetwork("cl_mlp_2x1", shape);
  const made = {
    network: one,
    buildNetwork: () => one,
    loss: crossEntropy(),
    batchSize: 4,
    columns: [[0], [1]],
  };
  for (const wrong of [-1, NaN, Infinity]) {
    const makers = [
      () => new ElasticWeightConsolidation(made, { lambda: wrong, mode: "separate" }),
      () => new SynapticIntelligence(made, { lambda: wrong, epsilon: 1 }),
      () => new LessForgetfulLearning(made, { lambda: wrong }),
      () => new LearningWithoutForgetting(made, { temperature: wrong }),
      () => new LearningWithoutForgetting(made, { temperature: 2, alpha: wrong }),
      () => new Replay({ seed: 0 }, { mode: "offline", capacity: 4, memoryBatch: wrong }),
      () => distillation(tf.zeros([1, 2]), tf.zeros([1, 2]), { columns: [0], temperature: wrong }),
      () => distillation(tf.zeros([1, 2]), tf.zeros([1, 2]), { columns: [wrong], temperature: 1 }),
      () => new ClassBalancedMemory(4).see([{ image: 0, label: wrong, weight: 0.5 }]),
    ];
    for (const make of makers) assertThrows(make, RangeError);
  }
  assertThrows(() => new SynapticIntelligence(made, { lambda: 1, epsilon: 0 }), RangeError);
  one.dispose();
  const online = new Replay({ seed: 0 }, { mode: "online", capacity: 4, memoryBatch: 2 });
  const order = {
    index: 0,
    stepsPerEpoch: 1,
    epochs: 2,
    batchSize: 2,
    dropLast: true,
    ofEpoch: () => Uint32Array.of(0, 1),
    labelOf: () => 0,
    changeOf: () => ({ augmentation: "none" as const, seed: 0, epoch: 0 }),
  };
  assertThrows(() => online.check(order), RangeError, "once, not in 2 epochs");
  online.dispose();
});

Deno.test("EWC measures no importances of an experience without images", async () => {
  const network = new TwoParameters();
  const strategy = new ElasticWeightConsolidation({ network, loss: halfSquare, batchSize: 1 }, {
    lambda: 1,
    mode: "separate",
  });
  await assertRejects(
    () => strategy.afterExperience({ index: 2, batches: async function* () {} }),
    RangeError,
    "experience 3: it has no images",
  );
  strategy.dispose();
  network.dispose();
});

Deno.test("Replay mixes new images with remembered ones, and takes up the short rest without learning it", () => {
  const replay = new Replay({ seed: 0 }, { mode: "online", capacity: 8, memoryBatch: 2 });
  const order = {
    index: 0,
    stepsPerEpoch: 3,
    epochs: 1,
    batchSize: 2,
    dropLast: true,
    ofEpoch: () => Uint32Array.of(0, 1, 2, 3, 4, 5, 6),
    labelOf: (image: number) => image % 2,
    changeOf: (draw: number) => ({ augmentation: "none" as const, seed: 0, epoch: draw }),
  };
  const plans = [...replay.plans(order, 0)].map(({ indices }) => [...indices]);
  assertEquals(plans.map((indices) => indices.slice(0, 2)), [[0, 1], [2, 3], [4, 5]]);
  assertEquals(plans.map(({ length }) => length), [2, 4, 4]);
  assertEquals(plans[1]!.slice(2).toSorted(), [0, 1]);
  assert(plans[2]!.slice(2).every((image) => image < 4));
  assertEquals(replay.remembered.map(({ image }) => image).toSorted(), [0, 1, 2, 3]);
  replay.afterExperience({ index: 0, batches: async function* () {} });
  assertEquals(replay.remembered.map(({ image }) => image).toSorted(), [0, 1, 2, 3, 4, 5, 6]);
  replay.dispose();
});
