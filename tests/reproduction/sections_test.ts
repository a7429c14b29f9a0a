import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { dirname, matchesGlob } from "node:path";
import {
  flopsOf,
  noTrials,
  planOf,
  planReproduction,
  reproduce,
  secondsOf,
} from "../../lib/reproduction/mod.ts";
import { conditionOf, openStore, trialId, weightsFile } from "../../lib/trials/mod.ts";
import { recordsFor } from "../reporting/synthetic.ts";
import { withFolder } from "../with_folder.ts";

const network = {
  parameters: 10,
  trainedParameters: 10,
  macs: 1000,
  trainingMacs: 1000,
  keptBytes: 8,
};
const device = { name: "cpu", flopsPerSecond: 1e6, threads: 2, memory: 1000 };
const costs = { networkOf: () => network, device };

Deno.test("planReproduction() shows what waits for data with its cost and its reason, and does not run it", () =>
  withFolder(async (data) => {
    const plan = await planReproduction(["5.1"], {
      scale: "paper",
      data,
      costs,
      missingData: (dataset) => dataset === "mnist" ? undefined : `get ${dataset}`,
    });
    assertEquals(plan.tasks.length, 75);
    assertEquals(plan.conditions.length, 15);
    assertEquals(plan.conditions.reduce((sum, { trials }) => sum + trials, 0), 335);
    const resnet = plan.conditions.find(({ condition }) => condition === "cifar10/resnet32")!;
    assertEquals([resnet.missing, resnet.losses.length, resnet.repeats, resnet.pending], [
      "get cifar10",
      5,
      5,
      25,
    ]);
    assertEquals(flopsOf(resnet).training, 6 * 1000 * 110 * 50_000);
    const seconds = resnet.stages.map((stage) => stage.seconds!).reduce((a, b) => a + b);
    assertAlmostEquals(secondsOf(resnet)!, seconds, 1e-9);
    assertEquals(resnet.stages.map(({ stage }) => stage), [
      "training",
      "clean",
      "corrupt",
      "unknown",
      "attack",
    ]);
    // 3 x 40 bytes of weights, gradients and momentum leave 880 for images of 3 x 8 bytes: 36; in parts 840: 35.
    assertEquals(resnet.fittingBatch, 32);
    const lenet = plan.conditions.find(({ condition }) => condition === "mnist/lenet")!;
    assertEquals(lenet.missing, undefined);
  }));

Deno.test("planReproduction() waits for no data of trials that are stored, and misses none", () =>
  withFolder(async (data) => {
    const options = {
      ...{ scale: "paper", data, trials: 1, only: "cifar10/resnet32/{ce,hem}" } as const,
      missingData: () => "get it",
    };
    const planned = planOf("5.1", "paper", { repeats: 1 })
      .filter(({ trial }) => /^cifar10\/resnet32\/(ce|hem)$/.test(conditionOf(trial)));
    const [ce, hem] = planned as [typeof planned[0], typeof planned[0]];
    const store = openStore({ data });
    const look = async () => {
      const { tasks, waiting, missing, conditions } = await planReproduction(["5.1"], options);
      return [tasks.length, waiting.length, missing.length, conditions[0]!.missing];
    };
    for (const record of recordsFor([ce], () => ({ rows: [] }))) store.write(record);
    assertEquals(await look(), [1, 1, 1, "get it"]);
    for (const record of recordsFor([hem], () => ({ rows: [] }))) store.write(record);
    assertEquals(await look(), [2, 0, 0, undefined]);
  }));

Deno.test("planReproduction() knows no FLOPs and no memory where nothing was measured", () =>
  withFolder(async (data) => {
    const { conditions } = await planReproduction(["5.1"], { scale: "paper", data });
    for (const plan of conditions) {
      assertEquals([plan.network, plan.memory, plan.fittingBatch], [
        undefined,
        undefined,
        undefined,
      ]);
      assertEquals(flopsOf(plan), {});
      assertEquals(secondsOf(plan) !== undefined, plan.condition.startsWith("mnist/"));
    }
  }));

Deno.test("planReproduction() counts of begun trials what is left of them, and a training that runs again", () =>
  withFolder(async (data) => {
    const planned = planOf("5.1", "paper", { repeats: 1 })
      .filter(({ trial }) => conditionOf(trial) === "cifar10/resnet32/hem");
    const store = openStore({ data });
    for (const record of recordsFor(planned, () => ({ rows: [] }))) {
      if (record.stage.name !== "clean") store.write(record);
    }
    const plan = async () => {
      const { conditions, tasks } = await planReproduction(["5.1"], {
        ...{ scale: "paper", data, costs, trials: 1, only: "cifar10/resnet32/hem" },
      });
      assertEquals(conditions[0]!.left.seconds, tasks[0]!.seconds);
      return conditions[0]!;
    };
    const clean = 2 * 1000 * 10_000;
    const retrained = await plan();
    assertEquals(retrained.left.flops, flopsOf(retrained).training! + clean);
    const weights = weightsFile(store, trialId(planned[0]!.trial));
    await Deno.mkdir(dirname(weights), { recursive: true });
    await Deno.writeTextFile(weights, "");
    assertEquals((await plan()).left.flops, clean);
  }));

