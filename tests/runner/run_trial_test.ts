import { join } from "node:path";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { experiments } from "../../lib/experiments/mod.ts";
import { evaluations, runTrial } from "../../lib/runner/mod.ts";
import { DivergenceError } from "../../lib/training/mod.ts";
import {
  execute,
  isFinished,
  openStore,
  type StageRecord,
  tasksOf,
  type Trial,
  TrialBusyError,
  trialId,
} from "../../lib/trials/mod.ts";
import { exampleTrial, withFolder } from "../trials/examples.ts";

const stages = experiments["5.1"]!.evaluations;

/** A real trial that takes about a second. */
function smallTrial(change: Partial<Trial> = {}): Trial {
  return exampleTrial({
    dataset: { name: "mnist", trainCount: 512, testCount: 200, unknownCount: 50 },
    network: { name: "mlp" },
    ...change,
  });
}

function execution(data: string, trial: Trial) {
  const store = openStore({ data });
  return { store, tasks: () => tasksOf([trial], { store, evaluations: stages }) };
}

Deno.test("runTrial() stores the training and each evaluation of its section, once", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    const id = trialId(trial);
    assertEquals(await runTrial(trial, { data }), "done");
    const store = openStore({ data });
    assertEquals(store.read().length, 1 + stages.length);
    const [clean, corrupt, unknown, training] = ["clean", "corrupt", "unknown", "training"]
      .map((stage) => store.get(id, stage));
    assertEquals(training!.epochs!.length, 1);
    assert(Number.isFinite(training!.epochs![0]!.loss));
    assertEquals(clean!.rows.map(({ dataset, metric }) => [dataset, metric]), [
      ["test", "accuracy"],
      ["test", "msp_above_0.99"],
    ]);
    const counts = clean!.histograms![0]!.counts;
    assertEquals(counts.reduce((sum, count) => sum + count), 200);
    // The 15 of MNIST-C, once each; no row of their mean, which the figures make.
    assertEquals(new Set(corrupt!.rows.map(({ dataset }) => dataset)).size, 15);
    for (const { metric, value } of corrupt!.rows) {
      assertEquals(metric, "accuracy");
      // Of 200 images, as the trial says.
      assertAlmostEquals(value * 200, Math.round(value * 200), 1e-9);
    }
    assertEquals([corrupt!.settings, corrupt!.missing], [{ images: "generated", seed: 0 }, []]);
    const measured = new Set(unknown!.rows.map(({ dataset }) => dataset));
    for (const set of ["blobs", "uniform", "permuted", "phase"]) assert(measured.has(set), set);
    // Each of the seven sets is measured or listed as missing.
    assertEquals(measured.size - 1 + unknown!.missing!.length, 7);
    for (const { metric, value } of unknown!.rows) assert(value >= 0 && value <= 1, metric);
    for (const record of [clean, corrupt, unknown]) {
      assertEquals(record!.weights, training!.weights);
    }
    const files = Array.from(Deno.readDirSync(store.runFolder(id)), (entry) => entry.name).sort();
    assertEquals(files, ["lock", "weights.safetensors"]);

    const seen: string[] = [];
    await runTrial(trial, { data, onStage: (stage) => seen.push(stage) });
    assertEquals(seen, []);
  }));

Deno.test("runTrial() does a missing evaluation without training again", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    await runTrial(trial, { data });
    const path = join(data, "results", "smoke", trialId(trial), "clean.json");
    const before = openStore({ data }).get(trialId(trial), "clean")!;
    await Deno.remove(path);
    const seen: string[] = [];
    await runTrial(trial, { data, onStage: (stage) => seen.push(stage) });
    assertEquals(seen, ["clean"]);
    const after = openStore({ data }).get(trialId(trial), "clean")!;
    assertEquals([after.rows, after.histograms], [before.rows, before.histograms]);
  }));

