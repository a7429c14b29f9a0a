import { createHash } from "node:crypto";
import { join } from "node:path";
import { assertEquals } from "@std/assert";
import { trialsToVerify, verifyTrial } from "../../lib/reproduction/mod.ts";
import type { RunTrial } from "../../lib/stages/mod.ts";
import { openStore, trialId, weightsFile } from "../../lib/trials/mod.ts";
import { exampleRecord as recordOf, exampleStages, exampleTrial } from "../trials/examples.ts";
import { withFolder } from "../with_folder.ts";

// The SHA-256 of "weights", which is what lies in the file of weights.
const stored = createHash("sha256").update("weights").digest("hex");

const trial = exampleTrial();
const stages = exampleStages("training", "clean");
const planned = { trial, stages };

/** A record of the weights that lie there. */
const exampleRecord: typeof recordOf = (trial, stage, change) => {
  const role = stage === "training" ? "made" : "measured";
  return recordOf(trial, stage, { weights: { sha256: stored, role }, ...change });
};

/** Stores a trial with its weights, as training leaves them. */
async function store(data: string, clean = exampleRecord(trial, "clean")) {
  const results = openStore({ data });
  const training = exampleRecord(trial, "training", {
    rows: [
      { metric: "loss", value: 0.25, at: { epoch: 1 } },
      { metric: "seconds", value: 3, at: { epoch: 1 } },
    ],
  });
  results.write(training);
  results.write(clean);
  await Deno.mkdir(results.runFolder(trialId(trial)), { recursive: true });
  await Deno.writeTextFile(weightsFile(results, trialId(trial)), "weights");
  return training;
}

/** Measures what it is told to, and trains where there is no record of that. */
function measures(accuracy: number, sha256 = stored): RunTrial {
  return ({ trial }, { data }) => {
    const results = openStore({ data });
    const id = trialId(trial);
    if (results.read({ id, stage: "training" }).length === 0) {
      const rows = [{ metric: "loss", value: 0.25, at: { epoch: 1 } }];
      const made = { sha256, role: "made" } as const;
      results.write(exampleRecord(trial, "training", { rows, weights: made }));
    }
    const rows = [{ dataset: "test", metric: "accuracy", value: accuracy }];
    results.write(
      exampleRecord(trial, "clean", { rows, weights: { sha256, role: "measured" } }),
    );
    return Promise.resolve("done");
  };
}

Deno.test("verifyTrial() compares every stored number with what is measured now", () =>
  withFolder(async (data) => {
    assertEquals(await verifyTrial(planned, { data, run: measures(0.5) }), undefined);
    await store(data);
    const before = openStore({ data }).read();
    const id = trialId(trial);
    assertEquals(await verifyTrial(planned, { data, run: measures(0.5) }), {
      id,
      compared: 1,
      changed: [],
      rounded: { count: 0, most: 0 },
      missing: [],
    });
    const other = await verifyTrial(planned, { data, run: measures(0.75) });
    assertEquals(other!.changed, [{
      stage: "clean",
      row: { dataset: "test", metric: "accuracy", value: 0.5 },
      now: 0.75,
    }]);
    const [near, far] = [0.5 + 2 ** -24, 0.5 + 1e-4];
    const rounded = await verifyTrial(planned, { data, run: measures(near) });
    assertEquals([rounded!.changed, rounded!.rounded], [[], { count: 1, most: 2 ** -24 }]);
    const oneImage = await verifyTrial(planned, { data, run: measures(far) });
    assertEquals([oneImage!.changed.length, oneImage!.rounded.count], [1, 0]);
    assertEquals(openStore({ data }).read(), before);
  }));

Deno.test("verifyTrial() measures with every data set of the folder, also beside raw/, and with no result of it", () =>
  withFolder(async (data) => {
    await store(data);
    for (const name of ["raw", "kmnist"]) await Deno.mkdir(join(data, name));
    await Deno.writeTextFile(join(data, "kmnist/images"), "");
    const seen: string[][] = [];
    const run: RunTrial = (planned, options) => {
      const listed = (path: string) =>
        Array.from(Deno.readDirSync(path), ({ name }) => name).sort();
      seen.push(listed(options.data), listed(join(options.data, "kmnist")));
      return measures(0.5)(planned, options);
    };
    await verifyTrial(planned, { data, run, retrain: true });
    assertEquals(seen, [["kmnist", "raw", "runs"], ["images"]]);
    assertEquals(await Deno.readTextFile(join(data, "kmnist/images")), "");
  }));

Deno.test("verifyTrial() compares each variant of a stage with itself", () =>
  withFolder(async (data) => {
    const [training, clean] = stages;
    const variant = { ...clean!, variant: "rounding=truncate", settings: { truncate: true } };
    const all = [training!, clean!, variant];
    const rowsOf = (value: number) => [{ dataset: "test", metric: "accuracy", value }];
    const variantRecord = (value: number) => ({
      ...exampleRecord(trial, "clean", { rows: rowsOf(value) }),
      stage: variant,
    });
    const run = (value: number): RunTrial => async (planned, options) => {
      await measures(0.5)(planned, options);
      openStore({ data: options.data }).write(variantRecord(value));
      return "done";
    };
    await store(data);
    openStore({ data }).write(variantRecord(0.25));
    const verified = async (value: number) =>
      await verifyTrial({ trial, stages: all }, { data, run: run(value) });
    assertEquals((await verified(0.25))!.changed, []);
    assertEquals((await verified(0.75))!.changed, [
      { stage: "clean@rounding=truncate", row: rowsOf(0.25)[0]!, now: 0.75 },
    ]);
  }));

