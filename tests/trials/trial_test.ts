import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import {
  canonicalForm,
  parseTrial,
  scaleOfId,
  type Trial,
  trialId,
  trialSeed,
} from "../../lib/trials/mod.ts";
import { exampleTrial } from "./examples.ts";

/** The same value with the keys of every object in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).reverse().map(([k, v]) => [k, reversed(v)]));
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
    section: exampleTrial({ section: "B.1" }),
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
  assertEquals(scaleOfId("../../etc"), undefined);
  assertEquals(scaleOfId("mnist-lenet-hem-large-t0-00000000"), undefined);
});

Deno.test("trialSeed() is the same for all losses, scales and recipes of a repeat", () => {
  const seed = trialSeed(exampleTrial());
  for (const field of ["loss", "lossOptions", "scale", "epochs", "learningRate", "trainCount"]) {
    assertEquals(trialSeed(changed[field]!), seed, field);
  }
});

Deno.test("trialSeed() differs between repeats, networks, data sets and sections", () => {
  const seeds = ["index", "network", "dataset", "section"].map((f) => trialSeed(changed[f]!));
  assertEquals(new Set([trialSeed(exampleTrial()), ...seeds]).size, 5);
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
    ["dataset.name", { ...exampleTrial(), dataset: { name: "../mnist" } }],
    ['dataset: Unrecognized key: "traincount"', {
      ...exampleTrial(),
      dataset: { name: "mnist", traincount: 5 },
    }],
    ["the whole value", null],
  ];
  for (const [message, value] of wrong) assertThrows(() => parseTrial(value), TypeError, message);
});
