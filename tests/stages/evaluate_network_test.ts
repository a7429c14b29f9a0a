import { join } from "node:path";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { loadDataset, subset } from "../../lib/datasets/mod.ts";
import { evaluationsOn } from "../../lib/experiments/mod.ts";
import { buildNetwork, NormalisedInput } from "../../lib/models/mod.ts";
import { evaluateNetwork, stageOf, training } from "../../lib/stages/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { stageKey } from "../../lib/trials/mod.ts";
import { predictLogits } from "../../lib/training/mod.ts";
import { withFolder } from "../with_folder.ts";

const dataset = { name: "mnist", testCount: 200, unknownCount: 50 };
const [clean, , unknown] = evaluationsOn("mnist");

Deno.test("evaluateNetwork() measures any function from images to logits", () =>
  withFolder(async (data) => {
    // Logits that only a variable of the user's own makes: the share of bright pixels in each of ten bands.
    const scale = tf.variable(tf.scalar(3));
    const bands = (images: Tensor4D) =>
      tf.tidy(() =>
        images.slice([0, 4, 0, 0], [-1, 20, 28, 1]).reshape([-1, 10, 56]).mean(2).mul(scale)
      );
    const [measured] = await evaluateNetwork(bands, { dataset, stages: [clean!], data });
    const { test } = await loadDataset("mnist", {});
    const pixels = await test.read(Uint32Array.from({ length: 200 }, (_, i) => i));
    // The same by hand.
    let right = 0;
    for (let image = 0; image < 200; image++) {
      const sums = Array.from({ length: 10 }, (_, band) => {
        const start = image * 784 + 28 * (4 + 2 * band);
        return pixels.subarray(start, start + 56).reduce((sum, pixel) => sum + pixel, 0);
      });
      if (sums.indexOf(Math.max(...sums)) === test.labels[image]) right++;
    }
    const accuracy = measured!.rows.find(({ metric }) => metric === "accuracy")!.value;
    assert(right > 0 && right < 200);
    assertAlmostEquals(accuracy, right / 200, 1e-9);
    scale.dispose();
  }));

Deno.test("evaluateNetwork() measures what a trial's stages measure, set by set, and lists what is missing", () =>
  withFolder(async (data) => {
    const network = buildNetwork("mlp", { classes: 10, inputShape: [28, 28, 1], seed: 3 });
    const notes: string[] = [];
    const measured = await evaluateNetwork(network, {
      dataset,
      stages: [clean!, unknown!],
      data,
      onProgress: (_, note) => notes.push(note),
    });
    assertEquals(measured.map(({ stage }) => stage.name), ["clean", "unknown"]);
    const sets = new Set(measured[1]!.rows.map(({ dataset }) => dataset));
    assert(sets.has("uniform") && sets.has("blobs"));
    assert(measured[1]!.missing!.some(({ dataset }) => dataset === "omniglot"));
    assert(notes.some((note) => note.startsWith("unknown: ")));
    network.dispose();
  }));

Deno.test("evaluateNetwork() counts what a stage took before it was interrupted, and not what one of another network took", () =>
  withFolder(async (data) => {
    const network = buildNetwork("mlp", { classes: 10, inputShape: [28, 28, 1], seed: 3 });
    const folder = join(data, "half");
    const scratch = join(folder, stageKey(clean!, "mine"));
    Deno.mkdirSync(scratch, { recursive: true });
    Deno.writeTextFileSync(join(scratch, "seconds"), "1000");
    const secondsOf = async (identity: string) => {
      const resume = { folder, identity };
      const [found] = await evaluateNetwork(network, { dataset, stages: [clean!], data, resume });
      return found!.seconds;
    };
    assert(await secondsOf("mine") > 1000);
    assert(await secondsOf("another") < 1000);
    network.dispose();
  }));

Deno.test("evaluateNetwork() says at once what does not fit the data set", async () => {
  const given: [unknown, string][] = [
    [() => tf.zeros([1, 9]), "float32 [1, 9] for 1 images: wanted logits, float32 [1, 10]"],
    [() => Promise.resolve(tf.zeros([1, 10])), "gives a promise"],
    [{}, "Cannot evaluate an object (Object)"],
    [undefined, "Cannot evaluate undefined"],
  ];
  for (const [network, message] of given) {
    await assertRejects(
      () => evaluateNetwork(network as never, { dataset, stages: [clean!], data: "unused" }),
      TypeError,
      message,
    );
  }
});

Deno.test("evaluateNetwork() measures a model of tf.layers", () =>
  withFolder(async (data) => {
    const model = tf.sequential({
      layers: [
        tf.layers.flatten({ inputShape: [28, 28, 1] }),
        tf.layers.batchNormalization(),
        tf.layers.dense({ units: 10 }),
      ],
    });
    const by = async (network: Parameters<typeof evaluateNetwork>[0]) =>
      (await evaluateNetwork(network, { dataset, stages: [clean!], data }))[0]!.rows;
    assertEquals(await by(model), await by((images) => model.predict(images) as Tensor));
    model.dispose();
  }));

Deno.test("evaluateNetwork() refuses a stage that trains", async () => {
  await assertRejects(
    () =>
      evaluateNetwork(() => tf.zeros([1, 10]), {
        dataset,
        stages: [stageOf(training)],
        data: "unused",
      }),
    RangeError,
    'by the stage "training": it trains',
  );
});

Deno.test("NormalisedInput is the network on (x - mean) / std", async () => {
  const shape = [28, 28, 1] as const;
  const network = buildNetwork("mlp", { classes: 10, inputShape: shape, seed: 3 });
  const normalised = new NormalisedInput(network, { mean: [0.25], std: [0.5] }, 1);
  const images = subset((await loadDataset("mnist", {})).test, 4);
  const [found] = [await predictLogits(normalised, images)];
  const wanted = tf.tidy(() => {
    const pixels = images.read([0, 1, 2, 3]) as Uint8Array;
    const values = Float32Array.from(pixels, (pixel) => (pixel / 255 - 0.25) / 0.5);
    return network.forward(tf.tensor4d(values, [4, ...shape]), { training: false }).dataSync();
  });
  found.forEach((value, i) => assertAlmostEquals(value, wanted[i]!, 1e-5));
  normalised.dispose();
});
