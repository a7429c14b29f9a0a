import { join } from "node:path";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { execute, isFinished, tasksOf } from "../../lib/reproduction/mod.ts";
import {
  attackedCurves,
  loadRunner,
  type RunOptions,
  stageDefinition,
  stages as catalogue,
} from "../../lib/stages/mod.ts";
import {
  type ClassificationTrial,
  openStore,
  recordsOfTrial,
  type Setting,
  type Stage,
  stageKey,
  type StageRecord,
  type Store,
  type Trial,
  TrialBusyError,
  trialId,
} from "../../lib/trials/mod.ts";
import { exampleStages, exampleTrial } from "../trials/examples.ts";
import { withFolder } from "../with_folder.ts";

const runPlanned = await loadRunner();
const stages = exampleStages("training", "clean", "corrupt", "unknown", "attack");
const [training, clean, corrupt, unknown] = stages as [Stage, Stage, Stage, Stage, Stage];
const quick = [training, clean, unknown];

/** A real trial that takes about a second. */
function smallTrial(change: Partial<ClassificationTrial> = {}): ClassificationTrial {
  return exampleTrial({
    dataset: { name: "mnist", trainCount: 512, testCount: 200, unknownCount: 50 },
    network: { name: "mlp" },
    ...change,
  });
}

function divergingTrial(): ClassificationTrial {
  const { recipe } = smallTrial();
  const optimizer = { name: "sgd", learningRate: 1e30 } as const;
  return smallTrial({ recipe: { ...recipe, optimizer }, loss: { name: "ce" } });
}

Deno.test("what is known of each stage without loading it is what it does", async () => {
  for (const { name, load, follows } of Object.values(catalogue)) {
    assertEquals(["follow" in await load(), name], [follows === true, name]);
  }
});

/** Runs a trial and tells what it did. */
async function run(
  data: string,
  trial: Trial,
  of: readonly Stage[] = quick,
  options: Partial<RunOptions> = {},
) {
  const seen: string[] = [], notes: string[] = [];
  const end = await runPlanned({ trial, stages: of }, {
    data,
    onStage: (stage) => seen.push(stage),
    onNote: (note) => notes.push(note),
    ...options,
  });
  return { end, seen, notes: notes.join("; ") };
}

/** The records of a trial, by the name of their stage. */
function recordsIn(store: Store, trial: Trial, of: readonly Stage[] = stages) {
  const records = recordsOfTrial(trialId(trial), of, store);
  return Object.fromEntries(records.map((record) => [record.stage.name, record]));
}

function pathOf(data: string, { trial, stage, weights }: StageRecord): string {
  const key = stageKey(stage, weights!.role === "measured" ? weights!.sha256 : undefined);
  return join(data, "results", "smoke", trialId(trial), `${key}.json`);
}

Deno.test("runTrial() stores each of the stages that it is given, once", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    assertEquals((await run(data, trial, stages)).end, "done");
    const store = openStore({ data });
    assertEquals(store.read().map(({ stage }) => stage.name).sort(), [
      "attack",
      "clean",
      "corrupt",
      "training",
      "unknown",
    ]);
    const found = recordsIn(store, trial);
    const losses = found.training!.rows.filter(({ metric }) => metric === "loss");
    assertEquals(losses.map(({ at }) => at), [{ epoch: 1 }]);
    assertEquals(found.clean!.rows.map(({ dataset, metric }) => [dataset, metric]), [
      ["test", "accuracy"],
      ["test", "msp_above_0.99"],
    ]);
    const { counts } = found.clean!.histograms![0]!;
    assertEquals(counts.reduce((sum, count) => sum + count), 200);
    // The 15 of MNIST-C, once each; no row of their mean, which the figures make.
    assertEquals(new Set(found.corrupt!.rows.map(({ dataset }) => dataset)).size, 15);
    for (const { metric, value } of found.corrupt!.rows) {
      assertEquals(metric, "accuracy");
      // Of 200 images, as the trial says.
      assertAlmostEquals(value * 200, Math.round(value * 200), 1e-9);
    }
    assertEquals([found.corrupt!.facts, found.corrupt!.missing], [{ images: "generated" }, []]);
    const measured = new Set(found.unknown!.rows.map(({ dataset }) => dataset));
    for (const set of ["blobs", "uniform", "permuted", "phase"]) assert(measured.has(set), set);
    // Each of the seven sets is measured or listed as missing.
    assertEquals(measured.size - 1 + found.unknown!.missing!.length, 7);
    for (const { sha256 } of Object.values(found).map(({ weights }) => weights!)) {
      assertEquals(sha256, found.training!.weights!.sha256);
    }
    for (const { provenance, stage, outcome } of Object.values(found)) {
      assert(/^[0-9a-f]{12}\+?$/.test(provenance.commit!), provenance.commit);
      assertEquals([provenance.threads > 0, outcome.name], [true, "finished"]);
      assert(stage.revision >= 1);
    }
    const files = Array.from(
      Deno.readDirSync(store.runFolder(trialId(trial))),
      (entry) => entry.name,
    ).sort();
    assertEquals(files, ["lock", "weights.safetensors"]);
    assertEquals((await run(data, trial, stages)).seen, []);
  }));

