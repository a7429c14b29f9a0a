import { dirname, join } from "node:path";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { openStore, stageKey, type Store, trialId } from "../../lib/trials/mod.ts";
import { exampleRecord, exampleStages, exampleTrial, exampleWeights } from "./examples.ts";
import { withFolder } from "../with_folder.ts";

const trial = exampleTrial();
const id = trialId(trial);
const [clean] = exampleStages("clean");

const has = (store: Store) => store.get(id, clean!, exampleWeights) !== undefined;

/** A store whose reports of damaged files are collected. */
function openWatched(data: string) {
  const damaged: string[] = [];
  const store = openStore({ data, onDamaged: ({ path, reason }) => damaged.push(path + reason) });
  return {
    store,
    damaged,
    path: join(data, "results", "smoke", id, `${stageKey(clean!, exampleWeights)}.json`),
  };
}

Deno.test("Store reads back what it wrote", () =>
  withFolder((data) => {
    const { store, damaged } = openWatched(data);
    const record = exampleRecord(trial, "clean", {
      histograms: [{ dataset: "test", score: "msp", low: 0, high: 1, counts: [1, 2] }],
      missing: [{ dataset: "omniglot", reason: "not downloaded" }],
      facts: { images: "generated" },
    });
    assert(!has(store));
    store.write(record);
    assert(has(store));
    assertEquals(store.get(id, clean!, exampleWeights), record);
    assertEquals(store.read(), [record]);
    assertEquals(damaged, []);
  }));

Deno.test("Store filters by scale, trial and stage", () =>
  withFolder((data) => {
    const { store } = openWatched(data);
    const other = exampleTrial({ scale: "paper" });
    store.write(exampleRecord(trial, "training"));
    store.write(exampleRecord(trial, "clean"));
    store.write(exampleRecord(other, "clean"));
    assertEquals(store.read().length, 3);
    assertEquals(store.read({ id }).length, 2);
    assertEquals(store.read({ scale: "paper" }).map((record) => record.id), [trialId(other)]);
    assertEquals(store.read({ scale: "smoke", stage: "clean" }).length, 1);
    assertEquals(store.read({ id, scale: "smoke", stage: "unknown" }), []);
  }));

Deno.test("Store keeps what differs in settings, revision or weights side by side", () =>
  withFolder((data) => {
    const { store } = openWatched(data);
    const [attack] = exampleStages("attack");
    const other = { ...attack!, settings: { ...attack!.settings, images: 64 } };
    const raised = { ...attack!, revision: 2 };
    const weights = { sha256: "1".repeat(64), role: "measured" } as const;
    const records = [
      exampleRecord(trial, attack!),
      exampleRecord(trial, other),
      exampleRecord(trial, raised),
      exampleRecord(trial, attack!, { weights }),
    ];
    for (const record of records) store.write(record);
    assertEquals(store.read().length, 4);
    for (const record of records) {
      assertEquals(store.get(id, record.stage, record.weights!.sha256), record);
    }
  }));

Deno.test("Store is empty where its folder is not there, and creates nothing by reading", () =>
  withFolder((folder) => {
    const { store } = openWatched(join(folder, "data"));
    assertEquals(store.read(), []);
    assert(!has(store));
    assertEquals([...Deno.readDirSync(folder)], []);
  }));

Deno.test("Store trusts nothing that a crash between write and rename leaves", () =>
  withFolder((data) => {
    const { store, damaged, path } = openWatched(data);
    store.write(exampleRecord(trial, "clean"));
    // What is on the disk just before the rename: the whole text, under its temporary name.
    Deno.renameSync(path, `${path}.0a1b2c3d.tmp`);
    assert(!has(store));
    assertEquals(store.read(), []);
    assertEquals(damaged, []);
    store.write(exampleRecord(trial, "clean"));
    assertEquals(store.read().length, 1);
  }));

