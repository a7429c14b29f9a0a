/** Networks against PyTorch's numbers, and that wrong numbers are noticed. */
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { BatchNorm } from "../../lib/layers/mod.ts";
import { differentiable, tf } from "../../lib/tensorflow/mod.ts";
import { checkGolden, type GoldenDifference } from "./check.ts";
import { type Golden, parseGolden } from "./golden.ts";
import { ruleUniform } from "./rule.ts";
import { earlierGoldens, freshGoldens, givenGoldens, readGolden } from "./golden_files.ts";

// What takes many steps of a large network.
const ignore = Deno.env.get("HEM_TEST_LARGE") !== "1";
const isLarge = (file: string) => file.startsWith("earlier/inception");

for (const file of [...givenGoldens, ...freshGoldens, ...earlierGoldens]) {
  Deno.test(`checkGolden() passes ${file} and leaves no tensor behind`, {
    ignore: ignore && isLarge(file),
  }, async () => {
    const before = tf.memory().numTensors;
    const { passed, differences } = await checkGolden(readGolden(file));
    assert(passed, JSON.stringify(differences));
    const quantities = ["eval logits", "train logits", "loss", "gradient norms"];
    for (const quantity of quantities) {
      assert(differences.some((each) => each.quantity === quantity), quantity);
    }
    assertEquals(tf.memory().numTensors, before);
  });
}

Deno.test("ruleUniform() gives the rule's check values", () => {
  assertEquals(ruleUniform(0, 0), 0.11688531329855323);
  assertEquals(ruleUniform(0, 1), 0.32712146849371493);
  assertEquals(ruleUniform(1, 0), 0.25758417742326856);
  assertEquals(ruleUniform(57, 123456), 0.9998538405634463);
});

function missed(differences: GoldenDifference[]): string[] {
  const wrong = differences.filter(({ difference, tolerance }) => !(difference <= tolerance));
  return [...new Set(wrong.map(({ quantity }) => quantity))];
}

// Each moves one number by somewhat more than its tolerance.
const norms = ["gradient norms", "gradient norms in each one's best order"];
const perturbations: [quantities: string[], perturb: (golden: Golden) => void][] = [
  [["eval logits"], ({ eval: { logits } }) => logits[1]![9]! += 2e-4],
  [["eval logits"], ({ eval: { logits } }) => logits[0]!.push(0)],
  [["train logits"], ({ train: { logits } }) => logits[3]![0]! -= 2e-4],
  [["loss"], ({ train }) => train.loss += 2e-5],
  [norms, ({ params }) => params[3]![3]! *= 1 + 3e-5],
  [norms, ({ params }) => params.at(-1)![3]! *= 1 - 3e-5],
  [norms, ({ params }) => params[0]![3] = 0],
  [["running statistics"], ({ train }) => train.runningStatsAfterForward[1]![1][0]! += 2e-5],
];
for (const [quantities, perturb] of perturbations) {
  Deno.test(`checkGolden() misses ${perturb.toString().replace(/\s+/g, " ")}`, async () => {
    const golden = readGolden("lenet_bn.json");
    perturb(golden);
    const { passed, differences } = await checkGolden(golden);
    assert(!passed);
    assertEquals(missed(differences), quantities);
  });
}

Deno.test("checkGolden() misses a gradient of the right size in another direction", async () => {
  const golden = readGolden("residual/resnet20_c7.json");
  golden.params[9]![4]! *= -1;
  const { differences } = await checkGolden(golden);
  assertEquals(missed(differences), [
    "gradient projections",
    "gradient projections in each one's best order",
  ]);
});

/** y, with a gradient that is a tenth too large. */
function withWrongGradient(y: Tensor): Tensor {
  return differentiable({ y }, () => ({
    value: y.clone(),
    saved: {},
    gradients: (dy) => ({ y: () => dy.mul(1.1) }),
  }));
}

/** Runs `f` while the gradient of one batch norm is a tenth too large, the one that a training step calls after `before` others. */
async function withWrongNorm<T>(before: number, norms: number, f: () => Promise<T>): Promise<T> {
  const { forward } = BatchNorm.prototype;
  let calls = 0;
  BatchNorm.prototype.forward = function (x, options, residual) {
    const y = forward.call(this, x, options, residual);
    return options.training && calls++ % norms === before ? withWrongGradient(y) : y;
  };
  try {
    return await f();
  } finally {
    BatchNorm.prototype.forward = forward;
    assert(calls > 0 && calls % norms === 0, `${norms} norms were called ${calls} times`);
  }
}

// Of networks with the largest errors of their own; by their numbers of norms, the auxiliary head's included.
const deep: [file: string, norms: number, wrong: number[]][] = [
  ["residual/resnet20_c7.json", 19, [0, 8, 18]],
  ["residual/resnet50_c10_64.json", 53, [30]],
  ["torchvision/inception_c10_64.json", 94, [70]],
  ["earlier/inception_c10_64.json", 94, [40]],
];
for (const [file, norms, wrong] of deep) {
  for (const before of wrong) {
    Deno.test(
      `checkGolden() misses a tenth too much in the gradient of batch norm ${before} of ${file}`,
      {
        ignore: ignore && isLarge(file),
      },
      async () => {
        const golden = readGolden(file);
        const { differences } = await withWrongNorm(before, norms, () => checkGolden(golden));
        assert(missed(differences).includes("gradient norms in each one's best order"));
        assertEquals(
          missed(differences).filter((quantity) => !quantity.startsWith("gradient")),
          [],
        );
      },
    );
  }
}

Deno.test("checkGolden() forgives no tenth where PyTorch's own error is large", async () => {
  const golden = readGolden("lenet_bn.json");
  // Those of the given ResNet50.
  Object.assign(golden.train, {
    float32GradL2MaxRelDiff: 1.9e-2,
    float32GradL2MedianRelDiff: 7e-4,
  });
  assert((await checkGolden(golden)).passed);
  golden.params[4]![3]! *= 1.1;
  assertEquals(missed((await checkGolden(golden)).differences), [norms[1]!]);
});

for (const file of ["torchvision/inception_c10_64.json", "earlier/inception_c10_64.json"]) {
  Deno.test(`checkGolden() misses biased running variances in ${file}`, {
    ignore: ignore && isLarge(file),
  }, async () => {
    const golden = readGolden(file);
    const [name, values] = golden.train.runningStatsAfterForward[1]!;
    assertEquals(name, "Conv2d_1a_3x3.bn.running_var");
    // What the first of them would be: moved by a tenth of the biased variance of 4 maps of 31x31.
    const count = 4 * 31 * 31;
    values.forEach((value, i) => {
      const kept = 0.9 * (1 + 0.1 * Math.sin(i) ** 2);
      values[i] = kept + (value - kept) * (count - 1) / count;
    });
    assertEquals(missed((await checkGolden(golden)).differences), ["running statistics"]);
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