const trialsOf = (options = {}) => planOf("5.1", "paper", options).map(({ trial }) => trial);

Deno.test("planOf() takes a micro-batch into the trials' identity, where it is less than a batch", () => {
  const ids = (microBatch?: number) =>
    trialsOf(microBatch === undefined ? {} : { microBatch }).map(trialId);
  assertEquals(ids(512), ids());
  const [whole, parts] = [ids(), ids(256)];
  trialsOf().forEach(({ recipe }, i) => {
    if (recipe.batchSize > 256) assertNotEquals(parts[i], whole[i]);
    else assertEquals(parts[i], whole[i]);
  });
  const resnet50 = trialsOf({ microBatch: 64 })
    .find(({ network }) => network.name === "resnet50")!;
  assertEquals([resnet50.recipe.batchSize, resnet50.recipe.microBatch], [512, 64]);
});

Deno.test("reproduce() in a cell runs nothing while notebooks are executed as a whole", () => {
  Deno.env.set(noTrials, "1");
  try {
    assertStringIncludes(reproduce("5.1", { only: "mnist/lenet/*" }), "nothing is trained");
  } finally {
    Deno.env.delete(noTrials);
  }
});

Deno.test("a notebook's cell that runs trials has some at every scale that its section has", async () => {
  const folder = new URL("../../notebooks/", import.meta.url);
  let count = 0;
  for (const { name } of Deno.readDirSync(folder)) {
    if (!name.endsWith(".ipynb")) continue;
    const notebook = JSON.parse(await Deno.readTextFile(new URL(name, folder)));
    for (const cell of notebook.cells) {
      const source = cell.source.join("");
      const section = source.match(/\breproduce\("([^"]+)"/)?.[1];
      if (cell.cell_type !== "code" || section === undefined) continue;
      count++;
      // What the cell says of `only`, by itself or with a name: an expression of the scale.
      const chosen =
        source.match(/\bonly\s*[:=]\s*((?:"[^"]*"|[^";}])*?)(?:;|,\s*\w+:|\s*\})/)?.[1] ??
          '"*/*/*"';
      const globsAt = new Function("scale", `return [${chosen}].flat();`);
      for (const scale of ["preview", "short", "paper"] as const) {
        const globs: string[] = globsAt(scale);
        const trials = planOf(section, scale).map(({ trial }) => conditionOf(trial));
        const isRun = trials.some((trial) => globs.some((glob) => matchesGlob(trial, glob)));
        assertEquals(isRun, trials.length > 0, `${name} at scale ${scale}: ${globs}`);
      }
    }
  }
  assert(count >= 8);
});

Deno.test("reproduce() in a cell refuses numbers that cannot be at once, before any process", () => {
  const wrong = [{ trials: 0 }, { trials: 1.5 }, { trials: NaN }, { jobs: 0 }, { jobs: -1 }, {
    microBatch: 0,
  }, { microBatch: Infinity }];
  for (const options of wrong) {
    const start = performance.now();
    assertThrows(() => reproduce("5.1", { scale: "smoke", ...options }), RangeError, "at least 1");
    // A process takes longer to start.
    assert(performance.now() - start < 100);
  }
});

Deno.test("planReproduction() runs a condition whose namesake is no part of the scale", () =>
  withFolder(async (data) => {
    const plan = await planReproduction(["assumptions"], {
      scale: "preview",
      only: "mnist/lenet/*",
      data,
      costs,
    });
    assert(plan.missing.some(({ condition, excluded }) => condition === "mnist/lenet" && excluded));
    assertEquals(plan.waiting, []);
    assertEquals(
      plan.tasks.map(({ trial }) => trial.variant),
      [undefined, "extra=prelu", "extra=plain", undefined, "extra=prelu", "extra=plain"],
    );
  }));

Deno.test("a plan has each trial in one line, and of a stage's variant that stage alone", () =>
  withFolder(async (data) => {
    const options = { scale: "preview", data, costs } as const;
    const total = (conditions: readonly { trials: number }[]) =>
      conditions.reduce((sum, { trials }) => sum + trials, 0);
    const all = await planReproduction(["B.1", "B.2", "assumptions"], options);
    assertEquals(total(all.conditions), all.tasks.length);
    const only = "mnist/mlp/hem@iterations=100";
    const one = await planReproduction(["assumptions"], { ...options, only });
    assertEquals(total(one.conditions), 2);
    const stages = one.conditions.flatMap((condition) => condition.stages);
    assertEquals(stages.map(({ stage }) => stage), ["training", "attack"]);
    for (const task of one.tasks) {
      assertEquals(task.stages.map(({ variant }) => variant), [undefined, "iterations=100"]);
    }
  }));
