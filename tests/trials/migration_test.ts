import { join } from "node:path";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { planOf } from "../../lib/reproduction/mod.ts";
import {
  migrateRecord,
  migrateResults,
  openStore,
  recordsOf,
  type Stage,
  stageKey,
  trialId,
} from "../../lib/trials/mod.ts";
import { withFolder } from "../with_folder.ts";

const weights = "ab".repeat(32);

/** A result as it was stored before trials had kinds and stages were data; LeNet with HEM at the preview's scale. */
function firstForm(stage: string, change: Record<string, unknown> = {}) {
  return {
    trial: {
      section: "5.1",
      scale: "preview",
      dataset: { name: "mnist" },
      network: { name: "lenet" },
      loss: { name: "hem" },
      recipe: {
        epochs: 2,
        batchSize: 128,
        optimizer: { name: "adam", learningRate: 0.001 },
        schedule: { name: "constant" },
        augmentation: "none",
        threads: 1,
      },
      index: 1,
    },
    id: oldId,
    stage,
    startedAt: "2026-11-27T23:13:35.000Z",
    seconds: 5.25,
    environment: { deno: "2", tensorflow: "2", device: "cpu", threads: 1, platform: "linux" },
    weights: { sha256: weights },
    rows: [],
    ...change,
  };
}

const oldId = "mnist-lenet-hem-preview-t1-66a891c1";

const old = {
  training: firstForm("training", {
    epochs: [{ epoch: 0, loss: 0.5, seconds: 2 }, { epoch: 1, loss: 0.25, seconds: 3 }],
  }),
  clean: firstForm("clean", {
    rows: [{ dataset: "test", metric: "accuracy", value: 0.97 }],
    histograms: [{ dataset: "test", score: "msp", low: 0, high: 1, counts: [1, 9] }],
  }),
  corrupt: firstForm("corrupt", {
    rows: [{ dataset: "fog", metric: "accuracy", value: 0.125 }],
    settings: { images: "generated", seed: 0 },
  }),
  attack: firstForm("attack", {
    rows: [{ dataset: "autoattack_l2", metric: "dar_msp", value: 0.75 }],
    missing: [],
    settings: {
      preset: "torchattacks",
      targets: 9,
      images: 500,
      epsilon_linf: 0.3,
      epsilon_l2: 2,
    },
  }),
  unknown: firstForm("unknown", {
    rows: [{ dataset: "blobs", metric: "auroc_msp", value: 0.875 }],
    missing: [{ dataset: "kmnist", reason: "not there" }],
    settings: {
      fpr95: "unknown positive; first threshold with TPR >= 0.95; ties together",
      aupr: "in: known positive, out: unknown positive; trapezoids, not average precision",
    },
    completions: [{
      datasets: ["blobs"],
      startedAt: "2026-11-28T00:00:00.000Z",
      seconds: 1,
      environment: { deno: "2", tensorflow: "2", device: "cpu", threads: 1, platform: "linux" },
    }],
  }),
};

function writeFirstForm(data: string): string {
  const folder = join(data, "results", "preview", oldId);
  Deno.mkdirSync(folder, { recursive: true });
  for (const [stage, record] of Object.entries(old)) {
    Deno.writeTextFileSync(join(folder, `${stage}.json`), JSON.stringify(record));
  }
  Deno.mkdirSync(join(data, "runs", oldId), { recursive: true });
  Deno.writeTextFileSync(join(data, "runs", oldId, "weights.safetensors"), "weights");
  return folder;
}

/** The preview attacked twice as many images then. */
const ofThen = (stage: Stage): Stage =>
  stage.name === "attack" ? { ...stage, settings: { ...stage.settings, images: 500 } } : stage;

