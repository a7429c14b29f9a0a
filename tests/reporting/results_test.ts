import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { makeDataset, memoryImages, unknownSets } from "../../lib/datasets/mod.ts";
import {
  averages,
  claimsTable,
  comparison,
  type Measure,
  measured,
  measures,
  openResults,
  readSettings,
  resultsOf,
  table51,
  unknownSetsOf,
} from "../../lib/reporting/mod.ts";
import { openStore, type StageRecord } from "../../lib/trials/mod.ts";
import {
  syntheticAccuracy,
  syntheticAuroc,
  syntheticRecord,
  syntheticRecords,
  syntheticTrial,
} from "./synthetic.ts";

const records = syntheticRecords();

Deno.test("resultsOf() never mixes scales", () => {
  for (const scale of ["preview", "paper"] as const) {
    const results = resultsOf("5.1", scale, records);
    assertEquals(new Set(results.table.array("scale")), new Set([scale]));
    assert(results.records.every(({ trial }) => trial.scale === scale));
  }
  assertEquals(resultsOf("5.1", "smoke", records).table.numRows(), 0);
});

Deno.test("resultsOf() takes no mean of two settings: the one with more trials counts", () => {
  const trial = syntheticTrial({ network: "lenet", loss: "ce", index: 0 });
  const other = { ...trial, recipe: { ...trial.recipe, epochs: 7 } };
  const results = resultsOf("5.1", "preview", [
    ...records,
    syntheticRecord(other, "clean", {
      rows: [{ dataset: "test", metric: "accuracy", value: 0.1 }],
    }),
  ]);
  assertEquals(results.leftOut, 1);
  assert(measured(results, measures.clean).cells.every(({ mean }) => mean > 0.9));
});

Deno.test("measured() is the mean and the standard deviation (n - 1) over trials", () => {
  const { cells } = measured(resultsOf("5.1", "preview", records), measures.clean);
  const cell = cells.find(({ network, loss }) => network === "mlp" && loss === "hem")!;
  const [a, b, c] = [0, 1, 2].map((index) => syntheticAccuracy("mlp", "hem", index)) as [
    number,
    number,
    number,
  ];
  const mean = (a + b + c) / 3;
  assertAlmostEquals(cell.mean, mean, 1e-12);
  assertAlmostEquals(
    cell.sd!,
    Math.sqrt(((a - mean) ** 2 + (b - mean) ** 2 + (c - mean) ** 2) / 2),
    1e-12,
  );
});

Deno.test("measured() has no standard deviation of one trial", () => {
  const one = records.filter(({ trial }) => trial.index === 0);
  for (const { sd } of measured(resultsOf("5.1", "preview", one), measures.clean).cells) {
    assertEquals(sd, null);
  }
});

Deno.test("measured() averages only over the unknown sets that every trial has", () => {
  const trial = syntheticTrial({ network: "mlp", loss: "mm", index: 0 });
  const shorter = records.map((record) =>
    record.stage === "unknown" && record.trial.network.name === trial.network.name &&
      record.trial.loss.name === "mm" && record.trial.index === 0
      ? { ...record, rows: record.rows.filter(({ dataset }) => dataset !== "blobs") }
      : record
  );
  const { datasets, cells } = measured(
    resultsOf("5.1", "preview", shorter),
    measures.unknownMsp,
  );
  const sets = ["fashion_mnist", "uniform", "permuted", "phase"];
  assertEquals(new Set(datasets.get("mnist")), new Set(sets));
  const cell = cells.find(({ network, loss }) => network === "lenet" && loss === "ce")!;
  const first = sets.map((set) => syntheticAuroc("lenet", "ce", 0, set));
  assertAlmostEquals(cell.values[0]!, first.reduce((a, b) => a + b) / 4, 1e-12);
});

Deno.test("averages() compare losses over the same conditions", () => {
  const without = records.filter(({ trial }) =>
    !(trial.network.name === "mlp" && trial.loss.name === "dice")
  );
  const clean = measured(resultsOf("5.1", "preview", without), measures.clean);
  const [ce] = averages(clean, ["ce", "dice"]);
  assertEquals(ce!.conditions, ["mnist/lenet", "mnist/convnet"]);
  const expected = ["lenet", "convnet"].flatMap((network) =>
    [0, 1, 2].map((index) => syntheticAccuracy(network, "ce", index))
  );
  assertAlmostEquals(ce!.mean, expected.reduce((a, b) => a + b) / 6, 1e-12);
});

Deno.test("table51() shows mean ± sd in percent, and says what is missing", () => {
  const table = table51(resultsOf("5.1", "preview", records));
  // 0.989 + 0.0001 on average over 0.0006, -0.0004, 0.0001; their sd is 0.0005.
  assertEquals(table.rows[0]!.ce, "98.91 ± 0.05");
  // 3 networks x 8 measures.
  assertEquals(table.rows.length, 24);
  assertEquals(table.rows.filter((row) => row.ce === "–").length, 5);
  // 12 conditions, and the sets that the mean AUROC lacks
  assertEquals(table.missing.length, 13);
  assertStringIncludes(table.caption, "AUROC of MNIST: mean over 5 of 7 sets (FashionMNIST, ");
  assertStringIncludes(table.caption, "the unknown classes of Omniglot and KMNIST.");
});

