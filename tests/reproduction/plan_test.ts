import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { UnusableFileError, writeAtomically } from "../../lib/files/mod.ts";
import {
  anewOf,
  describePlan,
  describeSeconds,
  durationsOf,
  estimateStage,
  runPlanOf,
  showExecution,
  type Task,
  tasksOf,
} from "../../lib/reproduction/mod.ts";
import {
  type ClassificationTrial,
  openStore,
  type Stage,
  type Trial,
  trialId,
} from "../../lib/trials/mod.ts";
import { exampleRecord, exampleStages, exampleTrial } from "../trials/examples.ts";
import { withFolder } from "../with_folder.ts";

const [training, clean, unknown, corrupt] = exampleStages(
  "training",
  "clean",
  "unknown",
  "corrupt",
) as [Stage, Stage, Stage, Stage];
const stages = [training, clean, unknown];
const planned = (trials: Trial[]) => trials.map((trial) => ({ trial, stages }));
const lenet = (change: Partial<ClassificationTrial> = {}) =>
  exampleTrial({ network: { name: "lenet" }, dataset: { name: "mnist" }, ...change });

Deno.test("estimateStage() takes the median of stored durations of the same work, whatever the loss", () => {
  const records = [3, 100, 4].map((seconds, index) =>
    exampleRecord(lenet({ index, loss: { name: "ce" } }), "training", { seconds })
  );
  const durations = durationsOf(records);
  assertEquals(estimateStage(lenet({ index: 9 }), training, durations), {
    seconds: 4,
    basis: "measured",
  });
  const { recipe } = lenet();
  const longer = lenet({ recipe: { ...recipe, epochs: 2 } });
  assertEquals(estimateStage(longer, training, durations)?.basis, "model");
  assertEquals(estimateStage(lenet({ scale: "paper" }), training, durations)?.basis, "model");
});

Deno.test("estimateStage() does not take the 0 s of a stage that watched a training for measured", () => {
  const [curves] = exampleStages("curves") as [Stage];
  const stored = (...seconds: number[]) =>
    durationsOf(seconds.map((one) => exampleRecord(lenet(), curves, { seconds: one })));
  const byWork = estimateStage(lenet(), curves, stored());
  assert(byWork!.seconds > 0);
  assertEquals(estimateStage(lenet(), curves, stored(0, 0)), byWork);
  assertEquals(estimateStage(lenet(), curves, stored(0, 0, 8))?.seconds, 8);
});

Deno.test("estimateStage() grows with epochs and images, and knows when it knows nothing", () => {
  const cost = (trial: Trial, stage: Stage) => estimateStage(trial, stage, new Map())?.seconds;
  const { recipe } = lenet();
  const once = cost(lenet(), training)!;
  const long = lenet({ recipe: { ...recipe, epochs: 20 } });
  assertAlmostEquals(cost(long, training)!, 20 * once, 1e-9);
  const half = lenet({ dataset: { name: "mnist", trainCount: 30_000 } });
  assertAlmostEquals(cost(half, training)!, once / 2, 1e-9);
  assert(cost(lenet(), unknown)! > cost(lenet(), clean)!);
  // 15 times the test images, which have to be made as well.
  assert(cost(lenet(), corrupt)! > 15 * cost(lenet(), clean)!);
  const tenth = lenet({ dataset: { name: "mnist", testCount: 1000 } });
  assertAlmostEquals(cost(tenth, corrupt)!, cost(lenet(), corrupt)! / 10, 1e-9);
  assertEquals(cost(exampleTrial({ network: { name: "resnet18" } }), training), undefined);
});

Deno.test("runPlanOf() has the first repeat of everything before the second of anything, the cheap first", () =>
  withFolder((data) => {
    const store = openStore({ data });
    const networks = ["unheard_of", "convnet", "mlp"];
    const trials = networks.flatMap((name) =>
      [1, 0].map((index) => lenet({ network: { name }, index }))
    );
    const tasks = tasksOf(planned(trials), { store });
    const plan = runPlanOf(tasks, { scale: "smoke", gpus: [], jobs: 2 });
    assertEquals(plan.tasks.map(({ trial }) => `${trial.network.name} ${trial.index}`), [
      "mlp 0",
      "convnet 0",
      "unheard_of 0",
      "mlp 1",
      "convnet 1",
      "unheard_of 1",
    ]);
    assertEquals(plan.unknownCost, 2);
    assert(describePlan(plan).includes(", and 2 trials of unknown cost (`--dry-run` estimates"));
    const unknown = runPlanOf(tasks.slice(0, 2), { scale: "smoke", gpus: [], jobs: 2 });
    const said = "To run: 2 trials, 2 side by side on the CPU, 2 trials of unknown cost";
    assert(describePlan(unknown).endsWith(`${said} (\`--dry-run\` estimates them).`));
    assert(describePlan(unknown, true).endsWith(`${said}.`));
  }));