Deno.test("migrateResults() makes what section 5.1 plans out of its first results, number for number", () =>
  withFolder((data) => {
    const folder = writeFirstForm(data);
    const done = migrateResults(data);
    assertEquals(done, {
      records: 5,
      trials: 1,
      runs: 1,
      rowsBefore: 4,
      rowsAfter: 8,
      histograms: 1,
      already: 0,
      unread: [],
    });
    const store = openStore({ data });
    const planned = planOf("5.1", "preview", { repeats: 2 }).filter(({ trial }) =>
      trial.network.name === "lenet" && trial.loss.name === "hem" && trial.index === 1
    ).map(({ trial, stages }) => ({ trial, stages: stages.map(ofThen) }));
    const found = recordsOf(planned, store);
    assertEquals(found.map(({ stage }) => stage.name), [
      "training",
      "clean",
      "corrupt",
      "unknown",
      "attack",
    ]);
    const [training, clean, corrupt, unknown, attack] = found;
    assertEquals(training!.rows, [
      { metric: "loss", value: 0.5, at: { epoch: 1 } },
      { metric: "seconds", value: 2, at: { epoch: 1 } },
      { metric: "loss", value: 0.25, at: { epoch: 2 } },
      { metric: "seconds", value: 3, at: { epoch: 2 } },
    ]);
    assertEquals(training!.weights, { sha256: weights, role: "made" });
    for (
      const [record, before] of [
        [clean, old.clean],
        [corrupt, old.corrupt],
        [unknown, old.unknown],
        [attack, old.attack],
      ] as const
    ) {
      assertEquals(record!.rows as unknown, before.rows);
      assertEquals([record!.seconds, record!.startedAt], [before.seconds, before.startedAt]);
      assertEquals(record!.provenance, before.environment);
    }
    assertEquals(clean!.histograms!.length, 1);
    assertEquals(corrupt!.facts, { images: "generated" });
    assertEquals(unknown!.missing!.length, 1);
    assertEquals(unknown!.completions!.map(({ datasets }) => datasets), [["blobs"]]);

    const id = trialId(planned[0]!.trial);
    const kept = Deno.readTextFileSync(join(store.runFolder(id), "weights.safetensors"));
    assertEquals(kept, "weights");
    assertThrows(() => Deno.statSync(folder), Deno.errors.NotFound);
    assertThrows(() => Deno.statSync(join(data, "runs", oldId)), Deno.errors.NotFound);

    const again = migrateResults(data);
    assertEquals([again.records, again.already, again.runs], [0, 5, 0]);
    assertEquals(recordsOf(planned, store), found);
  }));

Deno.test("migrateResults() goes on where it was interrupted, and leaves what it cannot read", () =>
  withFolder((data) => {
    const folder = writeFirstForm(data);
    const whole = Deno.readTextFileSync(join(folder, "clean.json"));
    Deno.writeTextFileSync(join(folder, "clean.json"), whole.slice(0, 100));
    const first = migrateResults(data);
    assertEquals([first.records, first.unread.length], [4, 1]);
    assert(first.unread[0]!.path.endsWith("clean.json"));
    Deno.writeTextFileSync(join(folder, "clean.json"), whole);
    const second = migrateResults(data);
    assertEquals([second.records, second.unread.length], [1, 0]);
    assertEquals(openStore({ data }).read().length, 5);
  }));

Deno.test("migrateResults() moves the weights at the next try where it could not", () =>
  withFolder((data) => {
    writeFirstForm(data);
    const to = join(data, "runs", migrateRecord(old.clean).id);
    // a folder cannot take the name of a file
    Deno.writeTextFileSync(to, "");
    assertThrows(() => migrateResults(data));
    Deno.removeSync(to);
    assertEquals(migrateResults(data).runs, 1);
    assertEquals(Deno.readTextFileSync(join(to, "weights.safetensors")), "weights");
    assertEquals(openStore({ data }).read().length, 5);
  }));

Deno.test("migrateResults() leaves a result alone that is there in the present form", () =>
  withFolder((data) => {
    const folder = writeFirstForm(data);
    const old = Deno.readTextFileSync(join(folder, "clean.json"));
    migrateResults(data);
    const [clean] = openStore({ data }).read({ stage: "clean" });
    const file = join(
      data,
      "results",
      "preview",
      clean!.id,
      `${stageKey(clean!.stage, weights)}.json`,
    );
    const changed = JSON.stringify({ ...clean!, seconds: 1234 });
    Deno.writeTextFileSync(file, changed);
    // As merged from another machine.
    Deno.mkdirSync(folder, { recursive: true });
    Deno.writeTextFileSync(join(folder, "clean.json"), old);
    const { records, unread } = migrateResults(data);
    assertEquals([records, unread.map(({ path }) => path)], [0, [join(folder, "clean.json")]]);
    assert(unread[0]!.reason.includes(file));
    assertEquals(Deno.readTextFileSync(file), changed);
  }));

Deno.test("migrateRecord() keeps trainings by kernels that were replaced apart, by their revision", () => {
  const early = { ...old.training, startedAt: "2026-11-24T18:15:05.000Z" };
  assertEquals([migrateRecord(early).stage.revision, migrateRecord(old.training).stage.revision], [
    1,
    2,
  ]);
});

Deno.test("migrateRecord() has the severity of a corruption in a place of its own", () => {
  const rows = [{ dataset: "fog/3", metric: "accuracy", value: 0.5 }];
  assertEquals(migrateRecord({ ...old.corrupt, rows }).rows, [
    { dataset: "fog", metric: "accuracy", value: 0.5, at: { severity: 3 } },
  ]);
});

Deno.test("migrateRecord() refuses what is no result of the first form", () => {
  const { trial } = old.clean;
  const wrong: [string, unknown][] = [
    ["section", { ...old.clean, trial: { ...trial, section: "B.1" } }],
    ["stage", { ...old.clean, stage: { name: "clean" } }],
    ["accuracy is 7", { ...old.clean, rows: [{ dataset: "test", metric: "accuracy", value: 7 }] }],
    ["the whole value", null],
  ];
  for (const [message, value] of wrong) {
    assertThrows(() => migrateRecord(value), TypeError, message);
  }
});