Deno.test("verifyTrial() leaves out numbers on data sets that are not here, and no other that is not measured any more", () =>
  withFolder(async (data) => {
    const rows = ["kmnist", "brightness", "test"].map((dataset) => ({
      dataset,
      metric: "accuracy",
      value: 0.5,
    }));
    await store(data, exampleRecord(trial, "clean", { rows }));
    const missing = new Set(["kmnist", "omniglot"]);
    const verified = await verifyTrial(planned, { data, missing, run: measures(0.5) });
    assertEquals([verified!.compared, verified!.missing], [2, ["kmnist"]]);
    assertEquals(verified!.changed.map(({ row, now }) => [row.dataset, now]), [[
      "brightness",
      undefined,
    ]]);
    const whole = await verifyTrial(planned, { data, run: measures(0.5) });
    assertEquals([whole!.compared, whole!.changed.length], [3, 2]);
  }));

Deno.test("verifyTrial() trains again where that is asked for: losses and weights, not seconds", () =>
  withFolder(async (data) => {
    await store(data);
    const same = await verifyTrial(planned, { data, retrain: true, run: measures(0.5) });
    assertEquals([same!.compared, same!.changed, same!.sameWeights], [2, [], true]);
    const others = await verifyTrial(planned, {
      data,
      retrain: true,
      run: measures(0.5, "1".repeat(64)),
    });
    assertEquals(others!.sameWeights, false);
  }));

Deno.test("verifyTrial() measures nothing of weights that are not those of the record, and does not train for others", () =>
  withFolder(async (data) => {
    await store(data);
    const file = weightsFile(openStore({ data }), trialId(trial));
    await Deno.writeTextFile(file, "others");
    let runs = 0;
    const run: RunTrial = (...given) => {
      runs++;
      return measures(0.5)(...given);
    };
    const found = await verifyTrial(planned, { data, run });
    assertEquals([found!.otherWeights, found!.compared, runs], [file, 0, 0]);
    // The file does not matter to a training.
    const again = await verifyTrial(planned, { data, run, retrain: true });
    assertEquals([again!.otherWeights, again!.sameWeights, runs], [undefined, true, 1]);
  }));

Deno.test("verifyTrial() leaves out what watches a training, which it does not run again unless it is asked to", () =>
  withFolder(async (data) => {
    const [training, clean, curves] = exampleStages("training", "clean", "curves");
    const all = { trial, stages: [training!, clean!, curves!] };
    await store(data);
    openStore({ data }).write(exampleRecord(trial, curves!));
    let asked: string[] = [];
    const run: RunTrial = async (planned, options) => {
      asked = planned.stages.map(({ name }) => name);
      return await measures(0.5)(planned, options);
    };
    const measured = await verifyTrial(all, { data, run });
    assertEquals([measured!.watching, measured!.compared], [["curves"], 1]);
    assertEquals(asked, ["training", "clean"]);
    const trained = await verifyTrial(all, { data, run, retrain: true });
    assertEquals([trained!.watching, asked], [undefined, ["training", "clean", "curves"]]);
  }));

Deno.test("trialsToVerify() are those with weights here, the cheapest to train last where one is trained again", () =>
  withFolder(async (data) => {
    const results = openStore({ data });
    const trials = [9, 2, 5, 7].map((seconds, index) => ({
      seconds,
      one: exampleTrial({ index }),
    }));
    for (const { seconds, one } of trials) {
      results.write(exampleRecord(one, "training", { seconds }));
      // Of the last the weights are gone.
      if (one.index === 3) continue;
      await Deno.mkdir(results.runFolder(trialId(one)), { recursive: true });
      await Deno.writeTextFile(weightsFile(results, trialId(one)), "weights");
    }
    const diverged = exampleTrial({ index: 4 });
    const { weights: _, ...record } = exampleRecord(diverged, "training", {
      seconds: 1,
      rows: [],
      outcome: { name: "diverged", step: 1, epoch: 0, loss: "NaN" },
    });
    results.write(record);
    const all = [...trials.map(({ one }) => one), diverged].map((one) => ({ trial: one, stages }));
    const indices = (count: number, retrain: boolean) =>
      trialsToVerify([...all, ...all], { data, count, retrain }).map(({ trial }) => trial.index);
    assertEquals([indices(9, false), indices(2, false)], [[0, 1, 2], [0, 1]]);
    assertEquals([indices(9, true), indices(2, true), indices(1, true)], [[0, 2, 1], [0, 1], [1]]);
    assertEquals(trialsToVerify(all.slice(3), { data, count: 3, retrain: true }), []);
    // TensorFlow takes the number of threads once in a process: a training with another gives other weights.
    const { recipe } = exampleTrial();
    const twoThreads = exampleTrial({ index: 5, recipe: { ...recipe, threads: 2 } });
    results.write(exampleRecord(twoThreads, "training", { seconds: 1 }));
    await Deno.mkdir(results.runFolder(trialId(twoThreads)), { recursive: true });
    await Deno.writeTextFile(weightsFile(results, trialId(twoThreads)), "weights");
    all.push({ trial: twoThreads, stages });
    assertEquals([indices(9, false), indices(9, true)], [[0, 1, 2], [5]]);
  }));

Deno.test("verifyTrial() has nothing to say without weights", () =>
  withFolder(async (data) => {
    await store(data);
    await Deno.remove(weightsFile(openStore({ data }), trialId(trial)));
    assertEquals(await verifyTrial(planned, { data, run: measures(0.5) }), undefined);
  }));