Deno.test("the attack stage gives robust accuracy after each attack, and DAR by both scores and rules", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    const [, , , , attack] = stages;
    const images = 8;
    const small = { ...attack!, settings: { ...attack!.settings, images, queries: 5 } };
    await run(data, trial, [training, small]);
    const { rows, missing, stage } = recordsIn(openStore({ data }), trial, [training, small])
      .attack!;
    assertEquals([stage, missing], [small, []]);
    for (const norm of ["linf", "l2"]) {
      const of = rows.filter(({ dataset }) => dataset === `autoattack_${norm}`);
      assertEquals(of.map(({ metric }) => metric), [
        "robust_accuracy",
        "robust_after_apgd_ce",
        "robust_after_apgd_t",
        "robust_after_fab_t",
        "robust_after_square",
        "dar_msp",
        "dar_msp_linear",
        "dar_mls",
        "dar_mls_linear",
      ]);
      const [robust, ...after] = of.slice(0, 5).map(({ value }) => value);
      // Each attack can only take away, and the last leaves what is called robust.
      assertEquals(after, after.toSorted((a, b) => b - a));
      assertEquals(robust, after.at(-1));
      for (const { value } of of) {
        assert(Number.isInteger(Math.round(value * images * 1e9) / 1e9), String(value));
      }
    }
  }));

Deno.test("DAR without the images that resist is that of the others alone", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    const [, , , , attack] = stages;
    const images = 8;
    const few = {
      images,
      targets: 1,
      iterations: 2,
      queries: 5,
      epsilon_linf: 0.05,
      epsilon_l2: 0.5,
    };
    const of = async (settings: Record<string, Setting>) => {
      const small = { ...attack!, settings: { ...attack!.settings, ...few, ...settings } };
      await run(data, trial, [training, small]);
      const { rows } = recordsIn(openStore({ data }), trial, [training, small]).attack!;
      return (metric: string) =>
        rows.filter((row) => row.metric === metric).map(({ value }) => value);
    };
    const [all, fooled] = [await of({}), await of({ fooledOnly: true })];
    assertEquals(all("robust_accuracy"), fooled("robust_accuracy"));
    const resisting = all("robust_accuracy").map((share) => Math.round(share * images));
    assert(resisting.some((count) => count > 0 && count < images), String(resisting));
    resisting.forEach((count, norm) => {
      const detected = Math.round(fooled("dar_msp")[norm]! * (images - count));
      // One that resists is classified correctly, and counts as detected where it is accepted.
      const more = Math.round(all("dar_msp")[norm]! * images) - detected;
      assert(more >= 0 && more <= count, `${more} of ${count}`);
      assertAlmostEquals(fooled("dar_msp")[norm]! * (images - count), detected, 1e-9);
    });
  }));

Deno.test("a changed budget is another result beside the first one", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    const [, , , , attack] = stages;
    const budget = (images: number) => ({
      ...attack!,
      settings: { ...attack!.settings, images, targets: 1, iterations: 2, queries: 5 },
    });
    await run(data, trial, [training, budget(4)]);
    assertEquals((await run(data, trial, [training, budget(6)])).seen, ["attack"]);
    assertEquals((await run(data, trial, [training, budget(4)])).seen, []);
    const images = openStore({ data }).read({ stage: "attack" })
      .map(({ stage }) => stage.settings.images);
    assertEquals(images.sort(), [4, 6]);
  }));

Deno.test("runTrial() does a missing stage without training again", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    await run(data, trial);
    const store = openStore({ data });
    const before = recordsIn(store, trial).clean!;
    await Deno.remove(pathOf(data, before));
    assertEquals((await run(data, trial)).seen, ["clean"]);
    const after = recordsIn(store, trial).clean!;
    assertEquals([after.rows, after.histograms], [before.rows, before.histograms]);
  }));

/** Makes a stored record lack a set, as if its files had not been there. */
async function forget(data: string, record: StageRecord, name: string): Promise<void> {
  const others = <T extends { dataset?: string }>(all: T[]) =>
    all.filter((one) => one.dataset !== name);
  await Deno.writeTextFile(
    pathOf(data, record),
    JSON.stringify({
      ...record,
      rows: others(record.rows),
      histograms: others(record.histograms!),
      missing: [...record.missing!, { dataset: name, reason: "it was not there" }],
    }),
  );
}

