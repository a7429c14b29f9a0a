import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { presets } from "../../lib/attacks/mod.ts";
import {
  durationsOf,
  estimateStage,
  fittingBatch,
  type NetworkWork,
  stageFlops,
  trainingMemory,
} from "../../lib/reproduction/mod.ts";
import { stageDefinition } from "../../lib/stages/mod.ts";
import type { Trial } from "../../lib/trials/mod.ts";
import { exampleRecord, exampleStages, exampleTrial } from "../trials/examples.ts";

const cifar = exampleTrial({ dataset: { name: "cifar10" }, network: { name: "resnet32" } });
const recipe = {
  ...cifar.recipe,
  epochs: 110,
  optimizer: { name: "sgd", learningRate: 0.1, momentum: 0.9 },
} as const;
const trial: Trial = { ...cifar, recipe: { ...recipe, threads: 2 } };
const network: NetworkWork = {
  parameters: 1000,
  trainedParameters: 900,
  macs: 68_862_592,
  trainingMacs: 68_862_592,
  keptBytes: 500,
};

const [training] = exampleStages("training");

function workOf(of: Trial, name: string, settings: Record<string, number> = {}) {
  const [stage] = exampleStages(name);
  return stageDefinition(name).work(of, {
    ...stage!,
    settings: { ...stage!.settings, ...settings },
  });
}

Deno.test("a stage's work counts its images (A.1.2)", () => {
  const none = { learnt: 0, seen: 0, corrupted: 0, unknown: 0 };
  assertEquals(workOf(trial, "training"), { ...none, learnt: 110 * 50_000 });
  assertEquals(workOf(trial, "clean"), { ...none, seen: 10_000 });
  // 19 corruptions at five severities.
  assertEquals(workOf(trial, "corrupt"), { ...none, seen: 950_000, corrupted: 950_000 });
  assertEquals(workOf(trial, "unknown"), { ...none, seen: 80_000, unknown: 70_000 });
  assertEquals(workOf(exampleTrial({ dataset: { name: "unheard_of" } }), "clean"), undefined);
  const dataset = { name: "cifar10", trainCount: 8, testCount: 2, unknownCount: 3 };
  assertEquals(workOf({ ...trial, dataset }, "unknown"), { ...none, seen: 23, unknown: 21 });
});

Deno.test("the attack's work is that of the preset's iterations and queries, of as many images as there are", () => {
  const { iterations, targets, queries } = presets.torchattacks;
  const seen = (settings = {}) => workOf(trial, "attack", settings)!.seen - 10_000;
  const later = 3 * iterations * targets + 4 * iterations * targets + queries;
  // Less than everything withstanding everything, more than nothing withstanding the first attack; both norms.
  assert(seen() > 32 * 2 * 3 * iterations && seen() < 32 * 2 * (3 * iterations + later));
  assertEquals(seen({ images: 64 }), 2 * seen());
  assertEquals(seen({ images: 20_000 }), seen({ images: 10_000 }));
  assert(seen({ iterations: 2 * iterations }) > seen());
  assert(seen({ queries: 0 }) < seen());
});

Deno.test("stageFlops() is six per multiplication learnt from, two per one seen, eight in parts", () => {
  const flops = stageFlops(workOf(trial, "training")!, trial.recipe, network);
  assertEquals(flops, 6 * 110 * 50_000 * 68_862_592);
  // The cost of a run as estimated by hand elsewhere: 2.3e15.
  assertEquals(Number(flops.toPrecision(2)), 2.3e15);
  const inParts = { ...trial.recipe, microBatch: 32 };
  assertEquals(stageFlops(workOf(trial, "training")!, inParts, network), flops * 4 / 3);
  const whole = { ...trial.recipe, microBatch: 128 };
  assertEquals(stageFlops(workOf(trial, "training")!, whole, network), flops);
  assertEquals(
    stageFlops(workOf(trial, "clean")!, trial.recipe, network),
    2 * 10_000 * 68_862_592,
  );
});

Deno.test("trainingMemory() has four bytes a number: weights, gradients, the optimiser's, activations", () => {
  assertEquals(trainingMemory(trial.recipe, network), {
    parameters: 4000,
    gradients: 3600,
    optimizer: 3600,
    activations: 128 * 500,
    temporary: 2 * 64_000,
    total: 4000 + 3600 + 3600 + 3 * 64_000,
  });
  const adam = { ...trial.recipe, optimizer: { name: "adamw", learningRate: 1e-3 } } as const;
  assertEquals(trainingMemory(adam, network).optimizer, 2 * 3600);
  const plain = { ...trial.recipe, optimizer: { name: "sgd", learningRate: 1 } } as const;
  assertEquals(trainingMemory(plain, network).optimizer, 0);
  // Beside the gradients of a part their sums so far.
  const inParts = trainingMemory({ ...trial.recipe, microBatch: 32 }, network);
  assertEquals([inParts.gradients, inParts.activations], [2 * 3600, 32 * 500]);
});

Deno.test("fittingBatch() is the batch where it fits, else halved until it does", () => {
  const fixed = 4000 + 3600 + 3600;
  assertEquals(fittingBatch(trial.recipe, network, fixed + 3 * 64_000), 128);
  assertEquals(fittingBatch(trial.recipe, network, fixed + 3 * 64_000 - 1), 64);
  assertEquals(fittingBatch(trial.recipe, network, fixed + 3600 + 3 * 500), 1);
  assertEquals(fittingBatch(trial.recipe, network, fixed + 3600 + 3 * 500 - 1), undefined);
});

Deno.test("estimateStage() divides FLOPs by the share of the device's speed that a trial's threads have", () => {
  const device = { name: "cpu", flopsPerSecond: 1e9, threads: 8, memory: 0 };
  const costs = { networkOf: () => network, device };
  const flops = stageFlops(workOf(trial, "training")!, trial.recipe, network);
  const estimate = estimateStage(trial, training!, new Map(), costs)!;
  assertEquals(estimate.basis, "flops");
  assertAlmostEquals(estimate.seconds, flops / 1e9 / (2 / 8), 1e-3);
  const { threads: _, ...gpu } = device;
  const onGpu = estimateStage(trial, training!, new Map(), { ...costs, device: gpu })!;
  assertAlmostEquals(onGpu.seconds, flops / 1e9, 1e-3);
  // What was measured comes first, and the model of MNIST's networks before FLOPs.
  const stored = durationsOf([exampleRecord(trial, "training", { seconds: 5 })]);
  assertEquals(estimateStage(trial, training!, stored, costs)!.seconds, 5);
  const lenet = exampleTrial({ network: { name: "lenet" } });
  assertEquals(estimateStage(lenet, training!, new Map(), costs)!.basis, "model");
});

Deno.test("durationsOf() keeps those of GPUs and of CPUs apart where it is asked to", () => {
  const on = (device: string) => ({
    provenance: { deno: "0", tensorflow: "0", device, threads: 1, platform: "test" },
  });
  const records = [
    exampleRecord(trial, "training", { seconds: 9, ...on("cpu (2 threads)") }),
    exampleRecord(trial, "training", { seconds: 1, ...on("NVIDIA H100 80GB HBM3") }),
  ];
  const seconds = (onGpu?: boolean) => [...durationsOf(records, onGpu).values()];
  assertEquals([seconds(), seconds(true), seconds(false)], [[[9, 1]], [[1]], [[9]]]);
});