/** Makes a stored record lack a set, as if its files had not been there. */
async function forget(data: string, trial: Trial, name: string): Promise<void> {
  const path = join(data, "results", "smoke", trialId(trial), "unknown.json");
  const record: StageRecord = JSON.parse(await Deno.readTextFile(path));
  const others = <T extends { dataset: string }>(all: T[]) =>
    all.filter((one) => one.dataset !== name);
  await Deno.writeTextFile(
    path,
    JSON.stringify({
      ...record,
      rows: others(record.rows),
      histograms: others(record.histograms!),
      missing: [...record.missing!, { dataset: name, reason: "it was not there" }],
    }),
  );
}

/** Runs what is pending of a trial but its slow stages, of which it stores empty records. */
async function runQuickly(data: string, trial: Trial): Promise<void> {
  const record = {
    trial,
    id: trialId(trial),
    startedAt: new Date().toISOString(),
    seconds: 0,
    environment: { deno: "", tensorflow: "", device: "", threads: 1, platform: "" },
    rows: [],
  };
  const store = openStore({ data });
  for (const stage of stages) {
    if (stage !== "clean" && stage !== "unknown") store.write({ ...record, stage });
  }
  await runTrial(trial, { data });
}

Deno.test("runTrial() adds a data set that has come to a record, and measures nothing else again", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    const id = trialId(trial);
    await runQuickly(data, trial);
    const store = openStore({ data });
    const whole = store.get(id, "unknown")!;
    await forget(data, trial, "uniform");
    const lacking = store.get(id, "unknown")!;
    const others = ["training", "clean"].map((stage) => store.get(id, stage));
    const isPresent = (name: string) => name === "uniform";
    const pending = () => tasksOf([trial], { store, evaluations: stages, isPresent })[0]!;
    assertEquals([pending().pending, pending().retrains], [["unknown"], false]);

    const seen: string[] = [], notes: string[] = [];
    await runTrial(trial, {
      data,
      onStage: (stage) => seen.push(stage),
      onProgress: (_done, _total, note) => notes.push(note),
    });
    assertEquals(seen, ["unknown"]);
    const tried = new Set(notes);
    assert(tried.has("unknown: Uniform noise") && !tried.has("unknown: Blobs"), notes.join());
    const completed = store.get(id, "unknown")!;
    // in the same order and to the last digit, as if it had been there from the first
    assertEquals([completed.rows, completed.histograms], [whole.rows, whole.histograms]);
    assertEquals(completed.missing, whole.missing);
    assertEquals([completed.startedAt, completed.environment], [
      whole.startedAt,
      whole.environment,
    ]);
    assertEquals(completed.completions!.map(({ datasets }) => datasets), [["uniform"]]);
    assert(completed.seconds >= lacking.seconds);
    assertEquals(["training", "clean"].map((stage) => store.get(id, stage)), others);
    assertEquals(pending().pending, []);

    // weights that are others, or gone: their numbers would not belong beside those that are there
    await forget(data, trial, "blobs");
    const incomplete = store.get(id, "unknown");
    const weights = join(store.runFolder(id), "weights.safetensors");
    await Deno.writeFile(weights, new Uint8Array(9), { append: true });
    for (const change of [() => {}, () => Deno.removeSync(weights)]) {
      change();
      await runTrial(trial, { data, onStage: (stage) => seen.push(stage) });
      assertEquals(store.get(id, "unknown"), incomplete);
    }
    assertEquals(seen, ["unknown"]);
  }));

Deno.test("runTrial() adds a metric that there is since to a record, and trains nothing", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    const id = trialId(trial);
    await runQuickly(data, trial);
    const store = openStore({ data });
    const whole = store.get(id, "unknown")!;
    // as records were before FPR95 and AUPR
    const { settings: _, ...record } = whole;
    const rows = whole.rows.filter(({ metric }) => /^(auroc|msp)_/.test(metric));
    const path = join(data, "results", "smoke", id, "unknown.json");
    await Deno.writeTextFile(path, JSON.stringify({ ...record, rows }));
    const { metrics } = experiments["5.1"]!;
    const task = () => tasksOf([trial], { store, evaluations: stages, metrics })[0]!;
    assertEquals([task().pending, task().retrains], [["unknown"], false]);
    const seen: string[] = [];
    await runTrial(trial, { data, onStage: (stage) => seen.push(stage) });
    assertEquals(seen, ["unknown"]);
    const { completions, ...completed } = store.get(id, "unknown")!;
    assertEquals(completed, whole);
    assert(
      completions![0]!.datasets.includes("blobs") && !completions![0]!.datasets.includes("test"),
    );
    assertEquals([task().pending, isFinished(task(), store)], [[], true]);
    // without the weights it stays as it is: to train again for them is for the user to decide
    await Deno.writeTextFile(path, JSON.stringify({ ...record, rows }));
    await Deno.remove(join(store.runFolder(id), "weights.safetensors"));
    assertEquals(task().pending, []);
  }));

