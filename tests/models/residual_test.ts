/** Residual networks against PyTorch's numbers (tests/oracles/network_goldens.py), their counts and names. */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { parameterCount } from "../../lib/layers/mod.ts";
import { buildNetwork, parseNetworkName } from "../../lib/models/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { checkGolden } from "../golden/check.ts";
import { parseGolden } from "../golden/golden.ts";

const folder = new URL("../fixtures/goldens/residual/", import.meta.url);

for (const { name } of [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1)) {
  Deno.test(`checkGolden() passes residual/${name} and leaves no tensor behind`, async () => {
    const before = tf.memory().numTensors;
    const golden = parseGolden(Deno.readTextFileSync(new URL(name, folder)));
    const { passed, differences } = await checkGolden(golden);
    assert(passed, JSON.stringify(differences));
    assertEquals(tf.memory().numTensors, before);
  });
}

// Table 2 of the paper; it prints ResNet18's number for 10 classes in both of its rows.
const table2: [name: string, classes: number, count: number, trained: number][] = [
  ["resnet32", 10, 464_154, 464_154],
  ["wrn22_10", 10, 27_977_146, 26_797_914],
  ["resnet18", 10, 11_173_962, 11_173_962],
  ["resnet18", 100, 11_220_132, 11_220_132],
  ["resnet18", 200, 11_271_432, 11_271_432],
  ["parn18", 100, 11_218_340, 11_218_340],
  ["wrn28_10", 200, 38_241_656, 36_600_984],
  ["resnet50", 1000, 25_557_032, 25_557_032],
];
for (const [name, classes, count, trained] of table2) {
  Deno.test(`parameterCount() of ${name} with ${classes} classes is ${count}`, () => {
    const network = buildNetwork(name, { classes, inputShape: [32, 32, 3], seed: 0 });
    assertEquals(parameterCount(network), count);
    const sizes = [...network.trainedParameters().values()].map(({ shape }) =>
      shape.reduce((a, b) => a * b, 1)
    );
    assertEquals(sizes.reduce((a, b) => a + b), trained);
    network.dispose();
  });
}

Deno.test("parseNetworkName() finds members of the residual families", () => {
  const parsed = (name: string) => parseNetworkName(name);
  assertEquals(parsed("resnet18_c200_64"), { name: "resnet18", options: {} });
  assertEquals(parsed("wrn28_10_c200_64"), { name: "wrn28_10", options: {} });
  assertEquals(parsed("resnet110_c10").name, "resnet110");
  assertEquals(parsed("parn34_c7").name, "parn34");
  assertEquals(parsed("resnet34_torchvision_c5_64").options, { code: "torchvision" });
});

Deno.test("parseNetworkName() refuses depths that no family has", () => {
  for (
    const name of ["resnet33_c10", "resnet2", "wrn23_10", "wrn4_1", "wrn28", "parn20", "resnet"]
  ) {
    assertThrows(() => parseNetworkName(name), RangeError, "resnet{6n+2}");
  }
});

function deviationOf(values: Float32Array): number {
  const mean = values.reduce((a, b) => a + b) / values.length;
  return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
}

// Formulas of each author's code, spec 3.1 to 4.3: fans of the tensor named.
const deviations: [name: string, parameter: string, deviation: number][] = [
  ["resnet20", "layer2.0.conv1.weight", Math.sqrt(2 / (16 * 9))],
  ["resnet20", "linear.weight", Math.sqrt(2 / 64)],
  ["resnet18", "layer2.0.conv1.weight", 1 / Math.sqrt(3 * 64 * 9)],
  ["resnet18", "layer2.0.shortcut.0.weight", 1 / Math.sqrt(3 * 64)],
  ["resnet18", "linear.weight", 1 / Math.sqrt(3 * 512)],
  ["parn18", "layer2.0.conv1.weight", 1 / Math.sqrt(3 * 64 * 9)],
  ["wrn10_2", "block2.layer.0.conv1.weight", Math.sqrt(2 / (64 * 9))],
  ["wrn10_2", "block2.layer.0.convShortcut.weight", Math.sqrt(2 / 64)],
  ["wrn10_2", "fc.weight", 1 / Math.sqrt(3 * 128)],
  ["resnet50", "layer2.0.conv2.weight", Math.sqrt(2 / (128 * 9))],
  ["resnet50", "layer2.0.downsample.0.weight", Math.sqrt(2 / 512)],
  ["resnet50", "fc.weight", 1 / Math.sqrt(3 * 2048)],
];
for (const name of new Set(deviations.map(([name]) => name))) {
  Deno.test(`buildNetwork() draws the weights of ${name} with its author's deviations`, async () => {
    const network = buildNetwork(name, { classes: 10, inputShape: [32, 32, 3], seed: 3 });
    for (const [, parameter, deviation] of deviations.filter(([each]) => each === name)) {
      const values = await network.parameters().get(parameter)!.read();
      // Of 640 values and more, four standard errors: 4 / sqrt(2 * 640).
      assertAlmostEquals(deviationOf(values) / deviation, 1, 0.11, parameter);
    }
    network.dispose();
  });
}

Deno.test("buildNetwork() starts a wide network's last bias at 0", async () => {
  const network = buildNetwork("wrn10_1", { classes: 4, inputShape: [16, 16, 3], seed: 0 });
  assertEquals([...await network.parameters().get("fc.bias")!.read()], [0, 0, 0, 0]);
  network.dispose();
});
