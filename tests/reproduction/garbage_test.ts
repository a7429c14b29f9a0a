import { join } from "node:path";
import { assertEquals } from "@std/assert";
import { madeFolder } from "../../lib/datasets/mod.ts";
import { experiments } from "../../lib/experiments/mod.ts";
import { findGarbage, planOf, removeGarbage } from "../../lib/reproduction/mod.ts";
import {
  hashOfFile,
  isTrialRunning,
  lockTrial,
  openStore,
  type PlannedTrial,
  type Stage,
  stageKey,
  type Trial,
  trialId,
  weightsFile,
} from "../../lib/trials/mod.ts";
import { exampleRecord } from "../trials/examples.ts";
import { withFolder } from "../with_folder.ts";

// Of all sections, since a trial is finished when each has what it asks for.
const all = planOf(Object.keys(experiments), "smoke");
const planned = planOf("5.1", "smoke").filter(({ trial }) => trial.network.name === "mlp")
  .map(({ trial }) => {
    const same = all.filter((one) => trialId(one.trial) === trialId(trial));
    const stages = same.flatMap((one) => one.stages);
    return { trial, stages: [...new Map(stages.map((one) => [stageKey(one), one])).values()] };
  });

/** A data folder with a finished trial, one under way, one interrupted, and an older revision. */
function fill(data: string) {
  const store = openStore({ data });
  const [finished, running, interrupted] = planned.map(({ trial }) => trialId(trial));
  const write = (id: string, name: string, text = "x") => {
    Deno.mkdirSync(store.runFolder(id), { recursive: true });
    Deno.writeTextFileSync(join(store.runFolder(id), name), text);
  };
  for (const id of [finished!, running!, interrupted!]) {
    write(id, "log.jsonl");
    write(id, "lock", "");
    write(id, "weights.safetensors", id);
  }
  const { trial, stages } = planned[0]!;
  const sha256 = hashOfFile(weightsFile(store, finished!))!;
  const record = (stage: Stage) =>
    exampleRecord(trial, stage, {
      rows: [],
      weights: { sha256, role: stage === stages[0] ? "made" : "measured" },
    });
  for (const stage of stages) store.write(record(stage));
  store.write(record({ ...stages[1]!, revision: 1000 }));
  // Done anew: the first is kept as superseded.
  store.putAside(record(stages[2]!));
  store.write(record(stages[2]!));
  write(finished!, "weights.safetensors.unusable-2026-01-02T03-04-05-000Z");
  write(finished!, "weights.safetensors.0123abcd.tmp");
  write(interrupted!, "checkpoint.safetensors");
  // Of a run that does all anew.
  Deno.writeTextFileSync(join(data, "runs", "anew-0123456789abcdef.json"), "{}");
  Deno.writeTextFileSync(join(data, "results", ".probe-0123abcd"), "");
  return { store, finished: finished!, running: running!, interrupted: interrupted! };
}

Deno.test("garbage is what nothing reads: replaced records, ends of finished trials, orphans, half files", () =>
  withFolder(async (data) => {
    const { store, finished, running, interrupted } = fill(data);
    const lock = lockTrial(store.runFolder(running));
    const found = findGarbage(data);
    const counts = Map.groupBy(found, ({ kind }) => kind);
    const inRuns = (kind: "runs" | "weights") =>
      counts.get(kind)!.map(({ path }) => path.slice(join(data, "runs").length + 1)).sort();
    assertEquals(counts.get("superseded")!.length, 2);
    assertEquals(inRuns("runs"), [join(finished, "log.jsonl")]);
    // The interrupted one's weights belong to no record; those of the finished one do.
    assertEquals(
      inRuns("weights"),
      [
        join(interrupted, "weights.safetensors"),
        join(finished, "weights.safetensors.unusable-2026-01-02T03-04-05-000Z"),
      ].sort(),
    );
    assertEquals(counts.get("temporary")!.length, 2);
    assertEquals(found.find(({ path }) => path.endsWith("log.jsonl"))!.bytes, 1);

    const before = store.read().length;
    const removed = await removeGarbage(data, [
      ...found,
      { kind: "runs", path: join(store.runFolder(running), "log.jsonl"), bytes: 1 },
    ]);
    assertEquals(removed.length, found.length);
    lock.release();
    assertEquals(store.read().length, before - 1);
    assertEquals(hashOfFile(weightsFile(store, finished))?.length, 64);
    assertEquals(isTrialRunning(store.runFolder(running)), false);
    // What was running is none any more: its weights are of no record.
    assertEquals(findGarbage(data).map(({ kind }) => kind), ["weights"]);
  }));

Deno.test("a trial is finished without what only a request would run, unless that is half done", () =>
  withFolder((data) => {
    const store = openStore({ data });
    const [{ trial, stages: asked }] = planOf("attacks_by_epoch", "smoke") as [PlannedTrial];
    const id = trialId(trial);
    const { stages } = planOf("B.3", "smoke").find((one) => trialId(one.trial) === id)!;
    const folder = store.runFolder(id);
    Deno.mkdirSync(folder, { recursive: true });
    Deno.writeTextFileSync(join(folder, "log.jsonl"), "");
    const paths = () => findGarbage(data).map(({ path }) => path);
    for (const stage of stages) {
      assertEquals(paths(), []);
      store.write(exampleRecord(trial, stage));
    }
    assertEquals(paths(), [join(folder, "log.jsonl")]);
    const attacks = asked.find((stage) =>
      !stages.some((other) => stageKey(other) === stageKey(stage))
    )!;
    Deno.mkdirSync(join(folder, stageKey(attacks)));
    assertEquals(paths(), []);
    store.write(exampleRecord(trial, attacks));
    assertEquals(paths(), [join(folder, stageKey(attacks)), join(folder, "log.jsonl")].sort());
  }));

