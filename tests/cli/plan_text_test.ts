import { assert, assertEquals } from "@std/assert";
import { describeSectionPlan } from "../../lib/cli/plan_text.ts";
import { type ConditionPlan, type SectionPlan } from "../../lib/reproduction/mod.ts";

const condition: ConditionPlan = {
  section: "5.1",
  condition: "cifar10/resnet32",
  losses: ["ce", "hem"],
  repeats: 3,
  trials: 6,
  pending: 4,
  retraining: 0,
  running: 0,
  diverged: 0,
  arrived: [],
  recipe: {
    epochs: 110,
    batchSize: 128,
    optimizer: { name: "sgd", learningRate: 0.1 },
    schedule: { name: "constant" },
    augmentation: "crop_flip",
    threads: 2,
  },
  stages: [
    { stage: "training", flops: 2.27e15, seconds: 7200, basis: "flops" },
    { stage: "clean", flops: 1e12, seconds: 10, basis: "measured" },
  ],
  left: { flops: 2e12, seconds: 20 },
  network: {
    parameters: 464_154,
    trainedParameters: 464_154,
    macs: 68_862_592,
    trainingMacs: 68_862_592,
    keptBytes: 2_500_000,
  },
  memory: {
    parameters: 1,
    gradients: 1,
    optimizer: 1,
    activations: 1,
    temporary: 1,
    total: 325_600_000,
  },
  fittingBatch: 128,
};
const device = { name: "a device", flopsPerSecond: 6.25e10, memory: 2e10 };

function planOf(conditions: ConditionPlan[]): SectionPlan {
  return {
    scale: "paper",
    tasks: [],
    jobs: 1,
    gpus: [],
    seconds: 0,
    unknownCost: 0,
    data: "data",
    missing: [],
    waiting: [],
    conditions,
  };
}

const lineOf = (change: Partial<ConditionPlan>, measured = true) =>
  describeSectionPlan(planOf([{ ...condition, ...change }]), measured ? device : undefined)
    .split("\n").find((line) => line.includes("cifar10/resnet32"))?.split(/ {2,}/).slice(1);

Deno.test("describeSectionPlan() shows a condition's work, FLOPs, memory and time in one line", () => {
  assertEquals(lineOf({}), [
    "cifar10/resnet32",
    "2 x 3",
    "4",
    "110 x 128",
    "138 M",
    "2.27 P",
    "1 T",
    "326 MB",
    "yes",
    "2.0 h",
    "FLOPs + stored",
  ]);
  assertEquals(lineOf({}, false), ["cifar10/resnet32", "2 x 3", "4"]);
  assertEquals(lineOf({ pending: 0 }), undefined);
});

Deno.test("describeSectionPlan() says what fits where the batch does not", () => {
  assertEquals(lineOf({ fittingBatch: 32 })![8], "--micro-batch 32");
  assertEquals(lineOf({ fittingBatch: null })![8], "no");
  const inParts = lineOf({ fittingBatch: 32, recipe: { ...condition.recipe, microBatch: 32 } })!;
  assertEquals([inParts[3], inParts[8]], ["110 x 128/32", "yes"]);
});

Deno.test("describeSectionPlan() says what is special about a condition's trials", () => {
  const special = { arrived: ["omniglot"], retraining: 2, running: 1, missing: "not here" };
  const remarks =
    "waits for data; adds omniglot; 2 train again: their weights are gone, or what is to do watches the training; " +
    "another process runs 1 now";
  assertEquals(lineOf(special)!.at(-1), remarks);
  assertEquals(lineOf(special, false)!.at(-1), remarks);
});

Deno.test("describeSectionPlan() adds up all that is pending, and names the device", () => {
  const other = { ...condition, pending: 2, left: { flops: 9.08e15, seconds: 28_800 } };
  const text = describeSectionPlan(planOf([condition, other]), device);
  for (
    const part of [
      "left of 6 trials",
      "9.08 PFLOPs",
      "8.0 h",
      "a device",
      "62.5 GFLOP/s",
      "20.0 GB",
    ]
  ) {
    assert(text.includes(part), `${part}: ${text}`);
  }
});
