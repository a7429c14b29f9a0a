import { assertEquals, assertThrows } from "@std/assert";
import { experiments } from "../../lib/experiments/mod.ts";
import { conditionsAt, missingConditions, planOf, select } from "../../lib/reproduction/mod.ts";
import {
  conditionOf,
  parseTrial,
  type Scale,
  scales,
  type Stage,
  type Trial,
  trialId,
  withEpochs,
} from "../../lib/trials/mod.ts";

const section51 = experiments["5.1"]!;

const trialsOf = (section: string, scale: Scale, options = {}): Trial[] =>
  planOf(section, scale, options).map(({ trial }) => trial);

const conditionOfNetwork = (dataset: string, network: string) =>
  section51.conditions.find(({ trial }) =>
    trial.dataset.name === dataset && trial.network.name === network
  )!;

/** Table 2 of the paper as the project's data holds it: `data set,network,parameters`. */
function table2(): Map<string, number> {
  const text = Deno.readTextFileSync(new URL("../../data/paper/table_02.csv", import.meta.url));
  const [header, ...lines] = text.trim().split("\n").map((line) => line.split(","));
  const column = (name: string) => header!.indexOf(name);
  return new Map(lines.map((cells) => [
    `${cells[column("data")]}/${cells[column("network")]}`,
    Number(cells[column("parameters")]),
  ]));
}

Deno.test("section 5.1 has the fifteen conditions of Table 2 with its parameter counts", () => {
  const ours = section51.conditions.map(({ parameters }) => parameters);
  assertEquals(ours.length, 15);
  assertEquals([...table2().values()].sort(), [...ours].sort());
});

Deno.test("section 5.1 has the training settings of A.1.4", () => {
  const recipeOf = (dataset: string, network: string) =>
    conditionOfNetwork(dataset, network).recipe;
  const { epochs, batchSize, optimizer, schedule } = recipeOf("mnist", "convnet");
  assertEquals([epochs, batchSize, optimizer.name, schedule.name], [20, 128, "adam", "constant"]);
  const cifar = recipeOf("cifar10", "resnet32");
  assertEquals(cifar.epochs, 110);
  assertEquals(cifar.optimizer, {
    name: "sgd",
    learningRate: 0.1,
    momentum: 0.9,
    weightDecay: 5e-4,
  });
  assertEquals(cifar.schedule, { name: "steps", milestones: [100, 105], factor: 0.1 });
  assertEquals(recipeOf("cifar10", "mobilenet_v3_small").optimizer.learningRate, 0.02);
  assertEquals(recipeOf("cifar100", "mobilenet_v3_large").optimizer.learningRate, 0.02);
  const tiny = recipeOf("tiny_imagenet", "inception");
  assertEquals([tiny.epochs, tiny.optimizer], [200, cifar.optimizer]);
  assertEquals(tiny.schedule, { name: "steps", milestones: [50, 100, 150], factor: 0.1 });
  const resnet50 = recipeOf("imagenet", "resnet50");
  assertEquals([resnet50.epochs, resnet50.batchSize], [100, 512]);
  assertEquals(resnet50.optimizer.weightDecay, 1e-4);
  assertEquals(resnet50.schedule, { name: "steps", milestones: [25, 50, 75], factor: 0.1 });
  assertEquals(recipeOf("imagenet", "swin_v2_t").schedule, {
    name: "exponential_warmup",
    epochs: 5,
  });
  assertEquals(recipeOf("imagenet", "vit_b_16").schedule, {
    name: "exponential_warmup",
    epochs: 10,
  });
});

Deno.test("section 5.1 repeats as A.1.4 says: five times, on ImageNet1k three times or once", () => {
  const repeats = section51.conditions.map(({ repeats }) => repeats);
  assertEquals(repeats, [5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 3, 3, 1]);
});

Deno.test("trialsOf() gives valid trials, all different, of every scale", () => {
  const all = scales.flatMap((scale) => trialsOf("5.1", scale));
  for (const trial of all) assertEquals(parseTrial(trial), trial);
  assertEquals(new Set(all.map(trialId)).size, all.length);
});

Deno.test("trialsOf() at the paper's scale takes the paper's settings, with nothing left out", () => {
  const trials = trialsOf("5.1", "paper");
  // Twelve networks five times, two three times, one once; five losses each.
  assertEquals(trials.length, 5 * (12 * 5 + 2 * 3 + 1));
  for (const { dataset, network, loss, recipe } of trials) {
    const condition = conditionOfNetwork(dataset.name, network.name);
    assertEquals(Object.keys(dataset), ["name"]);
    const isLonger = network.name === "swin_v2_t" && loss.name === "ce";
    const schedule = { name: "exponential_warmup", epochs: 10 } as const;
    assertEquals(recipe, isLonger ? { ...condition.recipe, schedule } : condition.recipe);
  }
});

Deno.test("trialsOf() warms SwinT up for ten epochs with CE alone (A.1.4, footnote e)", () => {
  const swin = trialsOf("5.1", "paper").filter(({ network }) => network.name === "swin_v2_t");
  for (const { loss, recipe } of swin) {
    const epochs = loss.name === "ce" ? 10 : 5;
    assertEquals(recipe.schedule, { name: "exponential_warmup", epochs });
    assertEquals([recipe.epochs, recipe.batchSize, recipe.optimizer.name], [100, 256, "adamw"]);
  }
});