Deno.test("table51() averages the sets that all trials have, and has FPR95 and AUPR where they are", () => {
  const settings = { fpr95: "unknown positive", aupr: "trapezoids" };
  const whole = records.map((record): StageRecord => {
    if (record.stage !== "unknown") return record;
    const metrics = ["auroc_msp", "auroc_mls", "fpr95_msp", "aupr_in_mls"];
    const added = metrics.map((metric) => ({ dataset: "omniglot", metric, value: 0.25 }));
    return { ...record, settings, rows: [...record.rows, ...added] };
  });
  const table = table51(resultsOf("5.1", "preview", whole));
  assertStringIncludes(table.caption, "mean over 6 of 7 sets");
  assertStringIncludes(table.caption, "the unknown classes of KMNIST.");
  assertStringIncludes(table.caption, "FPR95: unknown positive. AUPR: trapezoids.");
  const rows = table.rows.filter(({ measure }) => /FPR95|AUPR/.test(String(measure)));
  assertEquals(rows.length, 6);
  assertEquals(rows[0]!.hem, "25.00 ± 0.00");
  // one trial without it: nobody's mean has it
  const one = whole.findIndex((record) =>
    record.stage === "unknown" && record.trial.scale === "preview"
  );
  whole[one] = records[one]!;
  assertStringIncludes(
    table51(resultsOf("5.1", "preview", whole)).caption,
    "mean over 5 of 7 sets",
  );
});

Deno.test("unknownSetsOf() are the sets with which each data set is evaluated", () => {
  const tiny = memoryImages({ name: "t", shape: [2, 2, 3], pixels: new Uint8Array(12) });
  const images = { ...tiny, labels: Int32Array.of(0) };
  for (const name of ["mnist", "cifar10", "cifar100", "tiny_imagenet", "imagenet"]) {
    const dataset = makeDataset({ name, classNames: ["a"], train: images, test: images });
    assertEquals(unknownSets(dataset, { seed: 0 }).map((set) => set.name), [
      ...unknownSetsOf(name),
    ]);
    assertEquals(unknownSetsOf(name).length, 7);
  }
});

Deno.test("comparison() sets our numbers beside the paper's, or says that they are lost", () => {
  const results = resultsOf("5.1", "preview", records);
  const [clean, corrupt] = comparison("figure_02", results).rows;
  // CE - HEM is 0.0009 in every synthetic condition.
  assertEquals(clean!.ours, "0.09");
  assertEquals(clean!.paper, "the number is lost in the paper's text");
  // Corrupt accuracy is clean accuracy less a constant.
  assertEquals(corrupt!.ours, "0.09");
  const [wins, rank] = comparison("figure_03", results).rows;
  assertEquals([wins!.ours, wins!.paper], ["3", "14 (of 15)"]);
  assertEquals([rank!.ours, rank!.paper, rank!.difference], ["1", "1", "0"]);
});

Deno.test("claimsTable() decides what has run, nothing of a smoke run, and lists the rest", () => {
  const verdicts = (scale: "preview" | "smoke") => {
    const own = records.map((r) => ({ ...r, trial: { ...r.trial, scale } }));
    return claimsTable(resultsOf("5.1", scale, own)).rows.map(({ verdict }) => verdict);
  };
  assert(verdicts("preview").includes("reproduced"));
  assert(verdicts("preview").includes("not yet run"));
  assertEquals(new Set(verdicts("smoke")), new Set(["not decided", "not yet run"]));
});

Deno.test("openResults() takes the paper's scale where it has results, else preview", () => {
  const data = Deno.makeTempDirSync();
  const settings = { data, figures: data };
  try {
    assertEquals(openResults("5.1", { settings }).scale, "preview");
    const store = openStore({ data });
    const paper = records.find(({ trial, stage }) => trial.scale === "paper" && stage === "clean")!;
    store.write(paper);
    assertEquals(openResults("5.1", { settings }).scale, "paper");
    assertEquals(openResults("5.1", { settings: { ...settings, scale: "smoke" } }).scale, "smoke");
    assertEquals(openResults("5.1", { settings }).table.numRows(), 1);
  } finally {
    Deno.removeSync(data, { recursive: true });
  }
});

Deno.test("readSettings() refuses a scale that does not exist", () => {
  const environment = { get: (name: string) => name === "HEM_SCALE" ? "huge" : undefined };
  assertThrows(() => readSettings(environment), RangeError, "wanted one of smoke, preview, paper");
});

Deno.test("the means over corruptions of colour images are over 18, 19 and 15 of them, MNIST's over all", () => {
  const colour = { "fog/1": 0.5, "fog/5": 0.3, "glass_blur/1": 0.1, "spatter/1": 0.7 };
  const trial = syntheticTrial({ network: "lenet", loss: "ce", index: 0 });
  const meanOf = (measure: Measure, values: Record<string, number>) => {
    const rows = Object.entries(values).map(([dataset, value]) => ({
      dataset,
      metric: "accuracy",
      value,
    }));
    const record = syntheticRecord(trial, "corrupt", { rows });
    return measured(resultsOf("5.1", "preview", [record]), measure).cells[0]?.mean;
  };
  assertAlmostEquals(meanOf(measures.corrupt, colour)!, 0.5, 1e-12);
  assertAlmostEquals(meanOf(measures.corrupt19, colour)!, 0.4, 1e-12);
  assertAlmostEquals(meanOf(measures.corrupt15, colour)!, 0.3, 1e-12);
  const grey = { fog: 0.5, glass_blur: 0.1 };
  assertAlmostEquals(meanOf(measures.corrupt, grey)!, 0.3, 1e-12);
  assertEquals(meanOf(measures.corrupt19, grey), undefined);
});