Deno.test("Store reports a damaged file once, with its path, and does not count it", () =>
  withFolder((data) => {
    const record = exampleRecord(trial, "clean");
    const whole = JSON.stringify(record);
    const [row] = record.rows;
    const histogram = { dataset: "test", score: "msp", low: 0, high: 1, counts: [1, 2] };
    const edited = (change: object) => JSON.stringify({ ...record, ...change });
    const damage: [text: string, reason: string][] = [
      ["", "not whole JSON"],
      [whole.slice(0, whole.length / 2), "not whole JSON"],
      ["null", "the whole value"],
      [whole.replace("0.5", "null"), "rows.0.value"],
      // A share of a whole is in [0, 1]; a loss may be anything.
      [whole.replace("0.5", "1.5"), "accuracy is 1.5"],
      [whole.replace("0.5", "-0.1"), "accuracy is -0.1"],
      // An edited trial no longer has the name of the file.
      [whole.replace('"batchSize":128', '"batchSize":64'), "its trial is"],
      [whole.replace('"clean"', '"unknown"'), "it is the result unknown-"],
      [whole.replace('"revision":1', '"revision":2'), "it is the result clean-"],
      // Of a later version, with a field that is not known here.
      [whole.replace('"seconds"', '"energy":1,"seconds"'), 'Unrecognized key: "energy"'],
      [edited({ rows: [row, row] }), 'rows.1: there are two of "accuracy of test"'],
      [edited({ rows: [{ ...row, at: { severity: 6 } }] }), "rows.0.at.severity"],
      [edited({ rows: [{ ...row, at: { epoch: 0 } }] }), "rows.0.at.epoch"],
      [edited({ rows: [{ ...row, at: { epoch: 9 } }] }), "one is of epoch 9, and there are 1"],
      [edited({ rows: [{ ...row, at: { colour: 1 } }] }), "rows.0.at"],
      [edited({ histograms: [{ ...histogram, low: 1 }] }), "histograms.0"],
      [edited({ histograms: [{ ...histogram, counts: [0, 0] }] }), "histograms.0"],
      [edited({ histograms: [{ ...histogram, counts: [1, -1] }] }), "histograms.0.counts.1"],
      [edited({ histograms: [histogram, histogram] }), 'two of "test msp"'],
      [edited({ weights: undefined }), "weights"],
      [edited({ weights: { sha256: "0".repeat(63), role: "measured" } }), "weights.sha256"],
      [edited({ weights: { sha256: "1".repeat(64), role: "measured" } }), "it is the result"],
      [edited({ outcome: { name: "diverged", step: 1, epoch: 0, loss: "NaN" } }), "it diverged"],
      [edited({ outcome: { name: "lost" } }), "outcome"],
      [edited({ provenance: { device: "CPU" } }), "provenance.deno"],
      [edited({ startedAt: "yesterday" }), "startedAt"],
      [edited({ seconds: -1 }), "seconds"],
      [edited({ missing: [{ dataset: "kmnist" }] }), "missing.0.reason"],
      [edited({ facts: { images: null } }), "facts.images"],
      [edited({ completions: [{ datasets: [] }] }), "completions.0"],
      [edited({ id: "another" }), "its trial is"],
    ];
    for (const [text, reason] of damage) {
      const { store, damaged, path } = openWatched(data);
      Deno.mkdirSync(dirname(path), { recursive: true });
      Deno.writeTextFileSync(path, text);
      assert(!has(store));
      assertEquals(store.read(), []);
      assertEquals(damaged.length, 1);
      assert(damaged[0]!.startsWith(path) && damaged[0]!.includes(reason), damaged[0]);
    }
  }));

Deno.test("Store replaces a damaged record, which it keeps, and never a trusted one", () =>
  withFolder((data) => {
    const { store, path } = openWatched(data);
    store.write(exampleRecord(trial, "clean"));
    assertThrows(
      () => store.write(exampleRecord(trial, "clean", { seconds: 2 })),
      Error,
      "already there",
    );
    assertEquals(store.get(id, clean!, exampleWeights)?.seconds, 1.5);
    Deno.truncateSync(path, 100);
    const damaged = Deno.readTextFileSync(path);
    store.write(exampleRecord(trial, "clean", { seconds: 2 }));
    assertEquals(store.get(id, clean!, exampleWeights)?.seconds, 2);
    // It may be one of a later version, and hours of work.
    const folder = join(dirname(path), "superseded");
    const kept = Array.from(Deno.readDirSync(folder), ({ name }) => join(folder, name));
    assertEquals(kept.map((file) => Deno.readTextFileSync(file)), [damaged]);
  }));