Deno.test("runTrial() adds a data set that has come to a record, and measures nothing else again", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    const id = trialId(trial);
    await run(data, trial);
    const store = openStore({ data });
    const { unknown: whole, ...others } = recordsIn(store, trial);
    await forget(data, whole!, "uniform");
    const isPresent = (name: string) => name === "uniform";
    const task = () => tasksOf([{ trial, stages: quick }], { store, isPresent })[0]!;
    assertEquals([task().pending, task().retrains], [[unknown], false]);

    const progress: string[] = [];
    const { seen } = await run(data, trial, quick, {
      onProgress: (_done, _total, note) => progress.push(note),
    });
    assertEquals(seen, ["unknown"]);
    const tried = new Set(progress);
    assert(tried.has("unknown: Uniform noise") && !tried.has("unknown: Blobs"), progress.join());
    const { unknown: completed, ...after } = recordsIn(store, trial);
    // in the same order and to the last digit, as if it had been there from the first
    assertEquals([completed!.rows, completed!.histograms], [whole!.rows, whole!.histograms]);
    const { stage, provenance, startedAt, seconds, missing } = whole!;
    assertEquals(
      [completed!.stage, completed!.provenance, completed!.startedAt, completed!.seconds],
      [stage, provenance, startedAt, seconds],
    );
    assertEquals(completed!.missing, missing);
    assertEquals(completed!.completions!.map(({ datasets }) => datasets), [["uniform"]]);
    assert(completed!.completions![0]!.provenance.commit !== undefined);
    assertEquals(after, others);
    assertEquals(task().pending, []);

    // weights that are gone: to train again for a set is for the user to decide
    await forget(data, completed!, "blobs");
    await Deno.remove(join(store.runFolder(id), "weights.safetensors"));
    assertEquals((await run(data, trial)).seen, []);
  }));

Deno.test("runTrial() adds a metric that there is since to a record, and trains nothing", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    await run(data, trial);
    const store = openStore({ data });
    const whole = recordsIn(store, trial).unknown!;
    // as records were before FPR95 and AUPR
    const rows = whole.rows.filter(({ metric }) => /^(auroc|msp)_/.test(metric));
    await Deno.writeTextFile(pathOf(data, whole), JSON.stringify({ ...whole, rows }));
    const task = () => tasksOf([{ trial, stages: quick }], { store })[0]!;
    assertEquals([task().pending, task().retrains], [[unknown], false]);
    assertEquals((await run(data, trial)).seen, ["unknown"]);
    const { completions, ...completed } = recordsIn(store, trial).unknown!;
    assertEquals(completed, whole);
    const { datasets } = completions![0]!;
    assert(datasets.includes("blobs") && !datasets.includes("test"), String(datasets));
    assertEquals([task().pending, isFinished(task(), store)], [[], true]);
  }));

Deno.test("the stage `unknown` measures FPR95 and AUPR too, and says by which convention", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    await run(data, trial);
    const { rows, stage, missing } = recordsIn(openStore({ data }), trial).unknown!;
    assertEquals(rows.filter(({ dataset }) => dataset === "blobs").map(({ metric }) => metric), [
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
    assert(String(stage.settings.fpr95).startsWith("unknown positive"));
    assert(String(stage.settings.aupr).includes("trapezoids"));
    // Omniglot and KMNIST have to be fetched
    assert(
      missing!.some(({ dataset, reason }) => dataset === "omniglot" && /download/.test(reason)),
    );
  }));

Deno.test("runTrial() trains again where the weights are gone, says so, and gets the same ones", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    await run(data, trial);
    const store = openStore({ data });
    const before = recordsIn(store, trial);
    await Deno.remove(pathOf(data, before.clean!));
    await Deno.remove(join(store.runFolder(trialId(trial)), "weights.safetensors"));
    assert(tasksOf([{ trial, stages: quick }], { store })[0]!.retrains);
    const { notes } = await run(data, trial);
    assert(notes.includes("trains again"), notes);
    const after = recordsIn(store, trial);
    assertEquals(after.clean!.weights, before.clean!.weights);
    assertEquals(after.training, before.training);
  }));

Deno.test("runTrial() puts weights aside that are not those of the record, and trains again", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    await run(data, trial);
    const store = openStore({ data });
    const before = recordsIn(store, trial);
    const folder = store.runFolder(trialId(trial));
    const weights = join(folder, "weights.safetensors");
    const whole = await Deno.readFile(weights);
    const other = whole.slice();
    other[other.length - 3]! ^= 1;
    for (const bytes of [other, whole.slice(0, whole.length / 2)]) {
      await Deno.remove(pathOf(data, before.clean!));
      await Deno.writeFile(weights, bytes);
      const { notes, seen } = await run(data, trial);
      assert(notes.includes("not those of its record"), notes);
      assertEquals(seen, ["training", "clean"]);
      assertEquals(await Deno.readFile(weights), whole);
      assertEquals(recordsIn(store, trial).clean!.rows, before.clean!.rows);
    }
    const aside = Array.from(Deno.readDirSync(folder), ({ name }) => name)
      .filter((name) => name.startsWith("weights.safetensors.unusable-"));
    assertEquals(aside.length, 2);

    // A training's record that is lost is made again, from the first step.
    await Deno.remove(pathOf(data, before.training!));
    const { notes } = await run(data, trial);
    assert(notes.includes("no record"), notes);
    assertEquals(recordsIn(store, trial).training!.weights, before.training!.weights);
  }));

