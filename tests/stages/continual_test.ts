/** The stage of continual learning: what a trial's record holds, and what is refused before anything runs. */
import { join } from "node:path";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import { readdirSync } from "node:fs";
import { type BenchmarkOptions, classIncremental, makeScenario } from "../../lib/continual/mod.ts";
import { highErrorMargin, type Loss } from "../../lib/losses/mod.ts";
import { planOf } from "../../lib/reproduction/mod.ts";
import { columnsOf, lossOf } from "../../lib/stages/continual_work.ts";
import { loadRunner, stageDefinition } from "../../lib/stages/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import {
  conditionOf,
  type ContinualTrial,
  openStore,
  stageKey,
  type Trial,
  trialId,
} from "../../lib/trials/mod.ts";
import { smallDataset } from "../continual/small_benchmark.ts";

const runTrial = await loadRunner();
const planned = planOf("5.3", "smoke")
  .find(({ trial }) => conditionOf(trial) === "split_mnist/ewc/hem")!;
const trial = {
  ...planned.trial as ContinualTrial,
  dataset: { name: "mnist", trainCount: 200, testCount: 100 },
};

Deno.test("a continual trial stores the accuracy matrix, the accuracies at the end, transfer and importances", async () => {
  const data = await Deno.makeTempDir();
  const { stages } = planned;
  assertEquals(await runTrial({ trial, stages }, { data }), "done");
  const record = openStore({ data }).get(trialId(trial), stages[0]!)!;
  assertEquals(record.outcome.name, "finished");
  assertEquals(record.weights?.role, "made");
  const matrix = record.rows.filter(({ metric }) => metric === "accuracy");
  // Before any training, and after each of five experiences, on five experiences.
  assertEquals(matrix.length, 6 * 5);
  const alone = (name: string) =>
    record.rows.find(({ metric, at }) => metric === name && at === undefined)!.value;
  const last = matrix.filter(({ at }) => at!.experience === 5).map(({ value }) => value);
  assertAlmostEquals(alone("average_accuracy"), last.reduce((a, b) => a + b) / 5);
  for (const metric of ["final_accuracy", "forgetting", "backward_transfer", "forward_transfer"]) {
    assert(Math.abs(alone(metric)) <= 1, metric);
  }
  const importances = record.rows.filter(({ metric }) => metric === "importance");
  assertEquals(importances.map(({ at }) => at!.experience), [1, 2, 3, 4, 5]);
  assertEquals(record.facts?.scenario, "task_incremental");
  assertEquals(record.facts?.head, "a head per task (clean)");
  await Deno.remove(data, { recursive: true });
});

Deno.test("a continual trial whose checkpoints cannot be used begins anew, and names what it has put aside", async () => {
  const { stages } = planned;
  const rowsIn = async (data: string) => {
    const notes: string[] = [];
    const end = await runTrial({ trial, stages }, { data, onNote: (note) => notes.push(note) });
    assertEquals(end, "done");
    const { rows, weights } = openStore({ data }).get(trialId(trial), stages[0]!)!;
    const numbers = rows.filter(({ metric }) => metric !== "seconds");
    return { numbers, weights, notes: notes.join("; ") };
  };
  const folder = await Deno.makeTempDir();
  const whole = await rowsIn(join(folder, "whole"));
  const damages: [files: Record<string, string>, named: RegExp][] = [
    [{ "experience_1.safetensors": "not whole" }, /experience_1.safetensors cannot be used/],
    // Of the second experience, with nothing or half of what was measured after the first.
    [{ "experience_2.safetensors": "not whole" }, /experiences.json/],
    [{ "experience_2.safetensors": "not whole", "experiences.json": "{" }, /experiences.json/],
  ];
  for (const [i, [files, named]] of damages.entries()) {
    const data = join(folder, String(i));
    const run = openStore({ data }).runFolder(trialId(trial));
    const scratch = join(run, stageKey(stages[0]!));
    await Deno.mkdir(scratch, { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(scratch, name), text);
    }
    const { notes, ...found } = await rowsIn(data);
    assertEquals(found, { numbers: whole.numbers, weights: whole.weights });
    assert(named.test(notes), notes);
  }
  await Deno.remove(folder, { recursive: true });
});

