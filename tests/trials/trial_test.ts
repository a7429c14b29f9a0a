import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import type { LossName } from "../../lib/losses/mod.ts";
import {
  canonicalForm,
  conditionOf,
  type ContinualTrial,
  parseTrial,
  scaleOfId,
  seedOf,
  type SegmentationTrial,
  type Trial,
  trialId,
} from "../../lib/trials/mod.ts";
import { exampleTrial } from "./examples.ts";

/** The same value with the keys of every object in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).reverse().map(([k, v]) => [k, reversed(v)]));
}

function continual(change: Partial<ContinualTrial> = {}): ContinualTrial {
  return {
    ...exampleTrial({ network: { name: "mlp" } }),
    kind: "continual",
    benchmark: { name: "split", scenario: "class_incremental", experiences: 5 },
    strategy: { name: "ewc" },
    ...change,
  };
}

// One trial that differs from the example in each field that a trial has.
const changed: Record<string, Trial> = (() => {
  const base = exampleTrial();
  const { recipe } = base;
  const { optimizer } = recipe;
  const withRecipe = (change: Partial<Trial["recipe"]>) =>
    exampleTrial({ recipe: { ...recipe, ...change } });
  const withOptimizer = (change: Partial<typeof optimizer>) =>
    withRecipe({ optimizer: { ...optimizer, ...change } });
  return {
    kind: { ...base, kind: "segmentation" },
    seed: exampleTrial({ seed: 8 }),
    variant: exampleTrial({ variant: "margin=0.5" }),
    perClass: exampleTrial({ dataset: { name: "mnist", trainCount: 512, perClass: 50 } }),
    longTail: exampleTrial({
      dataset: { name: "mnist", trainCount: 512, longTail: { ratio: 100 } },
    }),
    ratio: exampleTrial({
      dataset: { name: "mnist", trainCount: 512, longTail: { ratio: 10 } },
    }),
    shuffled: exampleTrial({
      dataset: {
        name: "mnist",
        trainCount: 512,
        longTail: { ratio: 10, selection: "shuffled" },
      },
    }),
    strategy: continual(),
    strategyOptions: continual({ strategy: { name: "ewc", options: { lambda: 2 } } }),
    experiences: continual({
      benchmark: { name: "split", scenario: "class_incremental", experiences: 10 },
    }),
    scenario: continual({
      benchmark: { name: "split", scenario: "task_incremental", experiences: 5 },
    }),
    scale: exampleTrial({ scale: "paper" }),
    dataset: exampleTrial({ dataset: { name: "fashion_mnist", trainCount: 512 } }),
    trainCount: exampleTrial({ dataset: { name: "mnist", trainCount: 513 } }),
    noTrainCount: exampleTrial({ dataset: { name: "mnist" } }),
    testCount: exampleTrial({ dataset: { name: "mnist", trainCount: 512, testCount: 7 } }),
    unknownCount: exampleTrial({ dataset: { name: "mnist", trainCount: 512, unknownCount: 7 } }),
    network: exampleTrial({ network: { name: "mlp" } }),
    networkOptions: exampleTrial({ network: { name: "quick", options: { kernel: 3 } } }),
    loss: exampleTrial({ loss: { name: "ce" } }),
    lossOptions: exampleTrial({ loss: { name: "hem", options: { margin: 0.5 } } }),
    lossOptions2: exampleTrial({ loss: { name: "hem", options: { margin: 0.6 } } }),
    epochs: withRecipe({ epochs: 2 }),
    batchSize: withRecipe({ batchSize: 64 }),
    microBatch: withRecipe({ microBatch: 16 }),
    optimizer: withOptimizer({ name: "sgd" }),
    learningRate: withOptimizer({ learningRate: 2e-3 }),
    weightDecay: withOptimizer({ weightDecay: 5e-4 }),
    momentum: withOptimizer({ momentum: 0.9 }),
    nesterov: withOptimizer({ nesterov: true }),
    steps: withRecipe({ schedule: { name: "steps", milestones: [1], factor: 0.1 } }),
    milestones: withRecipe({ schedule: { name: "steps", milestones: [2], factor: 0.1 } }),
    factor: withRecipe({ schedule: { name: "steps", milestones: [1], factor: 0.2 } }),
    augmentation: withRecipe({ augmentation: "crop_flip" }),
    threads: withRecipe({ threads: 2 }),
    index: exampleTrial({ index: 1 }),
  };
})();

Deno.test("canonicalForm() does not depend on the order of keys", () => {
  for (const trial of Object.values(changed)) {
    const other = reversed(trial) as Trial;
    assertNotEquals(JSON.stringify(other), JSON.stringify(trial));
    assertEquals(canonicalForm(other), canonicalForm(trial));
    assertEquals(trialId(other), trialId(trial));
  }
});

Deno.test("trialId() changes with every field", () => {
  const ids = [exampleTrial(), ...Object.values(changed)].map(trialId);
  assertEquals(new Set(ids).size, ids.length);
});

Deno.test("trialId() is readable, and ends in the SHA-256 of the canonical form", async () => {
  const trial = exampleTrial();
  const bytes = new TextEncoder().encode(canonicalForm(trial));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  assertEquals(trialId(trial), `mnist-quick-hem-smoke-t0-${digest.slice(0, 8)}`);
});

Deno.test("trialId() survives a round trip through JSON", () => {
  for (const trial of Object.values(changed)) {
    assertEquals(trialId(parseTrial(JSON.parse(JSON.stringify(trial)))), trialId(trial));
  }
});

Deno.test("scaleOfId() reads the scale out of a name, and nothing out of other texts", () => {
  for (const trial of Object.values(changed)) assertEquals(scaleOfId(trialId(trial)), trial.scale);
  const poly = { ...exampleTrial(), loss: { name: "poly1" as LossName } };
  assertEquals(scaleOfId(trialId(poly)), poly.scale);
  assertEquals(scaleOfId("../../etc"), undefined);
  assertEquals(scaleOfId("mnist-lenet-hem-large-t0-00000000"), undefined);
});

Deno.test("trialId() and conditionOf() name kinds and variants as a reader would", () => {
  const cifar = { name: "cifar10", longTail: { ratio: 100 } };
  const shuffled = {
    name: "cifar10",
    longTail: { ratio: 100, selection: "shuffled" as const },
  };
  const segmentation: SegmentationTrial = {
    ...exampleTrial({ dataset: { name: "camvid" } }),
    kind: "segmentation",
    network: { name: "fpn", options: { encoder: "resnet34" } },
  };
  const named: [Trial, string][] = [
    [exampleTrial({ variant: "margin=0.5" }), "mnist/quick/hem@margin=0.5"],
    [exampleTrial({ dataset: cifar }), "cifar10_lt100/quick/hem"],
    [exampleTrial({ dataset: { name: "cifar10", perClass: 50 } }), "cifar10_50each/quick/hem"],
    [exampleTrial({ dataset: shuffled }), "cifar10_lt100s/quick/hem"],
    // compared with the other choice, within one condition
    [
      exampleTrial({ dataset: shuffled, variant: "selection=shuffled" }),
      "cifar10_lt100/quick/hem@selection=shuffled",
    ],
    [continual(), "split_mnist/ewc/hem"],
    [segmentation, "camvid/resnet34/hem"],
  ];
  for (const [trial, name] of named) {
    assertEquals(conditionOf(trial), name);
    assert(trialId(trial).startsWith(`${name.replaceAll("/", "-")}-smoke-t0-`), trialId(trial));
    assertEquals(scaleOfId(trialId(trial)), "smoke");
  }
});

Deno.test("seedOf() is that of the first results, whose section was a part of it", () => {
  // SHA-256 of "5.1/mnist/lenet/0", computed elsewhere: 8 digits, halved.
  const expected = 407718208;
  const lenet = { dataset: { name: "mnist" }, network: { name: "lenet" }, index: 0 };
  assertEquals(seedOf(lenet), expected);
});

Deno.test("seedOf() is the same for all losses, scales, recipes and variants of a repeat", () => {
  const seed = seedOf(exampleTrial());
  for (const field of ["loss", "lossOptions", "scale", "epochs", "variant", "longTail"]) {
    assertEquals(seedOf(changed[field]!), seed, field);
  }
});

Deno.test("seedOf() differs between repeats, networks and data sets", () => {
  const seeds = ["index", "network", "dataset"].map((field) => seedOf(changed[field]!));
  assertEquals(new Set([seedOf(exampleTrial()), ...seeds]).size, 4);
  for (const seed of seeds) assert(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31);
});

Deno.test("parseTrial() names every field that is wrong", () => {
  const { recipe } = exampleTrial();
  const wrong: [string, unknown][] = [
    ["scale", { ...exampleTrial(), scale: "tiny" }],
    ["loss.name", { ...exampleTrial(), loss: { name: "hemm" } }],
    ["recipe.epochs", { ...exampleTrial(), recipe: { ...recipe, epochs: 0 } }],
    ["recipe.threads", { ...exampleTrial(), recipe: { ...recipe, threads: 1.5 } }],
    ["recipe.optimizer.learningRate", {
      ...exampleTrial(),
      recipe: { ...recipe, optimizer: { name: "adam", learningRate: "fast" } },
    }],
    ["index", { ...exampleTrial(), index: -1 }],
    ["seed", { ...exampleTrial(), seed: 2 ** 31 }],
    ["variant", { ...exampleTrial(), variant: "../x" }],
    ["kind", { ...exampleTrial(), kind: "regression" }],
    ["strategy", { ...exampleTrial(), kind: "continual" }],
    ["dataset.longTail.ratio", {
      ...exampleTrial(),
      dataset: { name: "a", longTail: { ratio: 0 } },
    }],
    ["dataset.name", { ...exampleTrial(), dataset: { name: "../mnist" } }],
    ['dataset: Unrecognized key: "traincount"', {
      ...exampleTrial(),
      dataset: { name: "mnist", traincount: 5 },
    }],
    ["the whole value", null],
  ];
  for (const [message, value] of wrong) assertThrows(() => parseTrial(value), TypeError, message);
});