Deno.test("runTrial() never has measurements of two trainings together", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    await run(data, trial);
    const store = openStore({ data });
    const before = recordsIn(store, trial);
    // As a training on another machine: other weights, a record of their own.
    const foreign = { sha256: "f".repeat(64), role: "made" } as const;
    await Deno.writeTextFile(
      pathOf(data, before.training!),
      JSON.stringify({ ...before.training!, weights: foreign }),
    );
    assertEquals(Object.keys(recordsIn(store, trial)), ["training"]);
    const { notes, seen } = await run(data, trial);
    assert(notes.includes("other weights than before"), notes);
    // What there is of these weights is there.
    assertEquals(seen, ["training"]);
    assertEquals(recordsIn(store, trial).clean, before.clean);
    const superseded = join(data, "results", "smoke", trialId(trial), "superseded");
    assertEquals([...Deno.readDirSync(superseded)].length, 1);
  }));

Deno.test("runTrial() starts all losses of a condition from the same weights", () =>
  withFolder(async (data) => {
    // One step at a rate of nearly nothing leaves the initial weights, to the float's last digit.
    const recipe: Trial["recipe"] = {
      ...smallTrial().recipe,
      optimizer: { name: "sgd", learningRate: 1e-30 },
    };
    const [hem, ce] = [smallTrial({ recipe }), smallTrial({ recipe, loss: { name: "ce" } })];
    const other = smallTrial({ recipe, seed: 8 });
    for (const trial of [hem, ce, other]) await run(data, trial, [training, clean]);
    const store = openStore({ data });
    const rowsOf = (trial: Trial) => recordsIn(store, trial).clean!.rows;
    assertEquals(rowsOf(hem), rowsOf(ce));
    assert(JSON.stringify(rowsOf(hem)) !== JSON.stringify(rowsOf(other)));
  }));

Deno.test("runTrial() stores that a training diverged and where, and does not try it again", () =>
  withFolder(async (data) => {
    const trial = divergingTrial();
    const { end, seen } = await run(data, trial);
    assertEquals([end, seen], ["done", ["training"]]);
    const store = openStore({ data });
    const [record, ...others] = store.read();
    assertEquals(others, []);
    const { outcome, weights } = record!;
    // Found in a loss, or at the end of the epoch in the weights.
    assert(outcome.name === "diverged" && outcome.epoch <= 1 && outcome.step < 4);
    assert(typeof outcome.loss === "string" || outcome.loss > 1e3, String(outcome.loss));
    assertEquals(weights, undefined);
    assertEquals((await run(data, trial)).seen, []);

    // Later: the epochs before it are rows like any other.
    const schedule: Trial["recipe"]["schedule"] = { name: "steps", milestones: [2], factor: 1e30 };
    const optimizer = { name: "sgd", learningRate: 1e-3 } as const;
    const { recipe } = trial;
    const late = smallTrial({ recipe: { ...recipe, epochs: 4, optimizer, schedule } });
    await run(data, late, [training]);
    const found = recordsIn(store, late, [training]).training!;
    assert(found.outcome.name === "diverged" && found.outcome.epoch >= 2);
    assertEquals(
      found.rows.filter(({ metric }) => metric === "loss").map(({ at }) => at!.epoch),
      Array.from({ length: found.outcome.epoch }, (_, i) => i + 1),
    );
  }));

Deno.test("curves watch a training without changing it, and make it run again where it has run", () =>
  withFolder(async (folder) => {
    const trial = smallTrial({ recipe: { ...smallTrial().recipe, epochs: 3 } });
    const [all] = exampleStages("curves");
    const curves = {
      ...all!,
      settings: { ...all!.settings, every: 2, trainImages: 100, unknownImages: 20 },
    };
    const data = join(folder, "first");
    assertEquals((await run(data, trial, [training, clean])).seen, ["training", "clean"]);
    const store = openStore({ data });
    const before = recordsIn(store, trial, [training, clean]);
    // The training again, for the curves; nothing of what is there is made anew.
    assertEquals((await run(data, trial, [training, clean, curves])).seen, ["training"]);
    const after = recordsIn(store, trial, [training, clean, curves]);
    assertEquals([after.training, after.clean], [before.training, before.clean]);
    const { rows, missing, weights, seconds } = after.curves!;
    // Its own time, not that of the training.
    assert(seconds > 0);
    assertEquals(weights, { sha256: before.training!.weights!.sha256, role: "measured" });
    // Every second epoch, and the last.
    assertEquals(new Set(rows.map(({ at }) => at!.epoch)), new Set([2, 3]));
    const last = rows.filter(({ at }) => at!.epoch === 3);
    assertEquals(last[0]!.metric, "error");
    assertAlmostEquals(last[0]!.value * 100, Math.round(last[0]!.value * 100), 1e-9);
    // The last epoch's accuracy is the trained network's.
    assertEquals(last[1], { ...before.clean!.rows[0]!, at: { epoch: 3 } });
    assertEquals(missing!.map(({ dataset }) => dataset), ["omniglot", "kmnist"]);
    assertEquals(last.filter(({ metric }) => metric === "auroc_msp").length, 5);
    assertEquals((await run(data, trial, [training, clean, curves])).seen, []);

    // Stopped in the second epoch and resumed: the same numbers.
    const broken = join(folder, "second");
    const stop = new AbortController();
    const stopped = await run(broken, trial, [training, curves], {
      signal: stop.signal,
      onProgress: (done, total) => done / total > 0.5 && stop.abort(),
    });
    assertEquals(stopped.end, "stopped");
    const scratch = join(openStore({ data: broken }).runFolder(trialId(trial)), stageKey(curves));
    await Deno.writeTextFile(join(scratch, "seconds"), "1000");
    const shares: number[] = [];
    await run(broken, trial, [training, curves], {
      onProgress: (done, total) => shares.push(done / total),
    });
    // They are measured within the training, whose part of the progress theirs is.
    assertEquals(shares.at(-1), 1);
    const resumed = recordsIn(openStore({ data: broken }), trial, [training, curves]);
    assertEquals(resumed.curves!.rows, rows);
    // What it took before it was stopped counts.
    assert(resumed.curves!.seconds > 1000);
    assert(resumed.training!.seconds < 1000);
  }));