for (const [strategy, experience] of [["naive", 1], ["joint", 5]] as const) {
  Deno.test(`a continual trial (${strategy}) that diverges says after how many epochs, and what they gave`, async () => {
    const { stages } = planned;
    const data = await Deno.makeTempDir();
    const recipe: Trial["recipe"] = {
      ...trial.recipe,
      epochs: 2,
      // Joint training learns whole batches of one task.
      batchSize: 16,
      optimizer: { name: "sgd", learningRate: 1e-3 },
      // From the second epoch of the first experience on the rate is beyond all bounds.
      schedule: { name: "steps", milestones: [1], factor: 1e30 },
    };
    const diverges = { ...trial, recipe, strategy: { name: strategy } };
    const notes = new Set<string>();
    const onProgress = (_: number, __: number, note: string) => notes.add(note);
    assertEquals(await runTrial({ trial: diverges, stages }, { data, onProgress }), "done");
    assertEquals(notes.has("all experiences"), strategy === "joint");
    const { outcome, rows, weights } = openStore({ data }).get(trialId(diverges), stages[0]!)!;
    // Found in a loss, or in logits when the experience is measured.
    assert(outcome.name === "diverged" && [1, 2].includes(outcome.epoch) && outcome.step > 0);
    assertEquals(weights, undefined);
    assertEquals(
      rows.filter(({ metric }) => metric === "loss").map(({ at }) => at),
      [1, 2].slice(0, outcome.epoch).map((epoch) => ({ experience, epoch })),
    );
    await Deno.remove(data, { recursive: true });
  });
}

Deno.test("a continual trial's work counts the passes for importances, the teacher's, and the tests of joint training", () => {
  const [stage] = planned.stages;
  const recipe = { ...trial.recipe, epochs: 3, batchSize: 20 };
  const workOf = (name: string, options = {}, change: Partial<ContinualTrial> = {}) => {
    const { learnt, seen } = stageDefinition("continual")
      .work({ ...trial, recipe, ...change, strategy: { name, options } }, stage!)!;
    return [learnt, seen];
  };
  // 200 images to learn and 100 to test, in five experiences.
  assertEquals(workOf("naive"), [3 * 200, 6 * 100]);
  assertEquals(workOf("joint"), [3 * 200, 2 * 100]);
  assertEquals(workOf("ewc"), [4 * 200, 6 * 100]);
  assertEquals(workOf("lwf"), [3 * 200, 6 * 100 + 3 * 160]);
  assertEquals(workOf("replay", { memoryBatch: 10 }), [3 * 200 * 1.5, 6 * 100]);
  const benchmark = { ...trial.benchmark, name: "permuted" as const };
  assertEquals(workOf("lfl", {}, { benchmark }), [3 * 1000, 6 * 500 + 3 * 800]);
});

Deno.test("an experience's logits are its classes' ids, or their places where each experience begins at 0", () => {
  const made = (options: Omit<BenchmarkOptions, "experiences" | "seed">) => {
    const scenario = makeScenario(smallDataset(), { ...options, experiences: 2, seed: 5 });
    return { found: columnsOf(scenario), ids: scenario.experiences };
  };
  const permuted = made({ name: "permuted", scenario: "domain_incremental" });
  assertEquals(permuted.found, [[0, 1, 2, 3], [0, 1, 2, 3]]);
  for (const headMode of ["clean", "avalanche"] as const) {
    const { found, ids } = made({ name: "split", scenario: "task_incremental", headMode });
    assertEquals(found, headMode === "clean" ? [[0, 1], [0, 1]] : ids);
  }
  const classes = made({ name: "split", scenario: "class_incremental" });
  assertEquals(classes.found, classes.ids);
  assertNotEquals(classes.ids, [[0, 1], [0, 1]]);
  const domains = made({ name: "split", scenario: "domain_incremental" });
  assertEquals(domains.found, [[0, 1], [0, 1]]);
});

