import { assertEquals, assertThrows } from "@std/assert";
import { createHash } from "node:crypto";
import { isFinished, tasksOf } from "../../lib/reproduction/mod.ts";
import { stageDefinition } from "../../lib/stages/mod.ts";
import {
  arrivedDatasets,
  openStore,
  stageKey,
  type StageRecord,
  weightsFile,
} from "../../lib/trials/mod.ts";
import { exampleRecord, exampleStages, exampleTrial } from "./examples.ts";
import { withFolder } from "../with_folder.ts";

const WEIGHTS = Uint8Array.of(1, 2, 3);
const SHA256 = createHash("sha256").update(WEIGHTS).digest("hex");

/** A record that lacks one of two data sets. */
function lacking(): StageRecord {
  return {
    ...exampleRecord(exampleTrial(), "unknown"),
    rows: [{ dataset: "blobs", metric: "auroc_msp", value: 0.5 }],
    missing: [{ dataset: "omniglot", reason: "it is not there" }],
    weights: { sha256: SHA256, role: "measured" },
  };
}

/** What was measured later, with its own provenance. */
function completionOf(datasets: string[]) {
  const { provenance } = lacking();
  return { datasets, provenance, startedAt: "2026-02-02T03:04:05.000Z", seconds: 1 };
}

const ADDED = { dataset: "omniglot", metric: "auroc_msp", value: 0.75 };

Deno.test("complete() adds to a record, and neither changes nor loses a number of it", () =>
  withFolder((data) => {
    const store = openStore({ data });
    const before = lacking();
    const [row] = before.rows;
    assertThrows(() => store.complete(before), Error, "there is none");
    store.write(before);
    const refused: [Partial<StageRecord>, string][] = [
      [{ rows: [ADDED] }, "its auroc_msp of blobs would change"],
      [{ rows: [{ ...row!, value: 0.6 }, ADDED] }, "its auroc_msp of blobs would change"],
      [{ rows: [row!, { ...ADDED, dataset: "phase" }] }, "of phase is not of a missing data set"],
      [{ weights: { sha256: "0".repeat(64), role: "measured" } }, "there is none"],
      [{ outcome: { name: "diverged", step: 1, epoch: 0, loss: "NaN" } }, "it diverged"],
      [{ provenance: { ...before.provenance, device: "another" } }, "provenance"],
      [{ startedAt: "2027-01-02T03:04:05.000Z" }, "startedAt"],
      [{ seconds: 99 }, "seconds"],
      [{ facts: { images: "generated" } }, "facts"],
      [{ missing: [] }, "no longer say that omniglot is missing"],
    ];
    for (const [change, said] of refused) {
      assertThrows(() => store.complete({ ...before, ...change }), Error, said);
      assertEquals(store.get(before.id, before.stage, SHA256), before);
    }
    // a metric that it has not of a set that it has
    const fpr95 = { ...row!, metric: "fpr95_msp" };
    const completions = [completionOf(["omniglot", "blobs"])];
    const after = { ...before, rows: [ADDED, row!, fpr95], missing: [], completions };
    store.complete(after);
    assertThrows(() => store.complete({ ...after, completions: [] }), Error, "completions");
    assertEquals(store.get(before.id, before.stage, SHA256), after);
    assertThrows(() => store.write(after), Error, "already there");
  }));

Deno.test("tasksOf() has a stage pending when a set that it lacks has come, and its weights are there", () =>
  withFolder(async (data) => {
    const store = openStore({ data });
    const record = lacking();
    const stages = exampleStages("training", "unknown");
    // It has no metric but one.
    const rows = stageDefinition("unknown").metrics.map((metric) => ({ ...ADDED, metric }));
    const whole = rows.map((row) => ({ ...row, dataset: "blobs" }));
    const weights = { sha256: SHA256, role: "made" } as const;
    store.write(exampleRecord(record.trial, "training", { weights }));
    store.write({ ...record, rows: whole });
    const taskOf = (isPresent?: (name: string) => boolean) =>
      tasksOf([{ trial: record.trial, stages }], { store, ...(isPresent && { isPresent }) })[0]!;
    const pending = (isPresent?: (name: string) => boolean) =>
      taskOf(isPresent).pending.map(({ name }) => name);
    const come = (name: string) => name === "omniglot";
    assertEquals(pending(come), []);
    await Deno.mkdir(store.runFolder(record.id), { recursive: true });
    await Deno.writeFile(weightsFile(store, record.id), WEIGHTS);
    assertEquals([pending(come), pending(), pending((name) => name === "kmnist")], [
      ["unknown"],
      [],
      [],
    ]);
    const task = taskOf(come);
    assertEquals([task.arrived, isFinished(task, store)], [["omniglot"], false]);
    store.complete({ ...record, rows: [...whole, ...rows], missing: [] });
    assertEquals([isFinished(task, store), pending(come)], [true, []]);
    // Numbers of other weights would not belong beside those that are there.
    await Deno.writeFile(weightsFile(store, record.id), Uint8Array.of(9));
    assertEquals(pending(() => true), []);
  }));

Deno.test("arrivedDatasets() are those measured without a metric of their stage as well", () => {
  const record = lacking();
  record.rows.push({ dataset: "test", metric: "msp_exactly_1", value: 0 });
  const arrived = (metrics: string[]) =>
    arrivedDatasets(record, { isPresent: () => false, metrics });
  assertEquals(arrived(["auroc_msp"]), []);
  assertEquals(arrived(["auroc_msp", "fpr95_msp"]), ["blobs"]);
});

Deno.test("arrivedDatasets() has a corruption that could not be made when published images have come", () => {
  const trial = exampleTrial({ dataset: { name: "cifar10" } });
  const missing = [{ dataset: "frost", source: "frost_textures", reason: "no textures" }];
  const arrived = (present: string, stage = "corrupt") =>
    arrivedDatasets(exampleRecord(trial, stage, { missing }), {
      isPresent: (name) => name === present,
      metrics: [],
    });
  assertEquals(arrived("cifar10_c"), ["frost_textures"]);
  assertEquals([arrived("cifar100_c"), arrived("cifar10_c", "unknown")], [[], []]);
});

Deno.test("arrivedDatasets() names the files that several missing sets need, once", () =>
  withFolder((folder) => {
    const missing = ["frost", "snow"]
      .map((dataset) => ({ dataset, source: "frost", reason: "no textures" }));
    const arrived = (present: string) =>
      arrivedDatasets({ ...lacking(), missing }, {
        isPresent: (name) => name === present,
        metrics: [],
      });
    assertEquals([arrived("frost"), arrived("snow")], [["frost"], []]);
    const record = { ...lacking(), missing };
    const store = openStore({ data: folder });
    store.write(record);
    assertEquals(store.get(record.id, record.stage, SHA256), record);
    const [file] = Array.from(Deno.readDirSync(`${folder}/results/smoke/${record.id}`));
    assertEquals(file!.name, `${stageKey(record.stage, SHA256)}.json`);
  }));