Deno.test("curves are not completed by a set that comes later, which would take a training", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    const [curves] = exampleStages("curves") as [Stage];
    const both = [training, curves];
    await run(data, trial, [training]);
    const store = openStore({ data });
    const task = () => tasksOf([{ trial, stages: both }], { store, isPresent: () => true })[0]!;
    // Its weights are there, and the plan says that it trains again.
    assertEquals([task().pending, task().retrains], [[curves], true]);
    await run(data, trial, both);
    const record = recordsIn(store, trial, both).curves!;
    assert(record.missing!.length > 0);
    await forget(data, { ...record, histograms: [] }, "uniform");
    assertEquals([task().pending, task().arrived], [[], []]);
    assertEquals((await run(data, trial, both)).seen, []);
  }));

Deno.test("curves of a training that begins anew have nothing of one before it", () =>
  withFolder(async (folder) => {
    const trial = smallTrial({ recipe: { ...smallTrial().recipe, epochs: 2 } });
    const [all] = exampleStages("curves") as [Stage];
    const curves = { ...all, settings: { ...all.settings, trainImages: 50, unknownImages: 0 } };
    const both = [training, curves];
    const rowsIn = async (data: string) => {
      await run(data, trial, both);
      return recordsIn(openStore({ data }), trial, both).curves!.rows;
    };
    const whole = await rowsIn(join(folder, "whole"));
    // What a killed training on another machine has left, whose checkpoint is gone.
    const data = join(folder, "other");
    const scratch = join(openStore({ data }).runFolder(trialId(trial)), stageKey(curves));
    await Deno.mkdir(scratch, { recursive: true });
    const foreign = [{ metric: "accuracy", dataset: "test", value: 0.123, at: { epoch: 1 } }];
    const key = JSON.stringify([trial, curves]);
    await Deno.writeTextFile(
      join(scratch, "epochs.json"),
      JSON.stringify({ key, values: { 1: foreign, 2: foreign } }),
    );
    assertEquals(await rowsIn(data), whole);
  }));

Deno.test("curves have all epochs where the training was begun without them", () =>
  withFolder(async (data) => {
    const trial = smallTrial({ recipe: { ...smallTrial().recipe, epochs: 3 } });
    const [all, learnt] = exampleStages("curves", "learnt") as [Stage, Stage];
    const few = { every: 2, trainImages: 0, unknownImages: 0 };
    const curves = { ...all, settings: { ...all.settings, ...few } };
    const stopped = async (stages: Stage[], share: number) => {
      const stop = new AbortController();
      const { end } = await run(data, trial, stages, {
        signal: stop.signal,
        onProgress: (done, total) => done / total > share && stop.abort(),
      });
      assertEquals(end, "stopped");
    };
    const epochsOf = (stage: string) => {
      const { rows } = recordsIn(openStore({ data }), trial, [training, curves, learnt])[stage]!;
      return [...new Set(rows.map(({ at }) => at!.epoch))];
    };
    // In the second epoch: what is measured after every second one has missed nothing yet.
    await stopped([training], 0.5);
    const { notes } = await run(data, trial, [training, curves]);
    assert(!notes.includes("cannot be used"), notes);
    assertEquals(epochsOf("curves"), [2, 3]);
    // In the third, of a training that runs again.
    await stopped([training, curves, learnt], 0.2);
    const { notes: others } = await run(data, trial, [training, curves, learnt]);
    assert(!others.includes("cannot be used"), others);
    assertEquals(epochsOf("learnt"), [1, 2, 3]);
  }));