Deno.test("the stage `unknown` measures FPR95 and AUPR too, and says by which convention", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    await runQuickly(data, trial);
    const { rows, settings, missing } = openStore({ data }).get(trialId(trial), "unknown")!;
    const ofBlobs = rows.filter(({ dataset }) => dataset === "blobs").map(({ metric }) => metric);
    assertEquals([...experiments["5.1"]!.metrics.unknown!, "msp_exactly_1"], ofBlobs);
    assertEquals(ofBlobs, [
      "auroc_msp",
      "auroc_mls",
      "fpr95_msp",
      "aupr_in_msp",
      "aupr_out_msp",
      "fpr95_mls",
      "aupr_in_mls",
      "aupr_out_mls",
      "msp_exactly_1",
    ]);
    assert(String(settings!.fpr95).startsWith("unknown positive"));
    assert(String(settings!.aupr).includes("trapezoids"));
    // Omniglot and KMNIST have to be fetched
    assert(
      missing!.some(({ dataset, reason }) => dataset === "omniglot" && /download/.test(reason)),
    );
  }));

Deno.test("runTrial() trains again where the weights are gone, says so, and gets the same ones", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    const id = trialId(trial);
    await runTrial(trial, { data });
    const store = openStore({ data });
    const before = store.get(id, "clean")!;
    const training = store.get(id, "training");
    await Deno.remove(join(data, "results", "smoke", id, "clean.json"));
    await Deno.remove(join(store.runFolder(id), "weights.safetensors"));
    assert(tasksOf([trial], { store, evaluations: stages })[0]!.retrains);
    const notes: string[] = [];
    await runTrial(trial, { data, onNote: (message) => notes.push(message) });
    assert(notes.some((note) => note.includes("trains again")), notes.join());
    assertEquals(store.get(id, "clean")!.weights, before.weights);
    assertEquals(store.get(id, "training"), training);
  }));

Deno.test("runTrial() says what is wrong with stored weights, and measures none in silence", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    const id = trialId(trial);
    await runQuickly(data, trial);
    const store = openStore({ data });
    const training = store.get(id, "training");
    const weights = join(store.runFolder(id), "weights.safetensors");
    const whole = await Deno.readFile(weights);
    const again = async () => {
      await Deno.remove(join(data, "results", "smoke", id, "clean.json"));
      const notes: string[] = [];
      const stages: string[] = [];
      const onNote = (message: string) => void notes.push(message);
      await runTrial(trial, { data, onNote, onStage: (stage) => void stages.push(stage) });
      return { notes: notes.join("; "), stages };
    };

    const unchanged = await again();
    assert(!unchanged.notes.includes("weights"), unchanged.notes);
    assertEquals(unchanged.stages, ["clean"]);

    const other = whole.slice();
    other[other.length - 3]! ^= 1;
    await Deno.writeFile(weights, other);
    const changed = await again();
    assert(changed.notes.includes("not those of its training's record"), changed.notes);
    assert(store.get(id, "clean")!.weights!.sha256 !== training!.weights!.sha256);

    await Deno.writeFile(weights, whole.slice(0, whole.length / 2));
    const error = await assertRejects(again, Error, "delete the file to train again");
    assert(error.message.includes(weights) && error.message.includes("cut short"), error.message);

    // A record that is lost is made again, from the first step.
    await Deno.writeFile(weights, whole);
    await Deno.remove(join(data, "results", "smoke", id, "training.json"));
    const notes: string[] = [];
    await runTrial(trial, { data, onNote: (message) => void notes.push(message) });
    assert(notes.some((note) => note.includes("no record")), notes.join());
    assertEquals(store.get(id, "training")!.weights, training!.weights);
  }));

