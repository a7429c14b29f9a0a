/** The networks of the Continual Learning Baselines against PyTorch's numbers, their counts, and their heads per task. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { parameterCount } from "../../lib/layers/mod.ts";
import { buildNetwork, parseNetworkName } from "../../lib/models/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { checkGolden } from "../golden/check.ts";
import { parseGolden } from "../golden/golden.ts";

const folder = new URL("../fixtures/goldens/continual/", import.meta.url);

for (const { name } of [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1)) {
  Deno.test(`checkGolden() passes continual/${name} and leaves no tensor behind`, async () => {
    const before = tf.memory().numTensors;
    const golden = parseGolden(Deno.readTextFileSync(new URL(name, folder)));
    const { passed, differences } = await checkGolden(golden);
    assert(passed, JSON.stringify(differences));
    assertEquals(tf.memory().numTensors, before);
  });
}

// avalanche-lib 0.6.0 and the Continual Learning Baselines
const counts: [name: string, classes: number, side: number, channels: number, count: number][] = [
  ["cl_mlp_512x1", 10, 28, 1, 407_050],
  ["cl_mlp_1000x1", 10, 28, 1, 795_010],
  ["cl_mlp_256x1", 10, 28, 1, 203_530],
  ["cl_mlp_200x1", 10, 28, 1, 159_010],
  ["cl_slim_resnet18", 10, 32, 3, 1_094_750],
  ["cl_slim_resnet18", 100, 32, 3, 1_109_240],
  ["cl_resnet32b", 100, 32, 3, 472_756],
];
for (const [name, classes, side, channels, count] of counts) {
  Deno.test(`parameterCount() of ${name} with ${classes} classes is ${count}`, () => {
    const inputShape = [side, side, channels] as const;
    const network = buildNetwork(name, { classes, inputShape, seed: 0 });
    assertEquals(parameterCount(network), count);
    network.dispose();
  });
}

const tasks = [[3, 1], [0, 2]];

Deno.test("a network with a head per task trains the shared layers and the task's head", () => {
  const network = buildNetwork("cl_mlp_256x2", {
    classes: 2,
    inputShape: [28, 28, 1],
    seed: 0,
    heads: { tasks, mode: "clean" },
  });
  // 266,752 shared parameters, spec of the networks, section 7
  assertEquals(parameterCount(network), 266_752 + 2 * 514);
  const shared = ["features.0", "features.3.0"];
  const names = (prefixes: string[]) =>
    prefixes.flatMap((prefix) => [`${prefix}.weight`, `${prefix}.bias`]);
  const head = (task: number) => `classifier.classifiers.${task}.classifier`;
  assertEquals([...network.trainedParameters(1).keys()], names([...shared, head(1)]));
  assertEquals(
    [...network.trainedParameters().keys()],
    names([...shared, head(0), head(1)]),
  );
  const [first, second] = tf.tidy(() =>
    [0, 1].map((task) => {
      const logits = network.forward(tf.ones([3, 28, 28, 1]), { training: false, task });
      assertEquals(logits.shape, [3, 2]);
      return logits.dataSync().slice();
    })
  );
  assert(first![0] !== second![0], "both tasks have the same logits");
  const images = tf.ones([1, 28, 28, 1]);
  assertThrows(() => network.forward(images, { training: false }), RangeError, "the task");
  assertThrows(() => network.forward(images, { training: false, task: 2 }), RangeError, "2");
  images.dispose();
  network.dispose();
});

Deno.test("buildNetwork() refuses heads that a network cannot have", () => {
  const before = tf.memory().numTensors;
  const settings = { classes: 2, inputShape: [28, 28, 1] as const, seed: 0 };
  assertThrows(
    () => buildNetwork("lenet", { ...settings, heads: { tasks, mode: "clean" } }),
    RangeError,
    "has one head",
  );
  assertEquals(tf.memory().numTensors, before);
  assertThrows(
    () => buildNetwork("cl_mlp_8x1", { ...settings, heads: { tasks: [[]], mode: "clean" } }),
    RangeError,
    "every task needs classes",
  );
});

Deno.test("parseNetworkName() knows the networks of continual learning", () => {
  assertEquals(parseNetworkName("cl_mlp_200x1_tanh").options, { activation: "tanh" });
  assertEquals(parseNetworkName("cl_mlp_256x2_head2").name, "cl_mlp_256x2");
  assertEquals(parseNetworkName("cl_slim_resnet18_c100").name, "cl_slim_resnet18");
  assertThrows(() => parseNetworkName("cl_mlp_0x1"), RangeError, "cl_mlp_{width}x{layers}");
});
