/** Feature pyramid networks against segmentation_models_pytorch (tests/oracles/segmentation_goldens.py), their counts and names. */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { parameterCount } from "../../lib/layers/mod.ts";
import { buildNetwork, measureNetwork, parseNetworkName } from "../../lib/models/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { checkGolden } from "../golden/check.ts";
import { parseGolden } from "../golden/golden.ts";

const folder = new URL("../fixtures/goldens/segmentation/", import.meta.url);

for (const { name } of [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1)) {
  Deno.test(`checkGolden() passes segmentation/${name} and leaves no tensor behind`, async () => {
    const before = tf.memory().numTensors;
    const golden = parseGolden(Deno.readTextFileSync(new URL(name, folder)));
    const { passed, differences } = await checkGolden(golden);
    assert(passed, JSON.stringify(differences));
    assertEquals(tf.memory().numTensors, before);
  });
}

Deno.test("checkGolden() misses a wrong logit of a pixel, and takes buffers that are not listed", async () => {
  const golden = parseGolden(
    Deno.readTextFileSync(new URL("fpn_resnet18_c5_64x96.json", folder)),
  );
  golden.buffers = "running_mean/running_var of each BatchNorm, shape = its weight";
  // More than the twenty times its own error that the checker allows.
  golden.eval.logits[1]![4]! += 30 * golden.eval.float32MaxAbsDiff;
  golden.train.logits[0]![0]! += 2e-3;
  const { differences } = await checkGolden(golden);
  const missed = differences.filter(({ difference, tolerance }) => difference > tolerance);
  assertEquals(missed.map(({ quantity }) => quantity), ["eval logits", "train logits"]);
});

// segmentation_models_pytorch 0.6.0's own counts, for 11 classes.
const counts: [encoder: string, count: number, trained: number][] = [
  ["resnet34", 23_156_683, 23_156_683],
  // Its last convolution and norm are never called: 806,400.
  ["efficientnet-b4", 19_353_043, 18_546_643],
  ["densenet201", 20_866_059, 20_866_059],
  ["resnext50_32x4d", 25_589_195, 25_589_195],
];
for (const [encoder, count, trained] of counts) {
  Deno.test(`fpn_${encoder} has ${count} parameters, of which ${trained} are trained`, () => {
    const settings = { classes: 11, inputShape: [32, 32, 3] as const, seed: "zeros" as const };
    const network = buildNetwork(`fpn_${encoder}`, settings);
    assertEquals(parameterCount(network), count);
    const sizes = [...network.trainedParameters().values()].map(({ shape }) =>
      shape.reduce((a, b) => a * b, 1)
    );
    assertEquals(sizes.reduce((a, b) => a + b), trained);
    network.dispose();
  });
}

Deno.test("fpn_resnet34 multiplies as often as the table of its layers says", () => {
  const { macs } = measureNetwork("fpn_resnet34", { classes: 19, inputShape: [384, 480, 3] });
  assertAlmostEquals(macs / 1e9, 19.306, 0.001);
});

Deno.test("parseNetworkName() finds segmentation networks with both ways to write EfficientNet", () => {
  const nameOf = (name: string) => parseNetworkName(name).name;
  assertEquals(nameOf("fpn_resnet34_c19"), "fpn_resnet34");
  assertEquals(nameOf("fpn_efficientnet_b4_c19"), "fpn_efficientnet_b4");
  assertEquals(nameOf("fpn_efficientnet-b7_c2_64x96"), "fpn_efficientnet-b7");
  assertEquals(nameOf("fpn_resnext101_32x8d_c19"), "fpn_resnext101_32x8d");
  assertEquals(nameOf("fpn_c5_64x96"), "fpn");
  for (const name of ["fpn_vgg11_c5", "fpn_resnext50_c5", "fpn_resnext18_32x4d"]) {
    assertThrows(() => parseNetworkName(name), RangeError, "is no option of fpn");
  }
});

Deno.test("buildNetwork() refuses images whose sides are no multiples of 32", () => {
  assertThrows(
    () => buildNetwork("fpn_resnet18", { classes: 11, inputShape: [360, 480, 3], seed: 0 }),
    RangeError,
    "both sides must be multiples of 32",
  );
});

Deno.test("a feature pyramid network takes images of any size whose sides are multiples of 32, and refuses others", () => {
  const network = buildNetwork("fpn_resnet18", { classes: 2, inputShape: [32, 64, 3], seed: 0 });
  tf.tidy(() => {
    const shapeOf = (height: number, width: number) =>
      network.forward(tf.zeros([1, height, width, 3]), { training: false }).shape;
    assertEquals(shapeOf(96, 32), [1, 96, 32, 2]);
    for (const [height, width] of [[32, 48], [33, 64], [360, 480]] as const) {
      assertThrows(
        () => shapeOf(height, width),
        RangeError,
        `${height} x ${width}: both sides must be multiples of 32`,
      );
    }
  });
  network.dispose();
});

function largestOf(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

Deno.test("buildNetwork() draws decoder and head as segmentation_models_pytorch does", async () => {
  const network = buildNetwork("fpn_resnet18", { classes: 11, inputShape: [32, 32, 3], seed: 1 });
  const parameters = network.parameters();
  // The bounds of uniform numbers; of 1400 and more the largest comes this close.
  const bounds = {
    "decoder.p5.weight": Math.sqrt(6 / 512),
    "decoder.seg_blocks.3.block.0.block.0.weight": Math.sqrt(6 / (256 * 9)),
    "segmentation_head.0.weight": Math.sqrt(6 / (128 + 11)),
  };
  for (const [name, bound] of Object.entries(bounds)) {
    const largest = largestOf(await parameters.get(name)!.read());
    assert(largest <= bound && largest > 0.99 * bound, `${name}: ${largest} of ${bound}`);
  }
  for (const name of ["decoder.p5.bias", "decoder.p2.skip_conv.bias", "segmentation_head.0.bias"]) {
    assertEquals(largestOf(await parameters.get(name)!.read()), 0);
  }
  network.dispose();
});

Deno.test("channel dropout and drop-connect change what a training step gives, by its seed alone", () => {
  const network = buildNetwork("fpn_efficientnet-b0", {
    classes: 2,
    inputShape: [32, 32, 3],
    seed: 1,
  });
  tf.tidy(() => {
    const images = tf.randomUniform([2, 32, 32, 3], 0, 1, "float32", 1);
    const run = (seed?: number) =>
      network.forward(images, {
        training: true,
        ...(seed === undefined ? {} : { seed: tf.scalar(seed, "int32") }),
      })
        .dataSync()
        .join();
    assertEquals(run(1), run(1));
    assert(run(1) !== run(2) && run(1) !== run());
  });
  network.dispose();
});
