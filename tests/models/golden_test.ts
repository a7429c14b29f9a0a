/** Networks against PyTorch's numbers, and that wrong numbers are noticed. */
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { tf } from "../../lib/tensorflow/mod.ts";
import { checkGolden, type Golden, parseGolden, ruleUniform } from "../../lib/training/mod.ts";
import { freshGoldens, givenGoldens, readGolden } from "./golden_files.ts";

for (const file of [...givenGoldens, ...freshGoldens]) {
  Deno.test(`checkGolden() passes ${file} and leaves no tensor behind`, async () => {
    const before = tf.memory().numTensors;
    const { passed, differences } = await checkGolden(readGolden(file));
    assert(passed, JSON.stringify(differences));
    assertEquals(differences.length, file.includes("lenet_bn") ? 5 : 4);
    assertEquals(tf.memory().numTensors, before);
  });
}

Deno.test("ruleUniform() gives the rule's check values", () => {
  assertEquals(ruleUniform(0, 0), 0.11688531329855323);
  assertEquals(ruleUniform(0, 1), 0.32712146849371493);
  assertEquals(ruleUniform(1, 0), 0.25758417742326856);
  assertEquals(ruleUniform(57, 123456), 0.9998538405634463);
});

// Each moves one number by somewhat more than its tolerance.
const perturbations: [quantity: string, perturb: (golden: Golden) => void][] = [
  ["eval logits", ({ eval: { logits } }) => logits[1]![9]! += 2e-4],
  ["eval logits", ({ eval: { logits } }) => logits[0]!.push(0)],
  ["train logits", ({ train: { logits } }) => logits[3]![0]! -= 2e-4],
  ["loss", ({ train }) => train.loss += 2e-5],
  ["gradient norms", ({ params }) => params[3]![3]! *= 1 + 3e-5],
  ["gradient norms", ({ params }) => params.at(-1)![3]! *= 1 - 3e-5],
  ["gradient norms", ({ params }) => params[0]![3] = 0],
  ["running statistics", ({ train }) => train.runningStatsAfterForward[1]![1][0]! += 2e-5],
];
for (const [quantity, perturb] of perturbations) {
  Deno.test(`checkGolden() misses ${perturb.toString().replace(/\s+/g, " ")}`, async () => {
    const golden = readGolden("lenet_bn.json");
    perturb(golden);
    const { passed, differences } = await checkGolden(golden);
    assert(!passed);
    const missed = differences.filter(({ difference, tolerance }) => !(difference <= tolerance));
    assertEquals(missed.map((each) => each.quantity as string), [quantity]);
  });
}

Deno.test("checkGolden() measures the difference", async () => {
  const golden = readGolden("mlp.json");
  golden.eval.logits[0]![3]! += 0.125;
  const { differences } = await checkGolden(golden);
  assertAlmostEquals(differences[0]!.difference, 0.125, 1e-5);
});

const strangers: [what: string, change: (golden: Golden) => void, message: string][] = [
  ["a renamed parameter", ({ params }) => params[2]![1] = "conv9.weight", "conv9.weight"],
  ["a parameter of another shape", ({ params }) => params[2]![2] = [16, 1, 3, 3], "[16,1,3,3]"],
  ["parameters in another order", ({ params }) => params.reverse(), "parameters of lenet_bn"],
  ["a parameter too many", ({ params }) => params.push([10, "x", [1], 0]), "x [1]"],
  [
    "a renamed buffer",
    ({ buffers }) => (buffers as [string, number[]][])[0]![0] = "bn9.running_mean",
    "bn9.running_mean",
  ],
  ["another number of parameters", (golden) => golden.trainableParams++, "20195"],
  ["another number of classes", (golden) => golden.outputShape[1] = 9, "fc2.weight [9,50]"],
];
for (const [what, change, message] of strangers) {
  Deno.test(`checkGolden() refuses ${what}`, async () => {
    const golden = readGolden("lenet_bn.json");
    change(golden);
    const before = tf.memory().numTensors;
    await assertRejects(() => checkGolden(golden), TypeError, message);
    assertEquals(tf.memory().numTensors, before);
  });
}

Deno.test("checkGolden() refuses an unknown network and lists the known ones", async () => {
  const golden = { ...readGolden("mlp.json"), network: "perceptron" };
  await assertRejects(() => checkGolden(golden), RangeError, "known are lenet, convnet, mlp");
});

Deno.test("parseGolden() says that a text is no golden file, and what is missing", () => {
  assertThrows(() => parseGolden("{"), TypeError, "This is no golden file: it is no JSON");
  assertThrows(() => parseGolden("[]"), TypeError, "This is no golden file");
  const { train: _, ...rest } = readGolden("mlp.json");
  assertThrows(() => parseGolden(JSON.stringify(rest)), TypeError, "train");
});
