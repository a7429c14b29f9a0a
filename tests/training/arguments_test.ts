import { assertRejects, assertThrows } from "@std/assert";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { memoryImages } from "../../lib/datasets/mod.ts";
import { crossEntropy, type Loss } from "../../lib/losses/mod.ts";
import { buildNetwork } from "../../lib/models/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import {
  augment,
  imagesFromBytes,
  Learner,
  learntImages,
  loadWeights,
  predictLogits,
  predictPixels,
  type Recipe,
  saveWeights,
  train,
  type TrainOptions,
  trainSkipping,
} from "../../lib/training/mod.ts";

const shape = [8, 8, 1] as const;
const network = buildNetwork("mlp", { classes: 2, inputShape: shape, seed: 0 });
const images = imagesOf(8, shape);
const loss = crossEntropy();
const recipe: Recipe = {
  epochs: 1,
  batchSize: 4,
  optimizer: { name: "sgd", learningRate: 0.1 },
  schedule: { name: "constant" },
  augmentation: "none",
  threads: 1,
};

function imagesOf(count: number, shape: readonly [number, number, number]) {
  const pixels = Uint8Array.from({ length: count * shape[0] * shape[1] * shape[2] }, (_, i) => i);
  return memoryImages({ name: "few", shape, pixels, labels: new Int32Array(count).fill(1) });
}

function trainWith(changes: Partial<Record<keyof TrainOptions, unknown>>) {
  return train({ network, loss, images, recipe, seed: 0, ...changes } as TrainOptions);
}

const WRONG_LOSSES: Record<string, [loss: (logits: Tensor) => unknown, words: string]> = {
  "a vector": [(x) => x.sum(1), "float32 [4]; take its mean or sum"],
  "a vector of one": [(x) => x.mean().reshape([1]), "float32 [1]; take its mean or sum"],
  "a number": [() => 1.5, "got 1.5"],
  "nothing": [() => undefined, "got undefined"],
  "an array": [(x) => [x.mean()], "got an array"],
  "a promise": [(x) => Promise.resolve(x.mean()), "got a promise; it may not be async"],
  "whole numbers": [() => tf.scalar(1, "int32"), "int32 []"],
  "a tensor that is gone": [gone, "got a tensor that was disposed of"],
  "a constant": [() => tf.scalar(1), "must be computed from the logits"],
};

function gone(logits: Tensor): Tensor {
  const value = logits.mean();
  value.dispose();
  return value;
}

for (const [what, [wrong, words]] of Object.entries(WRONG_LOSSES)) {
  Deno.test(`a loss that gives ${what} is refused by every training`, async () => {
    const loss = wrong as unknown as Loss;
    await assertRejects(() => trainWith({ loss }), TypeError, words);
    await assertRejects(
      () => trainSkipping({ network, loss, images, recipe, seed: 0 }),
      TypeError,
      words,
    );
    const optimizer = recipe.optimizer;
    for (const options of [{ captured: false }, { microBatch: 2 }]) {
      const learner = new Learner({ network, loss, optimizer, seed: 0, ...options });
      const batch = { images: tf.zeros([4, ...shape]), labels: tf.zeros([4], "int32") };
      assertThrows(() => learner.step(batch, 0.1), TypeError, words);
      learner.dispose();
      tf.dispose({ ...batch });
    }
  });
}

Deno.test("what a strategy's hook gives to be minimised is one number", () => {
  const batch = { images: tf.zeros([4, ...shape]), labels: tf.zeros([4], "int32") };
  const wrong = {
    objective: [() => tf.tensor1d([1, 2]), "A hook's objective must be one number"],
    penalty: [() => 3 as unknown as Tensor, "A hook's penalty must be one number"],
  } as const;
  for (const [name, [hook, words]] of Object.entries(wrong)) {
    const { optimizer } = recipe;
    const learner = new Learner({ network, loss, optimizer, seed: 0, hooks: { [name]: hook } });
    assertThrows(() => learner.step(batch, 0.1), TypeError, words);
    learner.dispose();
  }
});