Deno.test("Store counts no folder that lies under a result's name, and puts it aside for the result", () =>
  withFolder((data) => {
    const { store, damaged, path } = openWatched(data);
    Deno.mkdirSync(path, { recursive: true });
    Deno.writeTextFileSync(join(path, "notes.txt"), "mine");
    assertEquals([store.read(), has(store)], [[], false]);
    assertEquals(damaged, [`${path}it is a folder`]);
    const record = exampleRecord(trial, "clean");
    store.write(record);
    assertEquals(store.read(), [record]);
    const folder = join(dirname(path), "superseded");
    const [kept] = Array.from(Deno.readDirSync(folder), ({ name }) => join(folder, name));
    assertEquals(Deno.readTextFileSync(join(kept!, "notes.txt")), "mine");
  }));

Deno.test("Store says of a damaged file whether a run will replace it", () =>
  withFolder((data) => {
    const [own, ...others] = [["smoke", id], ["smoke", "junk"], ["paper", id]].map((parts) => {
      const folder = join(data, "results", ...parts);
      Deno.mkdirSync(folder, { recursive: true });
      Deno.writeTextFileSync(join(folder, "clean-00000000.json"), "{}");
      return folder;
    });
    const logged: string[] = [];
    const { error } = console;
    console.error = (...words) => logged.push(words.join(" "));
    try {
      assertEquals(openStore({ data }).read(), []);
    } finally {
      console.error = error;
    }
    const about = (folder: string) => logged.find((line) => line.includes(folder))!;
    assert(about(own!).includes("its trial's next run replaces it"), about(own!));
    for (const folder of others) {
      assert(about(folder).includes("so that no run replaces it"), about(folder));
    }
  }));

Deno.test("Store puts a record aside where one is made anew, and reads it no more", () =>
  withFolder((data) => {
    const { store, damaged } = openWatched(data);
    const record = exampleRecord(trial, "clean");
    assertEquals(store.putAside(record), undefined);
    store.write(record);
    const aside = store.putAside(record)!;
    assert(Deno.readTextFileSync(aside).includes(id));
    assertEquals([store.read(), has(store), damaged], [[], false, []]);
    store.write(exampleRecord(trial, "clean", { seconds: 9 }));
    assertEquals(store.read().length, 1);
  }));

Deno.test("Store refuses numbers that JSON cannot hold", () =>
  withFolder((data) => {
    const { store } = openWatched(data);
    const rows = [{ dataset: "test", metric: "accuracy", value: NaN }];
    assertThrows(() => store.write(exampleRecord(trial, "clean", { rows })), TypeError, "rows.0");
    assertEquals(store.read(), []);
  }));

Deno.test("Store counts no record that lies in the folder of another trial", () =>
  withFolder((data) => {
    const { store, damaged, path } = openWatched(data);
    store.write(exampleRecord(trial, "clean"));
    const other = trialId(exampleTrial({ index: 1 }));
    Deno.renameSync(dirname(path), join(dirname(dirname(path)), other));
    assertEquals([store.read(), store.get(other, clean!, exampleWeights)], [[], undefined]);
    assert(damaged[0]!.includes(`its trial is ${id}`), damaged[0]);
  }));

Deno.test("Store takes a loss below 0, which no share can be", () =>
  withFolder((data) => {
    const { store } = openWatched(data);
    const rows = [{ metric: "loss", value: -0.5, at: { epoch: 1 } }];
    store.write(exampleRecord(trial, "training", { rows }));
    assertEquals(store.read()[0]!.rows, rows);
  }));