Deno.test("runTrial() starts all losses of a condition from the same weights", () =>
  withFolder(async (data) => {
    // One step at a rate of nearly nothing leaves the initial weights, to the float's last digit.
    const first = smallTrial();
    const recipe: Trial["recipe"] = {
      ...first.recipe,
      optimizer: { name: "sgd", learningRate: 1e-30 },
    };
    const [hem, ce] = [smallTrial({ recipe }), smallTrial({ recipe, loss: { name: "ce" } })];
    const other = smallTrial({ recipe, index: 1 });
    for (const trial of [hem, ce, other]) await runTrial(trial, { data });
    const store = openStore({ data });
    const accuracyOf = (trial: Trial) => store.get(trialId(trial), "clean")!.rows;
    assertEquals(accuracyOf(hem), accuracyOf(ce));
    assert(JSON.stringify(accuracyOf(hem)) !== JSON.stringify(accuracyOf(other)));
  }));

Deno.test("runTrial() stores nothing of a training that diverges, and names its step", () =>
  withFolder(async (data) => {
    const first = smallTrial();
    const recipe: Trial["recipe"] = {
      ...first.recipe,
      optimizer: { name: "sgd", learningRate: 1e30 },
    };
    const trial = smallTrial({ recipe, loss: { name: "ce" } });
    const error = await assertRejects(() => runTrial(trial, { data }), DivergenceError, "diverged");
    assert(error.step >= 0);
    assertEquals(openStore({ data }).read(), []);
  }));

Deno.test("runTrial() stops where the signal is given, and refuses what another run holds", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    const stop = new AbortController();
    const running = runTrial(trial, {
      data,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await assertRejects(() => runTrial(trial, { data }), TrialBusyError);
    assertEquals(await running, "stopped");
    assertEquals(openStore({ data }).read(), []);
    assertEquals(await runTrial(trial, { data }), "done");
  }));

Deno.test("A trial killed with SIGKILL and resumed has the weights of an uninterrupted one", () =>
  withFolder(async (folder) => {
    const first = smallTrial();
    const trial = smallTrial({ recipe: { ...first.recipe, epochs: 60 } });
    const id = trialId(trial);
    const whole = execution(join(folder, "whole"), trial);
    assertEquals((await execute(whole.tasks(), { store: whole.store, jobs: 1 })).done, [id]);

    const broken = execution(join(folder, "broken"), trial);
    const kill = new AbortController();
    const checkpoint = join(broken.store.runFolder(id), "checkpoint.safetensors");
    const killed = await execute(broken.tasks(), {
      store: broken.store,
      jobs: 1,
      kill: kill.signal,
      onEvent: (_, event) => {
        if (event.event === "progress" && exists(checkpoint)) kill.abort();
      },
    });
    assertEquals(killed.stopped, [id]);
    assertEquals(broken.store.read(), []);
    assertEquals(
      (await execute(broken.tasks(), { store: broken.store, jobs: 1 })).done,
      [id],
    );
    for (const stage of ["training", ...stages]) {
      const [a, b] = [whole.store.get(id, stage)!, broken.store.get(id, stage)!];
      assertEquals([b.weights, b.rows, b.histograms], [a.weights, a.rows, a.histograms], stage);
    }
    const losses = (store: typeof whole.store) =>
      store.get(id, "training")!.epochs!.map(({ loss }) => loss);
    assertEquals(losses(broken.store), losses(whole.store));
  }));

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

Deno.test("evaluations has every evaluation that a section asks for", () => {
  for (const experiment of Object.values(experiments)) {
    for (const stage of experiment.evaluations) assert(stage in evaluations, stage);
  }
});