Deno.test("a training that was watched by nobody begins anew where an epoch is missing by then", () =>
  withFolder(async (data) => {
    const trial = smallTrial({ recipe: { ...smallTrial().recipe, epochs: 3 } });
    const [curves, learnt] = exampleStages("curves", "learnt") as [Stage, Stage];
    for (const watching of [curves, learnt]) {
      const folder = join(data, watching.name);
      const stop = new AbortController();
      await run(folder, trial, [training], {
        signal: stop.signal,
        onProgress: (done, total) => done / total > 0.5 && stop.abort(),
      });
      const { notes } = await run(folder, trial, [training, watching]);
      assert(/checkpoint.safetensors cannot be used .*it is after epoch 1, and/.test(notes), notes);
      const { rows } = recordsIn(openStore({ data: folder }), trial, [training, watching])[
        watching.name
      ]!;
      assertEquals(new Set(rows.map(({ at }) => at!.epoch)), new Set([1, 2, 3]));
    }
  }));

Deno.test("a training does not go on from the checkpoint of another revision", () =>
  withFolder(async (data) => {
    const trial = smallTrial({ recipe: { ...smallTrial().recipe, epochs: 3 } });
    const stop = new AbortController();
    await run(data, trial, [training], {
      signal: stop.signal,
      onProgress: (done, total) => done / total > 0.5 && stop.abort(),
    });
    const { notes } = await run(data, trial, [{ ...training!, revision: 1 + training!.revision }]);
    assert(/checkpoint.safetensors cannot be used .*it is of another training/.test(notes), notes);
  }));

Deno.test("curves attack as their own settings say, as the attack stage does", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    const [all, attack] = exampleStages("curves", "attack") as [Stage, Stage];
    const few = { queries: 5, targets: 1, iterations: 2, fooledOnly: true };
    const settings = { ...attackedCurves("mnist", 8), trainImages: 50, unknownImages: 0, ...few };
    const curves = { ...all, settings: { ...all.settings, ...settings } };
    const own = { ...attack, settings: { ...attack.settings, images: 8, ...few } };
    await run(data, trial, [training, curves, own]);
    const records = recordsIn(openStore({ data }), trial, [training, curves, own]);
    const metrics = ["robust_accuracy", "dar_msp", "dar_mls"];
    const rowsOf = (stage: string) =>
      records[stage]!.rows.filter(({ metric, dataset }) =>
        metrics.includes(metric) && dataset!.startsWith("autoattack")
      ).map(({ metric, dataset, value }) => ({ metric, dataset, value }));
    assertEquals(rowsOf("curves").length, 6);
    assertEquals(rowsOf("curves"), rowsOf("attack"));
    // All that decides how is in the stage, so that another budget is another result.
    for (const name of ["preset", "targets", "epsilon_linf", "epsilon_l2"]) {
      assert(attackedCurves("mnist", 8)[name] !== undefined, name);
    }
  }));

Deno.test("a stop is noticed while curves attack, and the run goes on with the numbers of one that was not stopped", () =>
  withFolder(async (folder) => {
    const trial = smallTrial();
    const [all] = exampleStages("curves") as [Stage];
    const settings = { ...attackedCurves("mnist", 8), queries: 5, targets: 1, iterations: 2 };
    const few = { trainImages: 50, unknownImages: 0, ...settings };
    const both = [training, { ...all, settings: { ...all.settings, ...few } }];
    const rowsIn = (data: string) => recordsIn(openStore({ data }), trial, both).curves!.rows;
    const whole = join(folder, "whole");
    await run(whole, trial, both);
    const data = join(folder, "stopped");
    const stop = new AbortController();
    let steps = 0;
    const { end } = await run(data, trial, both, {
      signal: stop.signal,
      // After the last of 512 / 128 steps, before the attack.
      onProgress: () => ++steps === 4 && stop.abort(),
    });
    assertEquals([end, openStore({ data }).read()], ["stopped", []]);
    assertEquals((await run(data, trial, both)).end, "done");
    assertEquals(rowsIn(data), rowsIn(whole));
  }));

Deno.test("a trial learns from a long tail, or from so many images of each class", () =>
  withFolder(async (data) => {
    const [classes] = exampleStages("classes");
    const countsOf = async (dataset: Trial["dataset"]) => {
      const trial = smallTrial({ dataset });
      await run(data, trial, [training, classes!]);
      const { rows } = recordsIn(openStore({ data }), trial, [training, classes!]).classes!;
      return rows.filter(({ metric }) => metric === "count").map(({ value }) => value);
    };
    const of = { name: "mnist", trainCount: 2000, testCount: 50 };
    // 200 * 10^(-i/9), cut off; class 0 has 191 of the first 2000.
    assertEquals(await countsOf({ ...of, longTail: { ratio: 10 } }), [
      191,
      154,
      119,
      92,
      71,
      55,
      43,
      33,
      25,
      20,
    ]);
    assertEquals(await countsOf({ ...of, perClass: 7 }), new Array(10).fill(7));
  }));

Deno.test("runTrial() stops where the signal is given, and refuses what another run holds", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    const stop = new AbortController();
    const running = run(data, trial, quick, {
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await assertRejects(() => run(data, trial), TrialBusyError);
    assertEquals((await running).end, "stopped");
    assertEquals(openStore({ data }).read(), []);
    assertEquals((await run(data, trial)).end, "done");
  }));

