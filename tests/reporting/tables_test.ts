import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { losses } from "../../lib/losses/mod.ts";
import { measureNetwork } from "../../lib/models/mod.ts";
import { benchmarkedNetworks } from "../../lib/reporting/benchmark.ts";
import { computedNumbers } from "../../lib/reporting/claims/computed_numbers.ts";
import { decide } from "../../lib/reporting/claims/mod.ts";
import { lossCurves } from "../../lib/reporting/figures/losses.ts";
import { claims, evidenceOf, layersTable, resultsOf } from "../../lib/reporting/mod.ts";
import { exampleLosses } from "../../lib/reporting/tables/table_01.ts";
import { networksTable } from "../../lib/reporting/tables/table_02.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { costRows, memoryStore } from "./synthetic.ts";

Deno.test("Table 1 gives the paper's 24 values to two decimals", () => {
  const table = exampleLosses(tf, losses);
  assertStringIncludes(table.caption, "24 of 24 values agree");
  assertEquals(table.rows[5]!.ln, "25.00 / 25.00");
});

Deno.test("computedNumbers() are those of Table 1, and 0 where losses are the same", () => {
  const before = tf.memory().numTensors;
  const numbers = computedNumbers(tf, losses, []);
  assertEquals(tf.memory().numTensors, before);
  const valueOf = (name: string) => numbers[name]!.estimate.value;
  // The paper's rows: CE 0.98 in row 5, 1.00 in row 4; the others never fall.
  assertEquals(valueOf("table1/ce").toFixed(2), "-0.02");
  for (const loss of ["ln", "mm", "hem"]) assertEquals(valueOf(`table1/${loss}`), 0);
  assertEquals([valueOf("identity/la"), valueOf("identity/hem_plus")], [0, 0]);
  assertStringIncludes(numbers["table1/ln"]!.note!, "0.00, 0.00, 0.00, 0.09, 1.10, 25.00");
  // CE in place of MM falls from row 2 to row 3, and LA of a long tail is not CE.
  const wrong = computedNumbers(tf, { ...losses, mm: () => losses.ce({ classCounts: [1] }) }, []);
  assert(wrong["table1/mm"]!.estimate.value < 0);
  const tilted = { ...losses, la: () => losses.la({ classCounts: [1, 2, 3, 4] }) };
  assert(computedNumbers(tf, tilted, [])["identity/la"]!.estimate.value > 0.1);
});

Deno.test("computedNumbers() have what HEM adds to a step of the dearest network", () => {
  const rows = costRows({
    ...Object.fromEntries(benchmarkedNetworks().map((network) => [network, [0.99, 0.99]])),
    lenet: [1.04, 1.04],
    mlp: [1.01, 1.01],
    vit_b_16: [1, 1],
  });
  const cost = computedNumbers(tf, losses, rows)["extra-cost"]!;
  assertEquals(cost.estimate.value.toFixed(6), "0.040000");
  assertEquals(cost.estimate.interval!.map((end) => end.toFixed(6)), ["0.040000", "0.040000"]);
  assertEquals(
    cost.note,
    "LeNet +4.0 %, MLP +1.0 %, ViT-B/16 0.0 %, the 11 others at most −1.0 %",
  );
  assertEquals(computedNumbers(tf, losses, [])["extra-cost"], undefined);
});

Deno.test("what HEM adds to a step decides nothing before every network is measured", () => {
  const claim = claims.find(({ id }) => id === "no-extra-cost")!;
  const evidence = evidenceOf("paper", (section) => resultsOf(section, "paper", memoryStore([])));
  const decided = (networks: readonly string[]) => {
    const rows = costRows(Object.fromEntries(networks.map((network) => [network, [1, 1]])));
    return decide(claim, { evidence, computed: computedNumbers(tf, losses, rows) });
  };
  assertEquals(decided(benchmarkedNetworks()).verdict, "reproduced");
  const { verdict, parts } = decided(["lenet"]);
  assertEquals(verdict, "undecided");
  assertEquals(parts[0]!.finding!.note, "1 of 14 networks: LeNet 0.0 %");
});