Deno.test("runPlanOf() divides the work by the jobs, but is no shorter than its longest trial", () =>
  withFolder((data) => {
    const store = openStore({ data });
    const trials = [0, 1, 2, 3].map((index) => lenet({ index }));
    const tasks = tasksOf(planned(trials), { store });
    const seconds = (jobs: number) => runPlanOf(tasks, { scale: "smoke", gpus: [], jobs }).seconds;
    const [first] = tasks;
    assertEquals(seconds(1), 4 * first!.seconds!);
    assertEquals(seconds(2), 2 * first!.seconds!);
    // More jobs than cores make nothing quicker.
    const cores = navigator.hardwareConcurrency;
    assertEquals(seconds(100 * cores), seconds(Math.max(4, cores)));
    assert(seconds(100 * cores) >= first!.seconds!);
  }));

Deno.test("any number of trials can be planned and shown", () =>
  withFolder((data) => {
    const [task] = tasksOf(planned([lenet()]), { store: openStore({ data }) });
    const tasks = new Array<Task>(200_000).fill(task!);
    const plan = runPlanOf(tasks, { scale: "smoke", gpus: [] });
    assertEquals([plan.jobs, plan.tasks.length], [navigator.hardwareConcurrency, 200_000]);
    const totals: number[] = [];
    const startProgress = (_: string, total: number) => {
      totals.push(total);
      return { update() {}, finish() {} };
    };
    showExecution(tasks, { startProgress, log: () => {} });
    assert(totals[0]! >= 200_000 * task!.seconds! - 1);
    // A trial of unknown cost weighs as much as a usual one.
    const some = [1, 5, undefined].map((seconds) => ({ ...task!, seconds }));
    showExecution(some, { startProgress, log: () => {} });
    assertEquals(totals[1], 9);
  }));

Deno.test("runPlanOf() runs one trial per GPU, and on the CPU as many as the threads allow", () =>
  withFolder((data) => {
    const store = openStore({ data });
    const { recipe } = lenet();
    const jobs = (threads: number, gpus: string[]) => {
      const trial = lenet({ recipe: { ...recipe, threads } });
      return runPlanOf(tasksOf(planned([trial]), { store }), { scale: "smoke", gpus }).jobs;
    };
    assertEquals(jobs(1, ["0", "1", "2"]), 3);
    assertEquals(jobs(1, []), navigator.hardwareConcurrency);
    assertEquals(jobs(10_000, []), 1);
  }));

Deno.test("runPlanOf() counts of a trial its threads' share of the cores, where no number of jobs is given", () =>
  withFolder((data) => {
    const store = openStore({ data });
    const { recipe } = lenet();
    const cores = navigator.hardwareConcurrency;
    const tasks = [1, 10_000].flatMap((threads) =>
      tasksOf(
        planned([0, 1, 2].map((index) => lenet({ index, recipe: { ...recipe, threads } }))),
        { store },
      )
    );
    const plan = runPlanOf(tasks, { scale: "smoke", gpus: [] });
    assertEquals([plan.jobs, plan.cores], [cores, cores]);
    const [few, all] = [tasks[0]!.seconds!, tasks[3]!.seconds!];
    assertAlmostEquals(plan.seconds, 3 * few / cores + 3 * all, 1e-9);
    const given = runPlanOf(tasks, { scale: "smoke", gpus: [], jobs: 1 });
    assertAlmostEquals(given.seconds, 3 * few + 3 * all, 1e-9);
  }));

Deno.test("tasksOf() tells stages done from pending, and weights that are gone", () =>
  withFolder((data) => {
    const store = openStore({ data });
    const trial = lenet();
    store.write(exampleRecord(trial, training));
    store.write(exampleRecord(trial, clean));
    const [task] = tasksOf(planned([trial]), { store });
    assertEquals([task!.done, task!.pending, task!.retrains], [[training, clean], [unknown], true]);
  }));