Deno.test("a stage cannot begin a trial that makes no weights, nor follow where it makes some", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    await assertRejects(() => run(data, trial, [clean]), TypeError, '"clean"');
    await assertRejects(
      () => run(data, trial, [training, { ...training, settings: { again: true } }]),
      TypeError,
      '"training"',
    );
  }));

Deno.test("runTrial() puts a checkpoint aside that it cannot use, names it, and begins anew", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    const folder = openStore({ data }).runFolder(trialId(trial));
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(join(folder, "checkpoint.safetensors"), "not whole");
    // And what a killed process left half written.
    await Deno.writeTextFile(join(folder, "weights.safetensors.0a1b2c3d.tmp"), "half");
    const { notes, seen } = await run(data, trial, [training]);
    assert(notes.includes("checkpoint.safetensors cannot be used"), notes);
    assertEquals(seen, ["training"]);
    const left = Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
    assertEquals(left.map((name) => name.replace(/-\d.*/, "")), [
      "checkpoint.safetensors.unusable",
      "lock",
      "weights.safetensors",
    ]);
    assert(notes.includes(left[0]!), notes);
  }));

Deno.test("runTrial() does a trial again where that is asked for, and keeps what was there", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    await run(data, trial, [training, clean]);
    const store = openStore({ data });
    const before = recordsIn(store, trial);
    const again = before.training!.startedAt;
    const { seen } = await run(data, trial, [training, clean], { again });
    assertEquals(seen, ["training", "clean"]);
    const after = recordsIn(store, trial);
    assertEquals(after.training!.weights, before.training!.weights);
    assertEquals(after.clean!.rows, before.clean!.rows);
    assert(after.clean!.startedAt > before.clean!.startedAt);
    const superseded = join(data, "results", "smoke", trialId(trial), "superseded");
    assertEquals([...Deno.readDirSync(superseded)].length, 2);
    // It has been done again.
    assertEquals((await run(data, trial, [training, clean], { again })).seen, []);
  }));

Deno.test("runTrial() that is killed while it makes room for doing a trial again makes room for all of it the next time", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    await run(data, trial, [training, clean]);
    const store = openStore({ data });
    const again = recordsIn(store, trial).training!.startedAt;
    const rename = Deno.renameSync;
    // Before it moves the record of `clean`, before the weights, and before the training's record.
    for (const moved of [0, 1, 1]) {
      let moves = 0;
      Deno.renameSync = (from, to) => {
        if (moves++ === moved) throw new Error("killed");
        rename(from, to);
      };
      try {
        await assertRejects(() => run(data, trial, [training, clean], { again }), Error, "killed");
      } finally {
        Deno.renameSync = rename;
      }
      assertEquals(recordsIn(store, trial).training!.startedAt, again);
    }
    assertEquals((await run(data, trial, [training, clean], { again })).seen, [
      "training",
      "clean",
    ]);
  }));

Deno.test("runTrial() that trains other weights puts aside what other sections have measured of those before", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    const store = openStore({ data });
    const superseded = () =>
      Array.from(
        Deno.readDirSync(join(data, "results", "smoke", trialId(trial), "superseded")),
        ({ name }) => name.replace(/^.*Z-/, ""),
      ).sort();
    await run(data, trial, [training, clean]);
    const before = recordsIn(store, trial);
    // The same weights: what another section has measured of them counts on.
    const again = before.training!.startedAt;
    const own = await run(data, trial, [training], { again });
    assert(!own.notes.includes("superseded"), own.notes);
    assertEquals(recordsIn(store, trial).clean, before.clean);
    assertEquals(superseded().length, 1);

    // As they were on another machine.
    const foreign = "f".repeat(64);
    for (
      const { role, record } of [
        { role: "made" as const, record: recordsIn(store, trial).training! },
        { role: "measured" as const, record: before.clean! },
      ]
    ) {
      await Deno.remove(pathOf(data, record));
      store.write({ ...record, weights: { sha256: foreign, role } });
    }
    const foreignAgain = recordsIn(store, trial).training!.startedAt;
    const { notes } = await run(data, trial, [training], { again: foreignAgain });
    assert(notes.includes("superseded now: 1 (clean)"), notes);
    assertEquals(store.read().map(({ stage }) => stage.name), ["training"]);
    assert(superseded().includes(`${stageKey(clean, foreign)}.json`), superseded().join());
    assertEquals((await run(data, trial, [training, clean])).seen, ["clean"]);
  }));

Deno.test("runTrial() that does a trial again takes nothing of what is half done", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    await run(data, trial, [training, clean]);
    const store = openStore({ data });
    const before = recordsIn(store, trial);
    // A clean test set that was measured before an interruption, by the same weights.
    const scratch = join(store.runFolder(trialId(trial)), stageKey(clean));
    await Deno.mkdir(scratch);
    const key = JSON.stringify([
      before.training!.weights!.sha256,
      clean,
      stageDefinition("clean").metrics,
    ]);
    const values = { '["test",null,""]': { values: [["accuracy", 0.123]] } };
    await Deno.writeTextFile(join(scratch, "sets.json"), JSON.stringify({ key, values }));
    await run(data, trial, [training, clean], { again: before.training!.startedAt });
    assertEquals(recordsIn(store, trial).clean!.rows, before.clean!.rows);
  }));

