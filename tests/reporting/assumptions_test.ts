import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { planOf } from "../../lib/reproduction/mod.ts";
import {
  entryOf,
  evidenceOf,
  projectFolder,
  resultsOf,
  type Table,
} from "../../lib/reporting/mod.ts";
import { readAssumptions } from "../../lib/reporting/tables/assumptions.ts";
import { labelsOf, type StageRecord } from "../../lib/trials/mod.ts";
import { memoryStore, recordsFor } from "./synthetic.ts";

const plan = planOf("assumptions", "preview");

const drawn = async (records: readonly StageRecord[]) => {
  const evidence = evidenceOf(
    "preview",
    (section) => resultsOf(section, "preview", memoryStore(records)),
  );
  return await entryOf("assumptions").draw({ evidence, lesser: [] }) as Table;
};

Deno.test("each open point names code that is there, and experiments that the plan has", () => {
  const planned = new Set(plan.flatMap(({ trial, stages }) => labelsOf(trial, stages)));
  const points = readAssumptions();
  assert(points.length > 50);
  for (const { what, code, experiment } of points) {
    assert(Deno.statSync(`${projectFolder}${code}`), `${what}: ${code}`);
    for (const series of experiment) assert(planned.has(series), `${what}: ${series}`);
  }
  // Every variant that is trained for an open point is shown with one.
  const shown = new Set(points.flatMap(({ experiment }) => experiment));
  const unseen = [...planned].filter((series) => series.includes("@") && !shown.has(series));
  assertEquals(unseen, []);
});

Deno.test("what an alternative changes is computed from stored trials; without them the command stands there", async () => {
  const records = recordsFor(plan, (trial, { name }) => {
    if (name !== "clean") return undefined;
    const value = 0.97 + (trial.variant === "exponent=0.5" ? 0.01 : 0) + trial.index / 1000;
    return { rows: [{ dataset: "test", metric: "accuracy", value }] };
  }).filter(({ trial }) => trial.loss.name === "hem" || trial.loss.name === "mm");
  const { rows, missing } = await drawn(records);
  const effect = String(rows.find(({ what }) => what === "exponent of the errors")!.effect);
  assertStringIncludes(effect, "HEM, exponent 0.5: clean accuracy +1.00");
  assertStringIncludes(effect, "(Preview scale, 1 condition, 2 trials each)");
  const temperature = String(rows.find(({ what }) => what === "temperature t of LN")!.effect);
  assertStringIncludes(temperature, "fixed by Table 1");
  assertStringIncludes(
    temperature,
    'not yet run (deno task reproduce --section assumptions --scale preview --only "*/*/ln@temperature=0.01")',
  );
  assert(missing.includes("the effect of temperature t of LN"));
  assert(!missing.includes("the effect of exponent of the errors"));
});

Deno.test("an alternative whose trainings diverged is no longer to be run", async () => {
  const records = recordsFor(plan, () => undefined)
    .filter(({ trial }) => trial.kind === "classification" && trial.loss.name === "ln")
    .map((record): StageRecord =>
      record.trial.variant === undefined
        ? record
        : { ...record, outcome: { name: "diverged", step: 9, epoch: 0, loss: "NaN" } }
    );
  const { rows, missing } = await drawn(records);
  const effect = String(rows.find(({ what }) => what === "temperature t of LN")!.effect);
  assertStringIncludes(
    effect,
    "LN, temperature 0.01: all trainings of LN, temperature 0.01 with MLP on MNIST diverged",
  );
  assert(!missing.includes("the effect of temperature t of LN"));
});

Deno.test("what a stage measures otherwise is compared with the usual one of the same weights", async () => {
  const records = recordsFor(plan, (trial, { name, variant }) => {
    if (trial.loss.name !== "hem" || trial.variant) return undefined;
    const more = variant === "permutation=shared" || variant === "iterations=100" ? 0.02 : 0;
    const value = 0.9 + more + trial.index / 100;
    if (name === "unknown") return { rows: [{ dataset: "permuted", metric: "auroc_msp", value }] };
    if (name !== "attack") return undefined;
    const norms = ["autoattack_linf", "autoattack_l2"];
    return { rows: norms.map((dataset) => ({ dataset, metric: "dar_msp", value })) };
  }).filter(({ trial }) => trial.network.name === "mlp" && trial.loss.name === "hem");
  const { rows } = await drawn(records);
  const effectOf = (point: string) => rows.find(({ what }) => what === point)!.effect;
  assertEquals(
    effectOf("permuted pixels"),
    "open. HEM, permutation shared: AUROC by MSP +2.00 points " +
      "(Preview scale, 1 condition, 2 trials each)",
  );
  assertEquals(
    effectOf("AutoAttack's implementation"),
    "the version is not named. HEM, iterations 100: DAR of AutoAttack +2.00 points " +
      "(Preview scale, 1 condition, 2 trials each)",
  );
});
