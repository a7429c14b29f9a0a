/** What may stand where a network is wanted: everywhere the same things, and a message that says so for everything else. */
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { autoAttack } from "../../lib/attacks/mod.ts";
import { crossEntropy, highErrorMargin } from "../../lib/losses/mod.ts";
import { type AnyNetwork, NormalisedInput, type Predictor } from "../../lib/models/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { learntImages, predictLogits, predictPixels } from "../../lib/training/mod.ts";
import { Learner, loadWeights, saveWeights, train } from "../../lib/training/mod.ts";
import { smallImages, smallTraining } from "../training/small_training.ts";

const weights = tf.keep(tf.randomUniform([256, 3], -1, 1, "float32", 0));
const linear: Predictor = (images) => tf.tidy(() => images.reshape([-1, 256]).matMul(weights));

/** The same network as a model of tf.layers, with a layer that acts in training alone. */
const layers = tf.sequential({
  layers: [
    tf.layers.flatten({ inputShape: [16, 16, 1] }),
    tf.layers.dropout({ rate: 0.9 }),
    tf.layers.dense({ units: 3, useBias: false }),
  ],
});
layers.setWeights([weights]);

const networks: Record<string, AnyNetwork> = {
  "an object with forward": { forward: linear },
  "a model of tf.layers": layers,
  "an object with predict, as tf.loadGraphModel gives": { predict: linear },
};

for (const [name, network] of Object.entries(networks)) {
  Deno.test(`${name} predicts and is attacked as the function that it is`, async () => {
    const images = smallImages(5);
    const wanted = await predictLogits(linear, images, { batchSize: 2 });
    const logits = await predictLogits(network, images, { batchSize: 2 });
    logits.forEach((logit, i) => assertAlmostEquals(logit, wanted[i]!, 1e-5));
    const loss = highErrorMargin({ margin: 1 });
    assertEquals(
      await learntImages(network, loss, images),
      await learntImages(linear, loss, images),
    );
    const pixels = tf.fill([2, 16, 16, 1], 0.5) as Tensor4D;
    const options = { norm: "linf", epsilon: 0.1, queries: 3, iterations: 2 } as const;
    const [found, same] = [
      await autoAttack(network, pixels, [0, 1], options),
      await autoAttack(linear, pixels, [0, 1], options),
    ];
    assertEquals(found.fooledBy, same.fooledBy);
    pixels.dispose();
  });
}

/** What gives no logits, and what a message says about it. */
const answers: Record<string, [(images: Tensor4D) => unknown, string]> = {
  "a promise": [(images) => Promise.resolve(linear(images)), "a promise for 4 images"],
  "an array": [(images) => linear(images).arraySync(), "an array for 4 images"],
  nothing: [() => undefined, "undefined for 4 images"],
  "one row too few": [(images) => linear(images).slice(1), "float32 [3, 3] for 4 images"],
  "rank 4": [(images) => linear(images).reshape([-1, 1, 1, 3]), "float32 [4, 1, 1, 3] for"],
  "whole numbers": [(images) => linear(images).toInt(), "int32 [4, 3] for 4 images"],
};

for (const [name, [network, message]] of Object.entries(answers)) {
  Deno.test(`a network that gives ${name} is refused, and nothing stays in memory`, async () => {
    const [images, pixels] = [smallImages(4), tf.zeros([4, 16, 16, 1])];
    const before = tf.memory().numTensors;
    const model = network as Predictor;
    await assertRejects(() => predictLogits(model, images), TypeError, `Cannot evaluate a netw`);
    await assertRejects(() => predictLogits(model, images), TypeError, message);
    const options = { norm: "linf", epsilon: 0.1 } as const;
    // A captured step says which op's values are read.
    const said = name === "an array" ? "return what is to be read" : message;
    await assertRejects(() => autoAttack(model, pixels, [0, 1, 2, 0], options), TypeError, said);
    const left = tf.memory().numTensors - before;
    // What a promise holds is nobody's to free.
    assert(left <= (name === "a promise" ? 3 : 0), `${left} tensors`);
    pixels.dispose();
  });
}

Deno.test("predictLogits() refuses batches of which one has other classes", async () => {
  let batches = 0;
  const network: Predictor = (images) => linear(images).slice([0, 0], [-1, 3 - batches++]);
  await assertRejects(
    () => predictLogits(network, smallImages(4), { batchSize: 2 }),
    TypeError,
    "float32 [2, 2] for 2 images: wanted logits, float32 [2, 3]",
  );
});

for (const bad of [NaN, Infinity, -Infinity]) {
  Deno.test(`predictLogits() names the first image of which a logit is ${bad}`, async () => {
    const batches = [tf.zeros([2, 3]), tf.tensor2d([1, 2, 3, 4, bad, bad], [2, 3])];
    const give = () => {
      let next = 0;
      return () => batches[next++]!.clone();
    };
    const images = smallImages(4);
    await assertRejects(
      () => predictLogits(give(), images, { batchSize: 2 }),
      RangeError,
      `logit of class 1 of image 3 of ${images.name} is ${bad}`,
    );
    const given = await predictLogits(give(), images, { batchSize: 2, diverged: "give" });
    assertEquals([...given.slice(9)], [4, bad, bad]);
    tf.dispose(batches);
  });
}

const noNetworks: Record<string, unknown> = {
  "an object (Object)": {},
  null: null,
  undefined: undefined,
  '"lenet"': "lenet",
  "a promise": Promise.resolve(linear),
  "the class NormalisedInput itself, not one made of it": NormalisedInput,
};

for (const [name, value] of Object.entries(noNetworks)) {
  Deno.test(`${name} is no network for anything that predicts`, async () => {
    const network = value as AnyNetwork;
    const wanted = "wanted a function from images [N, H, W, C] to logits [N, classes]";
    for (const said of [`Cannot evaluate ${name}`, wanted]) {
      await assertRejects(() => predictLogits(network, smallImages(2)), TypeError, said);
    }
    const pixels = tf.zeros([1, 16, 16, 1]);
    const options = { norm: "l2", epsilon: 1 } as const;
    await assertRejects(
      () => autoAttack(network, pixels, [0], options),
      TypeError,
      `Cannot attack ${name}: ${wanted}`,
    );
    pixels.dispose();
  });
}

for (const [name, value] of Object.entries({ ...noNetworks, "an object (Sequential)": layers })) {
  Deno.test(`${name} is no network for what moves or stores weights, which says what is`, async () => {
    const network = value as never;
    const wanted = "wanted a Network of this library, such as buildNetwork() makes";
    const file = "never.safetensors";
    const uses: Record<string, () => unknown> = {
      train: () => train(smallTraining(network)),
      [`predict pixels by`]: () => predictPixels(network),
      [`put a normalisation ahead of`]: () =>
        new NormalisedInput(network, { mean: [0], std: [1] }, 1),
      [`save the weights of`]: () => saveWeights(network, file),
      [`load weights into`]: () => loadWeights(network, file),
    };
    for (const [to, use] of Object.entries(uses)) {
      const run = async () => void await use();
      await assertRejects(run, TypeError, `Cannot ${to} ${name}: ${wanted}`);
    }
    const optimizer = { name: "sgd", learningRate: 0.1 } as const;
    assertThrows(
      () => new Learner({ network, loss: crossEntropy(), optimizer, seed: 0 }),
      TypeError,
      `Cannot train ${name}: ${wanted}`,
    );
  });
}