Deno.test("a gradient that is not finite tells nothing of what is learnt", async () => {
  const nan = ((logits: Tensor) => logits.mean().mul(NaN)) as Loss;
  await assertRejects(() => learntImages(network, nan, images), RangeError, "of image 0 is NaN");
});

Deno.test("images of another size than the network's are refused with both sizes", async () => {
  const words = "images [8, 4, 2] that was built for [8, 8, 1]";
  const others = imagesOf(4, [8, 4, 2]);
  await assertRejects(() => trainWith({ images: others }), TypeError, words);
  await assertRejects(() => predictLogits(network, others), TypeError, words);
  await assertRejects(
    () => trainSkipping({ network, loss, images: others, recipe, seed: 0 }),
    TypeError,
    words,
  );
  const resnet = buildNetwork("resnet18", { classes: 2, inputShape: [8, 8, 3], seed: 0 });
  const learner = new Learner({ network: resnet, loss, optimizer: recipe.optimizer, seed: 0 });
  const labels = tf.zeros([2], "int32");
  const step = (images: Tensor) => learner.step({ images, labels }, 0.1);
  const built = "that was built for [8, 8, 3]";
  assertThrows(() => step(tf.zeros([2, 8, 8, 1])), TypeError, built);
  assertThrows(() => step(tf.zeros([2, 8, 8])), TypeError, built);
  assertThrows(() => step(tf.zeros([2, 8, 8, 3], "int32")), TypeError, "images of int32");
  learner.dispose();
  resnet.dispose();
});

const WRONG_RECIPES: Record<string, Partial<Record<keyof Recipe, unknown>>> = {
  epochs: { epochs: NaN },
  batchSize: { batchSize: 0 },
  microBatch: { microBatch: 1.5 },
  "optimizer is rmsprop": { optimizer: { name: "rmsprop", learningRate: 1 } },
  "optimizer.learningRate": { optimizer: { name: "sgd", learningRate: -1 } },
  "optimizer.momentum": { optimizer: { name: "sgd", learningRate: 1, momentum: NaN } },
  "optimizer.momentum is 0.9": { optimizer: { name: "adam", learningRate: 1, momentum: 0.9 } },
  "optimizer.nesterov is true": { optimizer: { name: "sgd", learningRate: 1, nesterov: true } },
  "optimizer.weightDecay": { optimizer: { name: "adam", learningRate: 1, weightDecay: Infinity } },
  "schedule is cosine": { schedule: { name: "cosine" } },
  "schedule.milestones is undefined": { schedule: { name: "steps", factor: 0.1 } },
  "schedule.milestones is 1,-2": { schedule: { name: "steps", milestones: [1, -2], factor: 0.1 } },
  "schedule.factor is NaN": { schedule: { name: "steps", milestones: [1], factor: NaN } },
  "schedule.epochs is -1": { schedule: { name: "exponential_warmup", epochs: -1 } },
  "augmentation is rotate": { augmentation: "rotate" },
};

for (const [words, change] of Object.entries(WRONG_RECIPES)) {
  Deno.test(`nothing is trained by a recipe whose ${words} cannot be`, async () => {
    const wrong = { ...recipe, ...change } as Recipe;
    await assertRejects(() => trainWith({ recipe: wrong }), RangeError, words);
    await assertRejects(
      () => trainSkipping({ network, loss, images, recipe: wrong, seed: 0 }),
      RangeError,
      words,
    );
  });
}

Deno.test("a learner refuses an optimiser that there is not, parts of no images, and a rate of NaN", () => {
  const make = (options: object) =>
    new Learner({ network, loss, optimizer: recipe.optimizer, seed: 0, ...options });
  assertThrows(() => make({ optimizer: { name: "lion" } }), RangeError, "optimizer is lion");
  assertThrows(() => make({ microBatch: 0 }), RangeError, "parts of 0");
  const learner = make({});
  const batch = { images: tf.zeros([4, ...shape]), labels: tf.zeros([4], "int32") };
  assertThrows(() => learner.step(batch, NaN), RangeError, "learning rate of NaN");
  learner.dispose();
});

