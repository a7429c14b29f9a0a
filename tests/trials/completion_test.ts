import { assertEquals, assertThrows } from "@std/assert";
import { createHash } from "node:crypto";
import {
  arrivedDatasets,
  isFinished,
  openStore,
  type StageRecord,
  tasksOf,
  weightsFile,
} from "../../lib/trials/mod.ts";
import { exampleRecord, exampleTrial, withFolder } from "./examples.ts";

const WEIGHTS = Uint8Array.of(1, 2, 3);
const SHA256 = createHash("sha256").update(WEIGHTS).digest("hex");

/** A record that lacks one of two data sets. */
function lacking(): StageRecord {
  return {
    ...exampleRecord(exampleTrial(), "unknown"),
    rows: [{ dataset: "blobs", metric: "auroc_msp", value: 0.5 }],
    missing: [{ dataset: "omniglot", reason: "it is not there" }],
    weights: { sha256: SHA256 },
  };
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
      [{ weights: { sha256: "0".repeat(64) } }, "other weights"],
    ];
    for (const [change, said] of refused) {
      assertThrows(() => store.complete({ ...before, ...change }), Error, said);
      assertEquals(store.get(before.id, "unknown"), before);
    }
    // a metric that it has not of a set that it has
    const fpr95 = { ...row!, metric: "fpr95_msp" };
    const after = { ...before, rows: [ADDED, row!, fpr95], missing: [] };
    store.complete(after);
    assertEquals(store.get(before.id, "unknown"), after);
    assertThrows(() => store.write(after), Error, "already there");
  }));

Deno.test("tasksOf() has a stage pending when a set that it lacks has come, and its weights are there", () =>
  withFolder(async (data) => {
    const store = openStore({ data });
    const record = lacking();
    store.write({ ...exampleRecord(record.trial, "training"), weights: record.weights! });
    store.write(record);
    const pending = (isPresent?: (name: string) => boolean) =>
      tasksOf([record.trial], {
        store,
        evaluations: ["unknown"],
        ...(isPresent && { isPresent }),
      })[0]!.pending;
    const come = (name: string) => name === "omniglot";
    assertEquals(pending(come), []);
    await Deno.mkdir(store.runFolder(record.id), { recursive: true });
    await Deno.writeFile(weightsFile(store, record.id), WEIGHTS);
    assertEquals([pending(come), pending(), pending((name) => name === "kmnist")], [
      ["unknown"],
      [],
      [],
    ]);
    const tasks = tasksOf([record.trial], { store, evaluations: ["unknown"], isPresent: come });
    assertEquals([tasks[0]!.arrived, isFinished(tasks[0]!, store)], [["omniglot"], false]);
    const weights = weightsFile(store, record.id);
    assertEquals(arrivedDatasets(record, { isPresent: come, weights }), ["omniglot"]);
    store.complete({ ...record, rows: [...record.rows, ADDED], missing: [] });
    assertEquals([isFinished(tasks[0]!, store), pending(come)], [true, []]);
  }));

Deno.test("arrivedDatasets() are those measured without a metric of their stage as well", () =>
  withFolder(async (folder) => {
    const weights = `${folder}/weights`;
    await Deno.writeFile(weights, WEIGHTS);
    const record = lacking();
    record.rows.push({ dataset: "test", metric: "msp_exactly_1", value: 0 });
    const arrived = (metrics: string[], stage = "unknown") =>
      arrivedDatasets(record, { isPresent: () => false, weights, metrics: { [stage]: metrics } });
    assertEquals(arrived(["auroc_msp"]), []);
    assertEquals(arrived(["auroc_msp", "fpr95_msp"]), ["blobs"]);
    assertEquals(arrived(["auroc_msp", "fpr95_msp"], "clean"), []);
    await Deno.remove(weights);
    assertEquals(arrived(["auroc_msp", "fpr95_msp"]), []);
  }));

Deno.test("arrivedDatasets() names the files that several missing sets need, once", () =>
  withFolder(async (folder) => {
    const weights = `${folder}/weights`;
    await Deno.writeFile(weights, WEIGHTS);
    const missing = ["frost/1", "frost/2"]
      .map((dataset) => ({ dataset, source: "frost", reason: "no textures" }));
    const arrived = (present: string) =>
      arrivedDatasets({ ...lacking(), missing }, {
        isPresent: (name) => name === present,
        weights,
      });
    assertEquals([arrived("frost"), arrived("frost/1")], [["frost"], []]);
    const record = { ...lacking(), missing };
    const store = openStore({ data: folder });
    store.write(record);
    assertEquals(store.get(record.id, record.stage), record);
  }));

Deno.test("arrivedDatasets() are none where the weights are others than those measured", () =>
  withFolder(async (folder) => {
    const weights = `${folder}/weights`;
    await Deno.writeFile(weights, Uint8Array.of(9));
    assertEquals(arrivedDatasets(lacking(), { isPresent: () => true, weights }), []);
  }));
