/** Names, counts and initial values of the networks, and what they refuse. */
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { type Module, parameterCount } from "../../lib/layers/mod.ts";
import { buildNetwork, parseNetworkName } from "../../lib/models/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { freshGoldens, givenGoldens, readGolden } from "../golden/golden_files.ts";

const mnistNetworks = ["lenet", "convnet", "mlp"];
const mnist = { classes: 10, inputShape: [28, 28, 1], seed: 0 } as const;

// Table 2 of the paper; a LeNet without the two parameters that the paper does not explain has 20,192.
const table2 = [
  ["lenet", {}, 20_194],
  ["lenet", { extra: "prelu" }, 20_194],
  ["lenet", { extra: "plain" }, 20_192],
  ["convnet", {}, 30_954],
  ["convnet", { head: "b" }, 30_954],
  ["convnet", { head: "c" }, 30_954],
  ["mlp", {}, 239_410],
] as const;

for (const [name, options, count] of table2) {
  Deno.test(`parameterCount() of ${name} ${JSON.stringify(options)} is ${count}`, () => {
    const network = buildNetwork(name, { ...mnist, options });
    assertEquals(parameterCount(network), count);
    network.dispose();
  });
}

for (const file of [...givenGoldens, ...freshGoldens]) {
  Deno.test(`buildNetwork() names, orders and shapes variables as PyTorch does in ${file}`, () => {
    const golden = readGolden(file);
    const { name, options } = parseNetworkName(golden.network);
    const [, channels, height, width] = golden.inputShapeNCHW;
    const network = buildNetwork(name, {
      classes: golden.outputShape[1]!,
      inputShape: [height, width, channels],
      seed: 0,
      options,
    });
    const described = [...network.parameters()].map(([name, { layout }]) =>
      [name, layout.pyTorchShape] as const
    );
    assertEquals(described, golden.params.map(([, name, shape]) => [name, shape] as const));
    const buffers = [...network.buffers()].map(([name, { layout }]) =>
      [name, layout.pyTorchShape] as const
    );
    assertEquals(buffers, golden.buffers as unknown as typeof buffers);
    assertEquals(parameterCount(network), golden.trainableParams);
    network.dispose();
  });
}

Deno.test("buildNetwork() draws every weight within PyTorch's bound, from the seed alone", async () => {
  for (const name of mnistNetworks) {
    const first = await valuesOf(buildNetwork(name, mnist));
    assertEquals(await valuesOf(buildNetwork(name, mnist)), first);
    const other = await valuesOf(buildNetwork(name, { ...mnist, seed: 1 }));
    for (const [key, { shape, values }] of first) {
      if (key.startsWith("bn0.")) continue;
      const weight = first.get(key.replace(/bias$/, "weight"))!.shape;
      const bound = 1 / Math.sqrt(weight.slice(1).reduce((a, b) => a * b, 1));
      assert(values.every((value) => Math.abs(value) <= bound * 1.000001), `${key} [${shape}]`);
      assert(values.some((value) => Math.abs(value) > bound / 2), `${key} [${shape}]`);
      assertNotEquals(values, other.get(key)!.values);
    }
  }
});

Deno.test("buildNetwork() gives a layer the same values whatever else the network has", async () => {
  const [bn, plain] = await Promise.all(
    ["bn", "plain"].map((extra) =>
      valuesOf(buildNetwork("lenet", { ...mnist, options: { extra } }))
    ),
  );
  for (const [key, { values }] of plain!) assertEquals(bn!.get(key)!.values, values);
});

Deno.test("every network turns images into logits without leaving a tensor behind", () => {
  for (const name of mnistNetworks) {
    const network = buildNetwork(name, mnist);
    const images = tf.zeros([3, 28, 28, 1]);
    for (const training of [true, false]) {
      const run = () => tf.tidy(() => network.forward(images, { training }).shape);
      run();
      const before = tf.memory().numTensors;
      assertEquals(run(), [3, 10]);
      assertEquals(tf.memory().numTensors, before);
    }
    network.dispose();
    images.dispose();
  }
});

Deno.test("Module.dispose() frees all variables", () => {
  const before = tf.memory().numTensors;
  for (const name of mnistNetworks) buildNetwork(name, mnist).dispose();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("buildNetwork() refuses unknown names and options, and lists the known ones", () => {
  const refused = (name: string, settings: object, message: string) =>
    assertThrows(() => buildNetwork(name, { ...mnist, ...settings }), RangeError, message);
  refused("lenett", {}, '"lenett"; known are lenet, convnet, mlp');
  refused("toString", {}, "known are lenet, convnet, mlp");
  refused("lenet", { options: { heads: "a" } }, '"heads"; it has extra');
  refused("lenet", { options: { extra: "gelu" } }, '"gelu", wanted one of bn, prelu, plain');
  refused("convnet", { options: { head: "d" } }, '"d", wanted one of a, b, c');
  refused("mlp", { options: { width: 3 } }, '"width"; it has none');
});

Deno.test("buildNetwork() refuses images that the network cannot take, and says which it can", () => {
  const refused = (name: string, side: number, message: string, options = {}) =>
    assertThrows(
      () => buildNetwork(name, { ...mnist, inputShape: [side, side, 1], options }),
      RangeError,
      message,
    );
  refused("lenet", 15, "LeNet cannot take images of 15x15x1: it wants 16x16 or more");
  refused("convnet", 23, 'head "a" wants sides of 24 to 31');
  refused("convnet", 32, 'head "a" wants sides of 24 to 31');
  refused("convnet", 15, 'head "b" wants sides of 16 to 31', { head: "b" });
  refused("convnet", 7, 'head "c" wants sides of 8 or more', { head: "c" });
  for (
    const [name, side, options] of [
      ["lenet", 16, {}],
      ["convnet", 31, {}],
      ["convnet", 16, { head: "b" }],
      ["convnet", 8, { head: "c" }],
    ] as const
  ) {
    const network = buildNetwork(name, { ...mnist, inputShape: [side, side, 1], options });
    const shape = tf.tidy(() =>
      network.forward(tf.zeros([2, side, side, 1]), { training: false }).shape
    );
    assertEquals(shape, [2, 10]);
    network.dispose();
  }
});

Deno.test("parseNetworkName() finds the options, and passes over classes and sizes", () => {
  assertEquals(parseNetworkName("lenet_prelu_c12_2x28x28"), {
    name: "lenet",
    options: { extra: "prelu" },
  });
  assertEquals(parseNetworkName("convnet_c"), { name: "convnet", options: { head: "c" } });
  assertEquals(parseNetworkName("mlp_c5_64"), { name: "mlp", options: {} });
  assertThrows(() => parseNetworkName("lenet_gelu"), RangeError, "it knows bn, prelu, plain");
  assertThrows(() => parseNetworkName("alexnet"), RangeError, "known are lenet, convnet, mlp");
});

async function valuesOf(network: Module) {
  const values = new Map<string, { shape: readonly number[]; values: Float32Array }>();
  for (const [name, parameter] of network.parameters()) {
    const shape = parameter.layout.pyTorchShape;
    values.set(name, { shape, values: await parameter.readPyTorch() });
  }
  network.dispose();
  return values;
}
