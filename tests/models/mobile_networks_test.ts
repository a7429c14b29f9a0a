/** MobileNetV3 and Inception v3: counts, names, initial values, dropout and the auxiliary head, against torchvision's. */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type Module, parameterCount } from "../../lib/layers/mod.ts";
import { buildNetwork } from "../../lib/models/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { checkGolden } from "../golden/check.ts";
import { goldenPath, readGolden } from "../golden/golden_files.ts";

const folder = "torchvision";
const goldens = [...Deno.readDirSync(goldenPath(folder))].map(({ name }) => name)
  .filter((name) => /^(mobilenet|inception)/.test(name)).sort();

for (const file of goldens.filter((name) => name.startsWith("mobilenet"))) {
  Deno.test(`checkGolden() passes ${file} of torchvision and leaves no tensor behind`, async () => {
    const before = tf.memory().numTensors;
    const { passed, differences } = await checkGolden(readGolden(`${folder}/${file}`));
    assert(passed, JSON.stringify(differences));
    assertEquals(tf.memory().numTensors, before);
  });
}

Deno.test("checkGolden() passes inception_c10_64.json but for the auxiliary logit that was moved", async () => {
  const before = tf.memory().numTensors;
  const golden = readGolden(`${folder}/inception_c10_64.json`);
  golden.eval.auxLogits![1]![3]! += 1e-3;
  const { differences } = await checkGolden(golden);
  const missed = differences.filter(({ difference, tolerance }) => !(difference <= tolerance));
  assertEquals(missed.map(({ quantity }) => quantity as string), ["auxiliary logits"]);
  assertAlmostEquals(missed[0]!.difference, 1e-3, 1e-5);
  assertEquals(tf.memory().numTensors, before);
});

const build = (name: string, classes: number, side: number, seed = 0) =>
  buildNetwork(name, { classes, inputShape: [side, side, 3], seed });

Deno.test("MobileNetV3 leaves no tensor behind, neither in training nor when it is disposed", () => {
  const outside = tf.memory().numTensors;
  const network = build("mobilenet_v3_small", 10, 32);
  for (const training of [true, false]) {
    const run = () =>
      tf.tidy(() =>
        network.forward(tf.ones([3, 32, 32, 3]), { training, seed: tf.scalar(1, "int32") }).shape
      );
    run();
    const before = tf.memory().numTensors;
    assertEquals(run(), [3, 10]);
    assertEquals(tf.memory().numTensors, before);
  }
  network.dispose();
  assertEquals(tf.memory().numTensors, outside);
});

// Table 2 of the paper.
const table2 = [
  ["mobilenet_v3_small", 10, 32, 1_528_106],
  ["mobilenet_v3_large", 100, 32, 4_330_132],
] as const;

for (const [name, classes, side, count] of table2) {
  Deno.test(`parameterCount() of ${name} with ${classes} classes is ${count}`, () => {
    const network = build(name, classes, side);
    assertEquals(parameterCount(network), count);
    network.dispose();
  });
}

/** Mean and standard deviation of a parameter. */
async function momentsOf(
  network: Module,
  name: string,
): Promise<[mean: number, deviation: number]> {
  const values = await network.parameters().get(name)!.readPyTorch();
  const mean = values.reduce((a, b) => a + b) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return [mean, Math.sqrt(squares / values.length)];
}

Deno.test("MobileNetV3 starts as torchvision's: filters by fan-out, linear layers N(0, 0.01), biases 0", async () => {
  const network = build("mobilenet_v3_large", 100, 32);
  const deviations: [name: string, deviation: number][] = [
    ["features.16.0.weight", Math.sqrt(2 / 960)],
    // Of a depthwise convolution all channels count.
    ["features.15.block.1.0.weight", Math.sqrt(2 / (960 * 25))],
    ["features.15.block.2.fc1.weight", Math.sqrt(2 / 240)],
    ["classifier.0.weight", 0.01],
    ["classifier.3.weight", 0.01],
  ];
  for (const [name, wanted] of deviations) {
    const [mean, deviation] = await momentsOf(network, name);
    assertAlmostEquals(deviation / wanted, 1, 0.02, name);
    assertAlmostEquals(mean / wanted, 0, 0.03, name);
  }
  for (const [name, variable] of network.parameters()) {
    if (!name.endsWith("bias")) continue;
    assert((await variable.readPyTorch()).every((value) => value === 0), name);
  }
  network.dispose();
});