Deno.test("what a run was to do anew is garbage once nothing has touched it for 30 days", () =>
  withFolder(async (data) => {
    const file = join(data, "runs", "anew-0123456789abcdef.json");
    Deno.mkdirSync(join(data, "runs"));
    for (const [days, count] of [[29, 0], [31, 1]] as const) {
      Deno.writeTextFileSync(file, "{}");
      const then = new Date(Date.now() - days * 86_400_000);
      Deno.utimeSync(file, then, then);
      const found = findGarbage(data);
      assertEquals(found.length, count);
      assertEquals((await removeGarbage(data, found)).length, count);
    }
    assertEquals(Array.from(Deno.readDirSync(join(data, "runs"))), []);
  }));

Deno.test("a file in the place of the made images is no garbage and stops nothing", () =>
  withFolder((data) => {
    Deno.writeTextFileSync(join(data, "made"), "mine");
    assertEquals(findGarbage(data), []);
  }));

Deno.test("images that other code has made are garbage, those of this code are none", () =>
  withFolder(async (data) => {
    const own = madeFolder(data)!;
    const other = join(data, "made", "0123456789abcdef");
    for (const folder of [own, other]) {
      Deno.mkdirSync(folder, { recursive: true });
      Deno.writeTextFileSync(join(folder, "fog-0"), "123");
    }
    const found = findGarbage(data);
    assertEquals(found, [{ kind: "made", path: other, bytes: 3 }]);
    await removeGarbage(data, found);
    assertEquals(Array.from(Deno.readDirSync(join(data, "made")), ({ name }) => name).length, 1);
    assertEquals(findGarbage(data), []);
  }));

Deno.test("results of trials in no plan are garbage of a kind of its own; what a plan could ask for is none", () =>
  withFolder(async (data) => {
    const store = openStore({ data });
    const [{ trial, stages }] = planned as [typeof planned[0]];
    const others = {
      // Of no plan: another recipe.
      unplanned: { ...trial, recipe: { ...trial.recipe, epochs: 17 } },
      running: { ...trial, recipe: { ...trial.recipe, epochs: 18 } },
      annotated: { ...trial, recipe: { ...trial.recipe, epochs: 19 } },
      // What --trials and --micro-batch make.
      repeat: planOf("5.1", "smoke", { repeats: 40 }).at(-1)!.trial,
      inParts: { ...trial, recipe: { ...trial.recipe, microBatch: 8 } },
    };
    const folderOf = (one: Trial) => join(data, "results", one.scale, trialId(one));
    for (const one of Object.values(others)) store.write(exampleRecord(one, stages[0]!));
    const again = exampleRecord(others.unplanned, stages[0]!);
    store.putAside(again);
    store.write(again);
    Deno.writeTextFileSync(join(folderOf(others.annotated), "notes.txt"), "mine");
    Deno.mkdirSync(join(data, "results", "own"), { recursive: true });
    Deno.writeTextFileSync(join(data, "results", "own", "mine.json"), "{}");
    const lock = lockTrial(store.runFolder(trialId(others.running)));
    const found = findGarbage(data);
    const paths = found.filter(({ kind }) => kind === "unplanned").map(({ path }) => path);
    assertEquals(paths, [folderOf(others.unplanned)]);
    // As a whole: what was put aside of it is not listed twice.
    assertEquals(found.map(({ kind }) => kind), ["unplanned"]);
    const running = { kind: "unplanned" as const, path: folderOf(others.running), bytes: 1 };
    assertEquals((await removeGarbage(data, [...found, running])).length, 1);
    lock.release();
    const left = store.read().map(({ id }) => id).sort();
    const { unplanned: _, ...kept } = others;
    assertEquals(left, Object.values(kept).map((one) => trialId(one)).sort());
  }));

Deno.test("pictures that figures read are no garbage, though their trial is finished", () =>
  withFolder((data) => {
    const store = openStore({ data });
    const { trial, stages } = planOf("5.4", "smoke")[0]!;
    const folder = store.runFolder(trialId(trial));
    for (const stage of stages) store.write(exampleRecord(trial, stage));
    Deno.mkdirSync(join(folder, "scenes"), { recursive: true });
    Deno.writeTextFileSync(join(folder, "log.jsonl"), "");
    assertEquals(findGarbage(data).map(({ path }) => path), [join(folder, "log.jsonl")]);
  }));

Deno.test("what a trial writes while garbage is looked for is none, and what it removes then stops nothing", () =>
  withFolder((data) => {
    const { store, finished, running } = fill(data);
    const written = [finished, running].map((id) => {
      const folder = join(data, "results", "smoke", id);
      Deno.mkdirSync(folder, { recursive: true });
      const path = join(folder, "clean-01234567.json.0123abcd.tmp");
      Deno.writeTextFileSync(path, "{}");
      return path;
    });
    const lock = lockTrial(store.runFolder(running));
    const found = findGarbage(data).map(({ path }) => path);
    assertEquals(written.map((path) => found.includes(path)), [true, false]);
    lock.release();
    const lstat = Deno.lstatSync;
    Deno.lstatSync = (path) => {
      if (path === written[1]) Deno.removeSync(path);
      return lstat(path);
    };
    try {
      const gone = findGarbage(data).find(({ path }) => path === written[1]);
      assertEquals(gone!.bytes, 0);
    } finally {
      Deno.lstatSync = lstat;
    }
  }));

Deno.test("there is no garbage where there is nothing", () =>
  withFolder((data) => assertEquals(findGarbage(join(data, "nowhere")), [])));