/** What `measureNetwork()` would give for networks whose numbers are made up; ResNet18's depends on the classes. */
function madeUp(counts: Record<string, number>) {
  const asked: string[] = [];
  const measure = (name: string, { classes }: { classes: number }) => {
    asked.push(`${name}/${classes}`);
    const parameters = counts[name]! + (name === "resnet18" ? 513 * classes : 0);
    return { parameters, trainedParameters: parameters - 5, macs: 1e6, keptBytes: 2e6, layers: [] };
  };
  return { measure, asked };
}

Deno.test("Table 2 shows both numbers of a network that the paper counts with ten classes", () => {
  const printed = Object.fromEntries(
    Deno.readTextFileSync(new URL("../../data/paper/table_02.csv", import.meta.url))
      .trim().split("\n").slice(1).map((line) => line.split(",").slice(2))
      .map(([network, parameters]) => [network, Number(parameters)]),
  );
  // ResNet18 without its head, one network that is another, and the others as the paper prints them.
  const { measure, asked } = madeUp({ ...printed, resnet18: 11_168_832, vit_b_16: 7 });
  const table = networksTable(measure);
  const rowOf = (network: string, data: string) =>
    table.rows.find((row) => row.network === network && row.data === data)!;
  const ofCifar = rowOf("ResNet18", "CIFAR100");
  assertEquals([ofCifar.ours, ofCifar.difference, ofCifar.ofTen], [
    "11,220,132",
    "46,170",
    "11,173,962",
  ]);
  assertEquals(rowOf("ResNet18", "TinyImageNet").ours, "11,271,432");
  assertStringIncludes(table.caption, "12 of the 15 networks");
  assertStringIncludes(table.caption, "ResNet18 on CIFAR100 and ResNet18 on TinyImageNet");
  assertEquals(table.missing, ["ViT-B/16 (ImageNet1k) as the paper counts it"]);
  const lenet = rowOf("LeNet", "MNIST");
  assertEquals([lenet.ours, lenet.unused, lenet.flops, lenet.kept, lenet.ofTen, lenet.input], [
    "20,194",
    "5",
    "2.00",
    "2.00",
    "–",
    "28x28x1",
  ]);
  assertEquals(asked.filter((name) => name.startsWith("resnet18")), [
    "resnet18/100",
    "resnet18/10",
    "resnet18/200",
    "resnet18/10",
  ]);
});

Deno.test("layersTable() has the maps of a network's layers, and leaves nothing behind", () => {
  const before = tf.memory().numTensors;
  const table = layersTable(measureNetwork, "mnist", "lenet");
  assertEquals(tf.memory().numTensors, before);
  // A.1.3: 28 -> 24, pooled 12 -> 8, pooled 4 x 4 x 16 = 256 -> 50 -> 10.
  assertEquals(table.rows.map(({ layer, input, output }) => [layer, input, output]), [
    ["bn0", "28x28x1", "28x28x1"],
    ["conv1", "28x28x1", "24x24x16"],
    ["conv2", "12x12x16", "8x8x16"],
    ["fc1", "256", "50"],
    ["fc2", "50", "10"],
  ]);
  const parameters = table.rows.map(({ parameters }) => parameters);
  assertEquals(parameters, ["2", "416", "6,416", "12,850", "510"]);
  assertStringIncludes(table.caption, "653,300 multiplications");
  assertThrows(() => layersTable(measureNetwork, "cifar1000", "lenet"), RangeError, "cifar100");
});

Deno.test("lossCurves() leaves no tensor behind, and CE has its closed form where logits tie", () => {
  const before = tf.memory().numTensors;
  const rows = lossCurves(tf, losses);
  assertEquals(tf.memory().numTensors, before);
  const ce = rows.find(({ loss, competitor }) => loss === "ce" && competitor === 0)!;
  // -log softmax of one of (0, 0, -1, -1).
  const expected = Math.log(2 + 2 * Math.exp(-1));
  assertEquals(ce.value.toFixed(5), expected.toFixed(5));
  assertEquals(ce.competitorGradient.toFixed(5), Math.exp(-expected).toFixed(5));
});