Deno.test("HEM's margin is that of the data set's images, or of the first experience's where the trial says so", async () => {
  // 15 images of each of four classes.
  const dataset = smallDataset();
  const scenario = classIncremental(dataset, { experiences: 2, seed: 0, classesEach: [3, 1] });
  const logits = tf.tensor2d([[3, -1, 0.5, 2], [0, 40, 1, -2]]);
  const labels = tf.tensor1d([0, 3], "int32");
  const valueOf = async (loss: Loss) => {
    const value = tf.tidy(() => loss(logits, labels));
    const [number] = await value.data();
    value.dispose();
    return number!;
  };
  for (const [samples, count] of [["dataset", 60], ["experience", 45]] as const) {
    const found = await valueOf(lossOf(trial, dataset, scenario, samples));
    assertEquals(found, await valueOf(highErrorMargin({ margin: Math.sqrt(2000 / count) })));
  }
  tf.dispose([logits, labels]);
});

function onlineReplay(memory: { capacity: number; memoryBatch: number }): Partial<ContinualTrial> {
  return {
    benchmark: { ...trial.benchmark, scenario: "class_incremental", options: {} },
    strategy: { name: "replay", options: { mode: "online", ...memory } },
  };
}

const wrong: [what: string, change: Partial<ContinualTrial>, message: string][] = [
  [
    "a loss with a number for each class, and heads that grow",
    {
      loss: { name: "la" },
      benchmark: { ...trial.benchmark, options: { headMode: "avalanche" } },
    },
    "the network gives logits of those seen so far",
  ],
  ...(["la", "hem_plus"] as const).map((name): typeof wrong[number] => [
    `the loss ${name} of the first experience's images`,
    {
      loss: { name },
      benchmark: {
        ...trial.benchmark,
        scenario: "class_incremental",
        options: { marginSamples: "experience" },
      },
    },
    "leave out marginSamples",
  ]),
  [
    "samples that are skipped",
    { recipe: { ...trial.recipe, skipLearnt: true } },
    "take skipLearnt out of the recipe",
  ],
  [
    "all images of a class held out",
    {
      benchmark: {
        ...trial.benchmark,
        options: { heldOut: 0.6, imageOrder: "class" },
      },
    },
    "holds out all images of the class",
  ],
  ["LFL on split tasks", { strategy: { name: "lfl", options: { lambda: 1 } } }, "not for task"],
  [
    "classes that cannot be shared",
    { benchmark: { ...trial.benchmark, experiences: 3 } },
    "give a divisor of 10 as the number of experiences",
  ],
  [
    "an unknown option of the benchmark",
    { benchmark: { ...trial.benchmark, options: { heads: "clean" } } },
    "heads",
  ],
  [
    "a normalisation that there is not",
    { benchmark: { ...trial.benchmark, options: { normalisation: "imagenet" } } },
    "normalisation: Invalid option",
  ],
  [
    "experiences of one class, each with a head",
    { benchmark: { ...trial.benchmark, experiences: 10 } },
    "its head has one class",
  ],
  [
    "online replay in several epochs",
    {
      ...onlineReplay({ capacity: 100, memoryBatch: 10 }),
      recipe: { ...trial.recipe, epochs: 2, batchSize: 10 },
    },
    "once, not in 2 epochs",
  ],
  [
    "a memory smaller than the number of classes",
    {
      ...onlineReplay({ capacity: 9, memoryBatch: 4 }),
    },
    "a memory needs room for each of the 10 classes",
  ],
  [
    "an experience without images of a class",
    { dataset: { name: "mnist", trainCount: 3, testCount: 100 } },
    "has no training image of class",
  ],
  [
    "a batch larger than an experience that is learnt in whole batches",
    {
      ...onlineReplay({ capacity: 100, memoryBatch: 10 }),
      recipe: { ...trial.recipe, epochs: 1, batchSize: 150 },
    },
    "fewer than the batch of 150",
  ],
  [
    "a network with one head only",
    { network: { name: "lenet" } },
    "has one head",
  ],
];
for (const [what, change, message] of wrong) {
  Deno.test(`a continual trial with ${what} is refused before anything runs`, async () => {
    const data = await Deno.makeTempDir();
    const tensors = tf.memory().numTensors;
    const { stages } = planned;
    await assertRejects(
      () => runTrial({ trial: { ...trial, ...change }, stages }, { data }),
      Error,
      message,
    );
    assertEquals(tf.memory().numTensors, tensors);
    const left = readdirSync(data, { recursive: true }).map(String);
    assertEquals(left.filter((path) => /\.(json|safetensors)$/.test(path)), []);
    await Deno.remove(data, { recursive: true });
  });
}
