import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  describePlan,
  describeSeconds,
  durationsOf,
  estimateStage,
  openStore,
  planOf,
  tasksOf,
  type Trial,
} from "../../lib/trials/mod.ts";
import { exampleRecord, exampleTrial, withFolder } from "./examples.ts";

const evaluations = ["clean", "unknown"];
const lenet = (change: Partial<Trial> = {}) =>
  exampleTrial({ network: { name: "lenet" }, dataset: { name: "mnist" }, ...change });

Deno.test("estimateStage() takes the median of stored durations of the same work, whatever the loss", () => {
  const records = [3, 100, 4].map((seconds, index) =>
    exampleRecord(lenet({ index, loss: { name: "ce" } }), "training", { seconds })
  );
  const durations = durationsOf(records);
  assertEquals(estimateStage(lenet({ index: 9 }), "training", durations), {
    seconds: 4,
    basis: "measured",
  });
  const { recipe } = lenet();
  const longer = lenet({ recipe: { ...recipe, epochs: 2 } });
  assertEquals(estimateStage(longer, "training", durations)?.basis, "model");
  assertEquals(estimateStage(lenet({ scale: "paper" }), "training", durations)?.basis, "model");
});

Deno.test("estimateStage() grows with epochs and images, and knows when it knows nothing", () => {
  const cost = (trial: Trial, stage: string) => estimateStage(trial, stage, new Map())?.seconds;
  const { recipe } = lenet();
  const once = cost(lenet(), "training")!;
  const long = lenet({ recipe: { ...recipe, epochs: 20 } });
  assertAlmostEquals(cost(long, "training")!, 20 * once, 1e-9);
  const half = lenet({ dataset: { name: "mnist", trainCount: 30_000 } });
  assertAlmostEquals(cost(half, "training")!, once / 2, 1e-9);
  assert(cost(lenet(), "unknown")! > cost(lenet(), "clean")!);
  // 15 times the test images, which have to be made as well.
  assert(cost(lenet(), "corrupt")! > 15 * cost(lenet(), "clean")!);
  const tenth = lenet({ dataset: { name: "mnist", testCount: 1000 } });
  assertAlmostEquals(cost(tenth, "corrupt")!, cost(lenet(), "corrupt")! / 10, 1e-9);
  assertEquals(cost(exampleTrial({ network: { name: "resnet18" } }), "training"), undefined);
});

Deno.test("planOf() puts the cheap first, and of equal cost the first repeats", () =>
  withFolder((data) => {
    const store = openStore({ data });
    const networks = ["unheard_of", "convnet", "mlp"];
    const trials = networks.flatMap((name) =>
      [1, 0].map((index) => lenet({ network: { name }, index }))
    );
    const tasks = tasksOf(trials, { store, evaluations });
    const plan = planOf(tasks, { scale: "smoke", gpus: [], jobs: 2 });
    assertEquals(plan.tasks.map(({ trial }) => `${trial.network.name} ${trial.index}`), [
      "mlp 0",
      "mlp 1",
      "convnet 0",
      "convnet 1",
      "unheard_of 0",
      "unheard_of 1",
    ]);
    assertEquals(plan.unknownCost, 2);
    assert(describePlan(plan).includes("2 trials of unknown cost"));
  }));

Deno.test("planOf() divides the work by the jobs, but is no shorter than its longest trial", () =>
  withFolder((data) => {
    const store = openStore({ data });
    const trials = [0, 1, 2, 3].map((index) => lenet({ index }));
    const tasks = tasksOf(trials, { store, evaluations });
    const seconds = (jobs: number) => planOf(tasks, { scale: "smoke", gpus: [], jobs }).seconds;
    const [first] = tasks;
    assertEquals(seconds(1), 4 * first!.seconds!);
    assertEquals(seconds(2), 2 * first!.seconds!);
    assertEquals(seconds(100), first!.seconds!);
  }));

Deno.test("planOf() runs one trial per GPU, and on the CPU as many as the threads allow", () =>
  withFolder((data) => {
    const store = openStore({ data });
    const { recipe } = lenet();
    const jobs = (threads: number, gpus: string[]) => {
      const trial = lenet({ recipe: { ...recipe, threads } });
      return planOf(tasksOf([trial], { store, evaluations }), { scale: "smoke", gpus }).jobs;
    };
    assertEquals(jobs(1, ["0", "1", "2"]), 3);
    assertEquals(jobs(1, []), navigator.hardwareConcurrency);
    assertEquals(jobs(10_000, []), 1);
  }));

Deno.test("tasksOf() tells stages done from pending, and weights that are gone", () =>
  withFolder((data) => {
    const store = openStore({ data });
    const trial = lenet();
    store.write(exampleRecord(trial, "training"));
    store.write(exampleRecord(trial, "clean"));
    const [task] = tasksOf([trial], { store, evaluations });
    assertEquals([task!.done, task!.pending, task!.retrains], [
      ["training", "clean"],
      ["unknown"],
      true,
    ]);
  }));

Deno.test("describeSeconds() is as rough as an expectation is", () => {
  const said = [3, 89, 150, 5400, 8 * 3600, 3 * 86_400].map(describeSeconds);
  assertEquals(said, ["3 s", "89 s", "3 min", "1.5 h", "8.0 h", "3 d"]);
});
