/** Multiplications, shapes and kept memory of the networks, against PyTorch's counts and closed forms. */
import { assertEquals } from "@std/assert";
import { buildNetwork, measureNetwork } from "../../lib/models/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";

interface Case {
  network: string;
  classes: number;
  inputShapeNCHW: [number, number, number];
  parameters: number;
  macs: number;
  layers: [name: string, input: number[], output: number[], parameters: number][];
}

const { cases } = JSON.parse(
  Deno.readTextFileSync(new URL("../fixtures/networks/shapes.json", import.meta.url)),
) as { cases: Case[] };

const costOf = (
  name: string,
  classes: number,
  inputShape: readonly [height: number, width: number, channels: number],
) => measureNetwork(name, { classes, inputShape });

/** From C, H, W to our order. */
const channelsLast = (shape: number[]) =>
  shape.length === 3 ? [shape[1], shape[2], shape[0]] : shape;

for (const { network, classes, inputShapeNCHW, ...expected } of cases) {
  const [channels, height, width] = inputShapeNCHW;
  Deno.test(`networkCost() of ${network} on ${inputShapeNCHW.join("x")} is PyTorch's count`, () => {
    const before = tf.memory().numTensors;
    const cost = costOf(network, classes, [height, width, channels]);
    assertEquals(tf.memory().numTensors, before);
    assertEquals([cost.parameters, cost.macs], [expected.parameters, expected.macs]);
    assertEquals(cost.layers.reduce((sum, { parameters }) => sum + parameters, 0), cost.parameters);

    const ours = new Map(cost.layers.map((layer) => [layer.name, layer]));
    const parts = new Map<string, number>();
    for (const [name, input, output, parameters] of expected.layers) {
      const layer = ours.get(name);
      if (layer === undefined) {
        const parent = name.slice(0, name.lastIndexOf("."));
        parts.set(parent, (parts.get(parent) ?? 0) + parameters);
        continue;
      }
      assertEquals([name, layer.parameters], [name, parameters]);
      // PyTorch's maps in Swin and ViT are channels-last where linear layers see them; the position bias has no images.
      if (name.includes("cpb_mlp")) continue;
      const isLinear = layer.type === "Linear";
      const order = isLinear ? (shape: number[]) => shape : channelsLast;
      assertEquals([name, layer.input, layer.output], [name, order(input), order(output)]);
    }
    // What is one layer here and two in PyTorch: squeeze and excitation.
    for (const [name, parameters] of parts) {
      assertEquals([name, ours.get(name)?.type, ours.get(name)?.parameters], [
        name,
        "SqueezeExcitation",
        parameters,
      ]);
    }
  });
}

// At the paper's image sizes; counted once with PyTorch 2.15 and torchvision 0.29.2, for a batch of two, halved.
const atPaperSize: [name: string, classes: number, side: number, macs: number][] = [
  ["wrn22_10", 10, 32, 3_827_751_168],
  ["wrn28_10", 200, 64, 20_973_417_472],
  ["resnet50", 1000, 224, 4_089_184_256],
  ["swin_v2_t", 1000, 224, 4_929_133_056],
  ["vit_b_16", 1000, 224, 17_563_828_224],
];

Deno.test({
  name: "networkCost() of the large networks at the paper's sizes (set HEM_TEST_LARGE=1)",
  ignore: Deno.env.get("HEM_TEST_LARGE") !== "1",
  fn: () => {
    for (const [name, classes, side, macs] of atPaperSize) {
      assertEquals([name, costOf(name, classes, [side, side, 3]).macs], [name, macs]);
    }
  },
});

Deno.test("networkCost() counts what an optimiser moves apart from what no forward pass calls", () => {
  const { parameters, trainedParameters, layers } = costOf("wrn22_10", 10, [8, 8, 3]);
  // architectures.md, 3.4: the copy of group 1 that is registered and never called.
  assertEquals(parameters - trainedParameters, 1_179_232);
  const uncalled = layers.filter(({ input }) => input === undefined);
  assertEquals(uncalled.reduce((sum, layer) => sum + layer.parameters, 0), 1_179_232);
});

Deno.test("networkCost() has an auxiliary head's products in training alone", () => {
  const { macs, trainingMacs, layers } = costOf("inception", 200, [64, 64, 3]);
  const auxiliary = layers.filter(({ name }) => name.startsWith("AuxLogits."));
  assertEquals(trainingMacs - macs, auxiliary.reduce((sum, layer) => sum + layer.macs, 0));
});

Deno.test("networkCost() keeps each map that a gradient needs once", () => {
  // The inputs of the four linear layers; those of ReLU's gradients are the same tensors.
  assertEquals(costOf("mlp", 10, [28, 28, 1]).keptBytes, 4 * (784 + 3 * 200));
  // Images; each of three maps before its pooling, as ReLU's result; the inputs of the last four convolutions.
  const maps = [28 * 28, 28 * 28 * 32, 14 * 14 * 32, 14 * 14 * 32, 7 * 7 * 32, 7 * 7 * 32];
  const last = [3 * 3 * 32, 3 * 3 * 32];
  const floats = [...maps, ...last].reduce((sum, size) => sum + size, 0);
  assertEquals(costOf("convnet", 10, [28, 28, 1]).keptBytes, 4 * floats);
});

Deno.test("buildNetwork() draws nothing with zeros for a seed, and has the same variables", async () => {
  const settings = { classes: 10, inputShape: [28, 28, 1] } as const;
  const zeros = buildNetwork("convnet", { ...settings, seed: "zeros" });
  const drawn = buildNetwork("convnet", { ...settings, seed: 0 });
  const shapes = (network: typeof zeros) =>
    [...network.parameters()].map(([name, { shape }]) => [name, shape]);
  assertEquals(shapes(zeros), shapes(drawn));
  for (const variable of zeros.parameters().values()) {
    assertEquals((await variable.readPyTorch()).every((value) => value === 0), true);
  }
  zeros.dispose();
  drawn.dispose();
});