Deno.test("sets without images, and labels that are not one for each, are refused", async () => {
  const none = imagesOf(0, shape);
  await assertRejects(() => trainWith({ images: none }), RangeError, "no images");
  await assertRejects(() => predictLogits(network, none), RangeError, "no images");
  const short = { ...images, labels: new Int32Array(3) };
  await assertRejects(() => trainWith({ images: short }), TypeError, "8 labels");
  await assertRejects(() => predictLogits(network, short), TypeError, "8 labels");
});

Deno.test("what a set reads is as many bytes as its images have", async () => {
  const reading = (read: () => unknown) => ({ ...images, read } as typeof images);
  await assertRejects(
    () => trainWith({ images: reading(() => new Uint8Array(9)) }),
    TypeError,
    "9 values for 4 images [8, 8, 1]",
  );
  await assertRejects(() => trainWith({ images: reading(() => undefined) }), TypeError, "few");
  const floats = reading(() => new Float32Array(4 * 64));
  await assertRejects(() => trainWith({ images: floats }), TypeError, "wanted bytes");
  const withNaN = reading(() => new Float32Array(8 * 64).fill(NaN, 3 * 64, 3 * 64 + 1));
  await assertRejects(() => predictLogits(network, withNaN), RangeError, "image 3 of few");
});

Deno.test("a source of batches is an async generator of batches", async () => {
  const source = (batches: () => unknown) => ({ name: "own", count: 4, batches });
  await assertRejects(() => trainWith({ images: source(() => undefined) }), TypeError, "generator");
  const empty = source(async function* () {
    yield undefined;
  });
  await assertRejects(() => trainWith({ images: empty }), TypeError, "wanted a batch");
});

Deno.test("weights that are not finite are not loaded: a ReLU would hide them", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/weights.safetensors`;
  const other = buildNetwork("mlp", { classes: 2, inputShape: shape, seed: 1 });
  const bias = other.parameters().get("fc1.bias")!;
  bias.assignPyTorch(new Float32Array(200).fill(NaN, 7, 8));
  await saveWeights(other, file);
  await assertRejects(() => loadWeights(network, file), TypeError, "fc1.bias holds NaN");
  other.dispose();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("images are made of as many bytes as their shape says", () => {
  assertThrows(() => imagesFromBytes(new Uint8Array(9), [1, 4, 4, 1]), TypeError, "9 bytes");
  const floats = new Float32Array(16) as unknown as Uint8Array;
  assertThrows(() => imagesFromBytes(floats, [1, 4, 4, 1]), TypeError, "Uint8Array");
  const about = { shape: [4, 4, 1], indices: [0], seed: 0, epoch: 0 } as const;
  assertThrows(
    () => augment(new Uint8Array(9), { ...about, augmentation: "flip" }),
    TypeError,
    "9 bytes",
  );
  assertThrows(
    () => augment(new Uint8Array(16), { ...about, augmentation: "rotate" as "flip" }),
    RangeError,
    "rotate",
  );
});

Deno.test("pixels are predicted of images, whose values are finite", async () => {
  const fpn = buildNetwork("fpn_resnet34", { classes: 3, inputShape: [32, 32, 3], seed: "zeros" });
  const predict = predictPixels(fpn);
  const wrong = [
    tf.zeros([32, 32, 3]),
    tf.zeros([1, 32, 32, 3], "int32"),
    tf.zeros([0, 32, 32, 3]),
  ];
  for (const images of wrong) {
    await assertRejects(() => predict(images as never), TypeError, "wanted images, float32");
  }
  await assertRejects(
    () => predict(tf.fill([1, 32, 32, 3], NaN)),
    RangeError,
    "images or logits are not finite",
  );
  predict.dispose();
  fpn.dispose();
});