Deno.test("Inception has Table 2's 23,995,504 parameters, and starts as torchvision's", async () => {
  const network = build("inception", 200, 64);
  assertEquals(parameterCount(network), 23_995_504);
  // The two convolutions that were taken out.
  const trained = network.trainedParameters();
  const unused = [...network.parameters()].filter(([name]) => !trained.has(name));
  assertEquals(
    unused.map(([name]) => name),
    ["Conv2d_3b_1x1", "Conv2d_4a_3x3"].flatMap((part) =>
      ["conv.weight", "bn.weight", "bn.bias"].map((name) => `${part}.${name}`)
    ),
  );
  const size = unused.reduce((sum, [, { shape }]) => sum + shape.reduce((a, b) => a * b), 0);
  assertEquals(size, 143_904);
  // All weights N(0, 0.1) but those of the auxiliary head's linear layer.
  for (
    const [name, wanted] of [
      ["Mixed_7c.branch3x3dbl_2.conv.weight", 0.1],
      ["AuxLogits.conv1.conv.weight", 0.1],
      ["fc.weight", 0.1],
      ["AuxLogits.fc.weight", 0.001],
    ] as const
  ) {
    const [mean, deviation] = await momentsOf(network, name);
    assertAlmostEquals(deviation / wanted, 1, 0.02, name);
    assertAlmostEquals(mean / wanted, 0, 0.02, name);
  }
  const biases = await network.parameters().get("fc.bias")!.readPyTorch();
  assert(biases.every((value) => Math.abs(value) <= 1 / Math.sqrt(2048)));
  network.dispose();
});

Deno.test("dropout depends on the step's seed, and is off without one and in evaluation", () => {
  const network = build("mobilenet_v3_small", 10, 32);
  const images = tf.randomUniform([4, 32, 32, 3], 0, 1, "float32", 1);
  const logits = (training: boolean, seed?: number) =>
    tf.tidy(() => [
      ...network.forward(images, {
        training,
        ...(seed !== undefined && { seed: tf.scalar(seed, "int32") }),
      }).dataSync(),
    ]);
  assertEquals(logits(true, 3), logits(true, 3));
  assert(logits(true, 3).join() !== logits(true, 4).join());
  assertEquals(logits(true), logits(true));
  assert(logits(true).join() !== logits(true, 3).join());
  assertEquals(logits(false, 3), logits(false));
  tf.dispose(images);
  network.dispose();
});

Deno.test("a folded network outside of training gives the numbers of its parts, and the gradient by the images", () => {
  const network = build("mobilenet_v3_small", 10, 32);
  const images = tf.randomUniform([2, 32, 32, 3], 0, 1, "float32", 2);
  const folded = tf.tidy(() => network.forward(images, { training: false }).dataSync());
  // Where a gradient is taken, the layers run one after the other.
  const { value, grad } = tf.valueAndGrad((x) =>
    network.forward(x, { training: false }).slice([0, 3], [1, 1]).sum()
  )(images) as { value: ReturnType<typeof tf.scalar>; grad: typeof images };
  assertAlmostEquals(value.dataSync()[0]!, folded[3]!, 1e-6);
  const step = 1e-2;
  const along = tf.tidy(() => grad.div(grad.norm()));
  const at = (distance: number) =>
    tf.tidy(() =>
      network.forward(images.add(along.mul(distance)), { training: false }).dataSync()[3]!
    );
  const slope = tf.tidy(() => grad.norm().dataSync()[0]!);
  assertAlmostEquals((at(step) - at(-step)) / (2 * step) / slope, 1, 0.02);
  tf.dispose([images, value, grad, along]);
  network.dispose();
});

Deno.test("Inception takes images of 63x63 and more, and the auxiliary weight as an option", () => {
  assertThrows(() => build("inception", 5, 62), RangeError, "it wants 63x63 or more");
  const network = buildNetwork("inception", {
    classes: 5,
    inputShape: [63, 63, 3],
    seed: 0,
    options: { auxiliaryWeight: "0.3" },
  });
  tf.tidy(() => {
    const { logits, auxiliary } = network.outputs(tf.zeros([2, 63, 63, 3]), { training: false });
    assertEquals(logits.shape, [2, 5]);
    assertEquals(auxiliary!.logits.shape, [2, 5]);
    assertEquals(auxiliary!.weight, 0.3);
  });
  network.dispose();
});