Deno.test("trialsOf() has every condition with every loss at the smoke scale, the preview MNIST's", () => {
  assertEquals(trialsOf("5.1", "smoke").length, 15 * 5);
  assertEquals(trialsOf("5.1", "preview").length, 3 * 5);
  const standIns = trialsOf("5.1", "smoke").filter(({ dataset }) => dataset.standIn);
  assertEquals(new Set(standIns.map(({ dataset }) => dataset.name)).size, 4);
});

Deno.test("missingConditions() says why a condition does not run, where its data is needed", () => {
  const missingData = (dataset: string) => dataset === "cifar10" ? "not here" : undefined;
  const ofPaper = missingConditions(conditionsAt(section51, "paper"), { missingData });
  assertEquals(ofPaper.map(({ condition }) => condition), [
    "cifar10/resnet32",
    "cifar10/mobilenet_v3_small",
    "cifar10/wrn22_10",
  ]);
  assertEquals(ofPaper[0]!.reason, "not here");
  assertEquals(missingConditions(conditionsAt(section51, "smoke"), { missingData }), []);
  assertEquals(missingConditions(conditionsAt(section51, "preview")).length, 12);
  const globs = ["cifar10/resnet32/*"];
  const [one, ...others] = missingConditions(conditionsAt(section51, "preview"), { globs });
  assertEquals([one!.condition, others], ["cifar10/resnet32", []]);
});

Deno.test("trialsOf() makes as many repeats as asked for", () => {
  for (const scale of scales) {
    const conditions = {
      smoke: 15,
      preview: 3,
      short: conditionsAt(section51, "short").filter((one) => one.excluded === undefined).length,
      paper: 15,
    }[scale];
    assertEquals(trialsOf("5.1", scale, { repeats: 3 }).length, conditions * 5 * 3);
  }
});

Deno.test("trialsOf() gives the losses of a condition and repeat the same seed", () => {
  const trials = trialsOf("5.1", "paper");
  const seeds = new Map<string, Set<number>>();
  for (const trial of trials) {
    const key = `${trial.dataset.name} ${trial.network.name} ${trial.index}`;
    seeds.set(key, (seeds.get(key) ?? new Set()).add(trial.seed));
  }
  assertEquals([...seeds.values()].map((set) => set.size), new Array(seeds.size).fill(1));
  assertEquals(new Set([...seeds.values()].flatMap((set) => [...set])).size, seeds.size);
});

Deno.test("trialsOf() names the sections there are when asked for another", () => {
  assertThrows(() => trialsOf("7", "paper" as Scale), RangeError, "5.1");
});

Deno.test("withEpochs() stretches milestones with the epochs", () => {
  const { recipe } = conditionOfNetwork("cifar10", "resnet32");
  const short = withEpochs(recipe, 11);
  assertEquals(short.epochs, 11);
  // 100/110 and 105/110 of 11 epochs.
  assertEquals(short.schedule, { name: "steps", milestones: [10, 10.5], factor: 0.1 });
  assertEquals(withEpochs(recipe, recipe.epochs), recipe);
});

Deno.test("select() takes what any of the globs names, variants too", () => {
  const conditions = conditionsAt(section51, "paper");
  const names = (globs: string[]) => {
    const selected = planOf("5.1", "paper").flatMap(select(conditions, globs));
    return [...new Set(selected.map(({ trial }) => conditionOf(trial)))];
  };
  assertEquals(names(["mnist/lenet/hem", "*/resnet32/{ce,ln}"]), [
    "mnist/lenet/hem",
    "cifar10/resnet32/ce",
    "cifar10/resnet32/ln",
  ]);
  assertEquals(names([]).length, 75);
  const [first] = planOf("5.1", "paper");
  const trial = { ...first!.trial, loss: { name: "hem" as const }, variant: "margin=0.5" };
  const variant = { ...first!, trial };
  const one = { ...conditions[0]!, planned: [variant] };
  assertEquals(select([one], ["mnist/lenet/hem@*"])(variant), [variant]);
  assertThrows(() => select([one], ["mnist/lenet/hem"]), RangeError, "hem@margin=0.5");
  // A stage's variant names that stage of the trial, and the one that makes its weights.
  const [training, clean] = first!.stages as [Stage, Stage];
  const other = { ...clean, variant: "rounding=truncate" };
  const measured = { ...first!, stages: [training, clean, other] };
  const planned = [measured, variant];
  const stagesOf = (...globs: string[]) =>
    planned.flatMap(select([{ ...conditions[0]!, planned }], globs)).map(({ stages }) => stages);
  assertEquals(stagesOf("mnist/lenet/*@rounding=truncate"), [[training, other]]);
  assertEquals(stagesOf("mnist/lenet/ce"), [[training, clean]]);
  assertEquals(stagesOf("mnist/lenet/ce*"), [[training, clean, other]]);
});

Deno.test("select() refuses a glob that names nothing, and lists what there is", () => {
  const conditions = conditionsAt(section51, "preview");
  for (const glob of ["mnist/*/hemm", "mnist", "", "mnist/lenet/la", "../*"]) {
    assertThrows(() => select(conditions, ["mnist/*/hem", glob]), RangeError, "mnist/lenet");
  }
  // A condition that is no part of the scale is named all the same.
  select(conditions, ["cifar10/resnet32/hem"]);
});
