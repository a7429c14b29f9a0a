import { assertEquals } from "@std/assert";
import { verifyTrial } from "../../lib/reproduction/mod.ts";
import type { RunTrial } from "../../lib/stages/mod.ts";
import { openStore, trialId, weightsFile } from "../../lib/trials/mod.ts";
import { exampleRecord, exampleStages, exampleTrial } from "../trials/examples.ts";
import { withFolder } from "../with_folder.ts";

const trial = exampleTrial();
const stages = exampleStages("training", "clean");
const planned = { trial, stages };

/** Stores a trial with its weights, as training leaves them. */
async function store(data: string) {
  const results = openStore({ data });
  const training = exampleRecord(trial, "training", {
    rows: [
      { metric: "loss", value: 0.25, at: { epoch: 1 } },
      { metric: "seconds", value: 3, at: { epoch: 1 } },
    ],
  });
  results.write(training);
  results.write(exampleRecord(trial, "clean"));
  await Deno.mkdir(results.runFolder(trialId(trial)), { recursive: true });
  await Deno.writeTextFile(weightsFile(results, trialId(trial)), "weights");
  return training;
}

/** Measures what it is told to, and trains where there is no record of that. */
function measures(accuracy: number, weights = "0"): RunTrial {
  return ({ trial }, { data }) => {
    const results = openStore({ data });
    const id = trialId(trial);
    const sha256 = weights.repeat(64);
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
    });
    const other = await verifyTrial(planned, { data, run: measures(0.75) });
    assertEquals(other!.changed, [{
      stage: "clean",
      row: { dataset: "test", metric: "accuracy", value: 0.5 },
      now: 0.75,
    }]);
    assertEquals(openStore({ data }).read(), before);
  }));

Deno.test("verifyTrial() trains again where that is asked for: losses and weights, not seconds", () =>
  withFolder(async (data) => {
    await store(data);
    const same = await verifyTrial(planned, { data, retrain: true, run: measures(0.5) });
    assertEquals([same!.compared, same!.changed, same!.sameWeights], [2, [], true]);
    const others = await verifyTrial(planned, { data, retrain: true, run: measures(0.5, "1") });
    assertEquals(others!.sameWeights, false);
  }));

Deno.test("verifyTrial() has nothing to say without weights", () =>
  withFolder(async (data) => {
    await store(data);
    await Deno.remove(weightsFile(openStore({ data }), trialId(trial)));
    assertEquals(await verifyTrial(planned, { data, run: measures(0.5) }), undefined);
  }));