Deno.test("tasksOf() counts a stage only as it is planned: settings, revision and weights alike", () =>
  withFolder((data) => {
    const store = openStore({ data });
    const trial = lenet();
    const [attack] = exampleStages("attack");
    const more = { ...attack!, settings: { ...attack!.settings, images: 64 } };
    const raised = { ...attack!, revision: attack!.revision + 1 };
    store.write(exampleRecord(trial, training));
    store.write(exampleRecord(trial, attack!, { rows: [] }));
    const other = { sha256: "1".repeat(64), role: "measured" } as const;
    store.write(exampleRecord(trial, clean, { weights: other }));
    const pending = (...stages: Stage[]) =>
      tasksOf([{ trial, stages: [training, ...stages] }], { store })[0]!.pending;
    assertEquals(pending(attack!), []);
    assertEquals(pending(more), [more]);
    assertEquals(pending(raised), [raised]);
    // Measured of other weights than the training's record says.
    assertEquals(pending(clean), [clean]);
    store.write(exampleRecord(trial, more, { rows: [] }));
    assertEquals([pending(attack!), pending(more)], [[], []]);
  }));

Deno.test("tasksOf() has a trial once that two sections ask for, with the stages of both", () =>
  withFolder((data) => {
    const store = openStore({ data });
    const trial = lenet();
    const tasks = tasksOf([
      { trial, stages: [training, clean] },
      { trial: lenet(), stages: [training, unknown, clean] },
    ], { store });
    assertEquals(tasks.map((task) => task.stages), [[training, clean, unknown]]);
  }));

Deno.test("tasksOf() does not try a diverged training again, and measures nothing of it", () =>
  withFolder((data) => {
    const store = openStore({ data });
    const trial = lenet();
    const { weights: _, ...record } = exampleRecord(trial, training, {
      rows: [],
      outcome: { name: "diverged", step: 12, epoch: 0, loss: "NaN" },
    });
    store.write(record);
    const [task] = tasksOf(planned([trial]), { store });
    assertEquals([task!.pending, task!.diverged], [[], true]);
  }));

Deno.test("anewOf() tells what a run does anew by when trainings began, also after it was interrupted", () =>
  withFolder((data) => {
    const store = openStore({ data });
    const trials = [0, 1].map((index) => lenet({ index }));
    const own = planned(trials);
    const make = (index: number, startedAt: string) => {
      const before = store.get(trialId(trials[index]!), training);
      if (before !== undefined) store.putAside(before);
      store.write(exampleRecord(trials[index]!, training, { startedAt }));
    };
    // What a run of these trials does anew; "" for a trial that is left as it is.
    const anew = (of = own) => {
      const { replaced } = anewOf(of, { again: "all", store });
      return tasksOf(of, { store, replaced }).map(({ again = "" }) => again);
    };
    const [first, second, third] = [2, 3, 4].map((day) => `2026-01-0${day}T03:04:05.000Z`);
    make(0, second!);
    make(1, second!);
    assertEquals(anew(), [second, second]);
    assertEquals(anewOf(own, { again: "diverged", store }).replaced, {});
    const { file, isUnderWay, replaced } = anewOf(own, { again: "all", store });
    assertEquals(isUnderWay, false);
    // As runPlan() does when it begins.
    writeAtomically(file, JSON.stringify(replaced));
    assertEquals(anewOf(own, { again: "all", store }).isUnderWay, true);
    // Made on a machine whose clock is slow.
    make(0, first!);
    assertEquals(anew(), ["", second]);
    // Another selection knows nothing of that, and what it makes is made.
    assertEquals(anew([own[0]!]), [first]);
    make(0, third!);
    assertEquals(anew(), ["", second]);
    Deno.writeTextFileSync(file, "not whole");
    assertThrows(() => anew(), UnusableFileError, file);
  }));

Deno.test("describeSeconds() is as rough as an expectation is", () => {
  const said = [3, 89, 150, 5400, 8 * 3600, 3 * 86_400].map(describeSeconds);
  assertEquals(said, ["3 s", "89 s", "3 min", "1.5 h", "8.0 h", "3 d"]);
});