Deno.test("an attack whose file cannot be used is begun anew, and the file is put aside and named", () =>
  withFolder(async (folder) => {
    const trial = smallTrial();
    const [own] = exampleStages("attack") as [Stage];
    const settings = { ...own.settings, images: 8, targets: 1, iterations: 2, queries: 5 };
    const attack = { ...own, settings };
    const scratchIn = (data: string) =>
      join(openStore({ data }).runFolder(trialId(trial)), stageKey(attack));
    const resultsIn = async (data: string) => {
      const { notes } = await run(data, trial, [training, attack]);
      const record = recordsIn(openStore({ data }), trial, [training, attack]).attack!;
      return { notes, rows: record.rows, seconds: record.seconds };
    };
    const whole = await resultsIn(join(folder, "whole"));
    const data = join(folder, "damaged");
    await Deno.mkdir(scratchIn(data), { recursive: true });
    await Deno.writeTextFile(join(scratchIn(data), "linf_0.safetensors"), "not whole");
    await Deno.writeTextFile(join(scratchIn(data), "seconds"), "not whole");
    const { notes, rows, seconds } = await resultsIn(data);
    assertEquals(rows, whole.rows);
    assert(/linf_0.safetensors cannot be used .*unusable/.test(notes), notes);
    assert(seconds > 0 && seconds < 1000);
  }));

Deno.test("a training whose weights are numbers and whose logits are none has diverged, and is not measured in vain", () =>
  withFolder(async (data) => {
    const recipe: Trial["recipe"] = {
      ...smallTrial().recipe,
      // One step so large leaves weights that are finite, and layers whose products are not.
      batchSize: 512,
      optimizer: { name: "sgd", learningRate: 1e25 },
    };
    const trial = smallTrial({ recipe, network: { name: "lenet" } });
    const { end, seen } = await run(data, trial);
    assertEquals([end, seen], ["done", ["training"]]);
    const [record] = openStore({ data }).read();
    // The loss of the only step, before which all was well.
    const { value: loss } = record!.rows.find(({ metric }) => metric === "loss")!;
    assertEquals(record!.outcome, { name: "diverged", step: 0, epoch: 1, loss });

    // What watches the training is not asked to measure it.
    const stages = [training, ...exampleStages("curves", "learnt")];
    const skipping: Trial = { ...trial, recipe: { ...recipe, skipLearnt: true } };
    for (const watched of [trial, skipping]) {
      const folder = join(data, watched === trial ? "watched" : "skipping");
      assertEquals((await run(folder, watched, stages)).seen, ["training"]);
      const found = recordsIn(openStore({ data: folder }), watched, stages).training!;
      assertEquals(found.outcome, record!.outcome);
    }
  }));

Deno.test("a training that diverges has no weights, whatever lies there of one before", () =>
  withFolder(async (data) => {
    const trial = divergingTrial();
    const store = openStore({ data });
    await Deno.mkdir(store.runFolder(trialId(trial)), { recursive: true });
    const weights = join(store.runFolder(trialId(trial)), "weights.safetensors");
    await Deno.writeTextFile(weights, "of another time");
    assertEquals((await run(data, trial)).end, "done");
    const [record] = store.read();
    assertEquals([record!.outcome.name, record!.weights], ["diverged", undefined]);
  }));

Deno.test("A trial killed with SIGKILL and resumed has the weights of an uninterrupted one", () =>
  withFolder(async (folder) => {
    const trial = smallTrial({ recipe: { ...smallTrial().recipe, epochs: 60 } });
    const id = trialId(trial);
    const planned = [{ trial, stages }];
    const whole = openStore({ data: join(folder, "whole") });
    const tasks = (store: Store) => tasksOf(planned, { store });
    assertEquals((await execute(tasks(whole), { store: whole, jobs: 1 })).done, [id]);

    const broken = openStore({ data: join(folder, "broken") });
    const kill = new AbortController();
    const checkpoint = join(broken.runFolder(id), "checkpoint.safetensors");
    const killed = await execute(tasks(broken), {
      store: broken,
      jobs: 1,
      kill: kill.signal,
      onEvent: (_, event) => {
        if (event.event === "progress" && exists(checkpoint)) kill.abort();
      },
    });
    assertEquals(killed.stopped, [id]);
    assertEquals(broken.read(), []);
    assertEquals((await execute(tasks(broken), { store: broken, jobs: 1 })).done, [id]);
    const [a, b] = [recordsIn(whole, trial), recordsIn(broken, trial)];
    assertEquals(Object.keys(b), Object.keys(a));
    // But for what an epoch took.
    const numbers = ({ weights, rows, histograms }: StageRecord) => ({
      weights,
      histograms,
      rows: rows.filter(({ metric }) => metric !== "seconds"),
    });
    for (const stage of Object.keys(a)) assertEquals(numbers(b[stage]!), numbers(a[stage]!), stage);
    assertEquals(a.corrupt!.stage, corrupt);
  }));

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
