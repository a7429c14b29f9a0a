import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { join } from "node:path";
import { makeDataset, memoryImages, unknownSets } from "../../lib/datasets/mod.ts";
import {
  averages,
  claimsTable,
  comparison,
  difference,
  type Measure,
  measured,
  measures,
  openResults,
  readSettings,
  resultsOf,
  table51,
  unknownSetsOf,
} from "../../lib/reporting/mod.ts";
import {
  openStore,
  stageKey,
  type StageRecord,
  type Trial,
  trialId,
} from "../../lib/trials/mod.ts";
import { readPaperTable } from "../../lib/reporting/paper_values.ts";
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

Deno.test("resultsOf() counts what the plan asks for, and nothing else", () => {
  const trial = syntheticTrial({ network: "lenet", loss: "ce", index: 0 });
  const other = { ...trial, recipe: { ...trial.recipe, epochs: 7 } };
  const rows = [{ dataset: "test", metric: "accuracy", value: 0.1 }];
  const clean = syntheticRecord(trial, "clean", { rows });
  const strangers: StageRecord[] = [
    { ...clean, trial: other, id: trialId(other) },
    { ...clean, stage: { ...clean.stage, revision: 99 } },
    { ...clean, stage: { ...clean.stage, settings: { images: 5 } } },
    // Of other weights than the training's record says.
    { ...clean, weights: { sha256: "1".repeat(64), role: "measured" } },
  ];
  const before = resultsOf("5.1", "preview", records);
  const after = resultsOf("5.1", "preview", [...records, ...strangers]);
  assertEquals(after.records, before.records);
  assert(measured(after, measures.clean).cells.every(({ mean }) => mean > 0.9));
});

Deno.test("measured() takes no single norm for the mean of AutoAttack's two", () => {
  const lacks = (norm: string, of: (trial: Trial) => boolean) => (record: StageRecord) =>
    record.stage.name === "attack" && of(record.trial)
      ? { ...record, rows: record.rows.filter(({ dataset }) => dataset !== norm) }
      : record;
  const one = records.map(
    lacks("autoattack_l2", ({ loss, index }) => loss.name === "hem" && index === 0),
  );
  const results = resultsOf("5.1", "preview", one);
  for (const measure of [measures.attack, measures.attackMls]) {
    const { datasets, cells } = measured(results, measure);
    assertEquals(datasets.get("mnist"), ["autoattack_linf", "autoattack_l2"]);
    assertEquals(cells.find(({ loss }) => loss === "hem")!.trials, [1, 2]);
    assertEquals(cells.find(({ loss }) => loss === "ce")!.trials, [0, 1, 2]);
  }
  assertEquals(measured(results, measures.attackLinf).cells[4]!.trials, [0, 1, 2]);
  const none = resultsOf("5.1", "preview", records.map(lacks("autoattack_l2", () => true)));
  assertEquals(measured(none, measures.attack).cells, []);
  const table = table51(none);
  const row = table.rows.find(({ measure }) => measure === measures.attack.title)!;
  assertEquals([row.ce, row.trials], ["–", "0"]);
  assert(table.missing.includes("DAR of AutoAttack in all 15 conditions"));
});

Deno.test("measured() gives both norms the same weight", () => {
  const cell = (measure: Measure) =>
    measured(resultsOf("5.1", "preview", records), measure).cells[0]!.mean;
  assertAlmostEquals(
    cell(measures.attack),
    (cell(measures.attackLinf) + cell(measures.attackL2)) / 2,
    1e-12,
  );
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
    record.stage.name === "unknown" && record.trial.network.name === trial.network.name &&
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

Deno.test("averages() compare losses over the same trials of each condition", () => {
  const ragged = records.filter(({ trial: { network, loss, index } }) =>
    !(network.name === "lenet" && loss.name === "dice" && index === 0) &&
    !(network.name === "mlp" && index === 2)
  );
  const clean = measured(resultsOf("5.1", "preview", ragged), measures.clean);
  const [ce, dice] = averages(clean, ["ce", "dice"]);
  const trials = { lenet: [1, 2], convnet: [0, 1, 2], mlp: [0, 1] };
  const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
  for (const [average, loss] of [[ce!, "ce"], [dice!, "dice"]] as const) {
    const expected = Object.entries(trials).map(([network, indices]) =>
      mean(indices.map((index) => syntheticAccuracy(network, loss, index)))
    );
    expected.forEach((value, i) => assertAlmostEquals(average.means[i]!, value, 1e-12));
    assertAlmostEquals(average.mean, mean(expected), 1e-12);
    // Trial 1 is the only one that all three have: no spread.
    assertEquals(average.values.length, 1);
    assertEquals(average.sd, null);
  }
  // The synthetic losses differ by the same in every trial, whatever trials there are.
  assertAlmostEquals(ce!.mean - dice!.mean, 0.006, 1e-12);
  const apart = ragged.filter(({ trial: { loss, index } }) =>
    loss.name === "ce" ? index === 0 : index === 1
  );
  const none = measured(resultsOf("5.1", "preview", apart), measures.clean);
  assertEquals(averages(none, ["ce", "dice"]), []);
  assertEquals(difference(none, "ce", "dice"), undefined);
});

Deno.test("difference() pairs trials, and has the spread of the mean difference", () => {
  // HEM is above CE by 1, 2 and 3 points in LeNet's trials, by 3, 2 and 4 in ConvNet's, equal in MLP's.
  const points: Record<string, number[]> = { lenet: [1, 2, 3], convnet: [3, 2, 4], mlp: [0, 0, 0] };
  const made = records.map((record): StageRecord => {
    const { network, loss, index } = record.trial;
    const base = 0.5 + 0.1 * index;
    const value = loss.name === "hem" ? base + points[network.name]![index]! / 100 : base;
    return { ...record, rows: record.rows.map((row) => ({ ...row, value })) };
  });
  const found = difference(
    measured(resultsOf("5.1", "preview", made), measures.clean),
    "hem",
    "ce",
  );
  assertAlmostEquals(found!.mean, (2 + 3 + 0) / 3 / 100, 1e-12);
  // Over conditions: 4/3, 4/3 and 7/3 points; their standard deviation is 1/sqrt 3.
  assertAlmostEquals(found!.sd!, 1 / Math.sqrt(3) / 100, 1e-12);
  assertEquals([found!.wins, found!.conditions.length], [2, 3]);
});

Deno.test("table51() shows mean ± sd in percent, and says what is missing", () => {
  const table = table51(resultsOf("5.1", "preview", records));
  // 0.989 + 0.0001 on average over 0.0006, -0.0004, 0.0001; their sd is 0.0005.
  assertEquals(table.rows[0]!.ce, "98.91 ± 0.05");
  // 3 networks x 12 measures.
  assertEquals(table.rows.length, 36);
  const lacking = table.rows.filter((row) => row.ce === "–");
  assertEquals(lacking.length, 9);
  assert(lacking.every(({ trials }) => trials === "0"));
  assertEquals(table.rows[0]!.trials, "3");
  assertEquals(table.missing, [
    "clean accuracy and AUROC by MSP in 12 of 15 conditions (CIFAR10, CIFAR100, TinyImageNet, ImageNet1k)",
    "accuracy on common corruptions and DAR of AutoAttack in 13 of 15 conditions " +
    "(MNIST MLP, CIFAR10, CIFAR100, TinyImageNet, ImageNet1k)",
    "the unknown classes of Omniglot and KMNIST",
  ]);
  assertStringIncludes(table.caption, "AUROC of MNIST: mean over 5 of 7 sets (FashionMNIST, ");
  assertStringIncludes(table.caption, "the unknown classes of Omniglot and KMNIST.");
});

Deno.test("table51() averages the sets that all trials have, and has FPR95 and AUPR where they are", () => {
  const whole = records.map((record): StageRecord => {
    if (record.stage.name !== "unknown") return record;
    const metrics = ["auroc_msp", "auroc_mls", "fpr95_msp", "aupr_in_mls"];
    const added = metrics.map((metric) => ({ dataset: "omniglot", metric, value: 0.25 }));
    return { ...record, rows: [...record.rows, ...added] };
  });
  const table = table51(resultsOf("5.1", "preview", whole));
  assertStringIncludes(table.caption, "mean over 6 of 7 sets");
  assertStringIncludes(table.caption, "the unknown classes of KMNIST.");
  assertStringIncludes(
    table.caption,
    "AUPR: in: known positive, out: unknown positive; trapezoids",
  );
  const rows = table.rows.filter(({ measure }) => /FPR95|AUPR/.test(String(measure)));
  assertEquals(rows.length, 6);
  assertEquals(rows[0]!.hem, "25.00 ± 0.00");
  // one trial without it: nobody's mean has it
  const one = whole.findIndex((record) =>
    record.stage.name === "unknown" && record.trial.scale === "preview"
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
  assertEquals([clean!.ours, clean!.trials], ["+0.09", "3"]);
  assertEquals(clean!.paper, "the number is lost in the paper's text");
  // Corrupt accuracy is clean accuracy less a constant.
  assertEquals(corrupt!.ours, "+0.09");
  const [wins, rank] = comparison("figure_03", results).rows;
  assertEquals([wins!.ours, wins!.paper], ["3", "14 (of 15)"]);
  assertEquals([rank!.ours, rank!.paper, rank!.difference], ["1", "1", "0"]);
});

Deno.test("claimsTable() decides what has run, nothing of a smoke run, and lists the rest", () => {
  const verdicts = (scale: "preview" | "smoke") => {
    const own = scale === "preview" ? records : syntheticRecords("smoke");
    return claimsTable(resultsOf("5.1", scale, own), {}).rows.map(({ verdict }) => verdict);
  };
  assert(verdicts("preview").includes("reproduced"));
  assert(verdicts("preview").includes("not yet run"));
  assertEquals(new Set(verdicts("smoke")), new Set(["not decided", "not yet run"]));
});

Deno.test("claims are decided by differences with their spread, and by computed verdicts", () => {
  const results = resultsOf("5.1", "preview", records);
  const rowOf = (id: string, computed = {}) => {
    const place = readPaperTable("claims").findIndex((claim) => claim.id === id);
    return claimsTable(results, computed).rows[place]!;
  };
  assertEquals(rowOf("clean-ce-best"), {
    ...rowOf("clean-ce-best"),
    verdict: "reproduced",
    numbers: "CE − HEM +0.09 ± 0.00 points over 3 conditions; CE above HEM in 3 of 3",
  });
  assertEquals(rowOf("no-extra-cost").verdict, "not yet run");
  const verdict = { verdict: "contradicted", numbers: "twice as long" };
  assertEquals(rowOf("no-extra-cost", { "no-extra-cost": verdict }), {
    ...rowOf("no-extra-cost"),
    ...verdict,
    scale: "no trials",
  });
});

Deno.test("the claim of overconfidence needs a wider range of confidence too", () => {
  const spread = (of: (record: StageRecord) => number[]) =>
    records.map((record): StageRecord =>
      record.stage.name === "clean"
        ? {
          ...record,
          rows: [...record.rows, {
            dataset: "test",
            metric: "msp_above_0.99",
            value: record.trial.loss.name === "ce" ? 0.9 : 0.1,
          }],
          histograms: [{ dataset: "test", score: "msp", low: 0, high: 1, counts: of(record) }],
        }
        : record
    );
  const place = readPaperTable("claims").findIndex(({ id }) => id === "overconfidence");
  const row = (of: (record: StageRecord) => number[]) =>
    claimsTable(resultsOf("5.1", "preview", spread(of)), {}).rows[place]!;
  const wide = row(({ trial }) => trial.loss.name === "ce" ? [0, 0, 0, 9] : [5, 0, 0, 5]);
  assertEquals(wide.verdict, "reproduced");
  // Half of the images at 0.125 and half at 0.875.
  assertStringIncludes(String(wide.numbers), "CE 0.00, LN 0.38, MM 0.38, HEM 0.38");
  const low = row(({ trial }) => trial.loss.name === "ln" ? [9, 0, 0, 0] : [5, 0, 0, 5]);
  assertEquals(low.verdict, "contradicted");
});

Deno.test("openResults() counts damaged files of its scale, and names each", () => {
  const data = Deno.makeTempDirSync();
  const settings = { data, figures: data };
  const logged: string[] = [];
  const { error } = console;
  try {
    const store = openStore({ data });
    for (const record of records.slice(0, 3)) store.write(record);
    const fileOf = ({ stage, weights }: StageRecord) => `${stageKey(stage, weights!.sha256)}.json`;
    const path = join(data, "results", "preview", records[1]!.id, fileOf(records[1]!));
    Deno.truncateSync(path, 100);
    console.error = (...words) => logged.push(words.join(" "));
    assertEquals(openResults("5.1", { settings, scale: "preview" }).damaged, 1);
    assertEquals(openResults("5.1", { settings, scale: "paper" }).damaged, 0);
    assertStringIncludes(logged[0]!, path);
    assertStringIncludes(logged[0]!, "not whole JSON");
    assertStringIncludes(logged[0]!, "next run replaces it");
  } finally {
    console.error = error;
    Deno.removeSync(data, { recursive: true });
  }
});

Deno.test("openResults() takes the paper's scale where it has results, else preview", () => {
  const data = Deno.makeTempDirSync();
  const settings = { data, figures: data };
  try {
    assertEquals(openResults("5.1", { settings }).scale, "preview");
    const store = openStore({ data });
    for (const record of records.filter(({ trial }) => trial.scale === "paper").slice(0, 2)) {
      store.write(record);
    }
    assertEquals(openResults("5.1", { settings }).scale, "paper");
    assertEquals(openResults("5.1", { settings: { ...settings, scale: "smoke" } }).scale, "smoke");
    assertEquals(openResults("5.1", { settings }).table.numRows(), 1);
  } finally {
    Deno.removeSync(data, { recursive: true });
  }
});

Deno.test("readSettings() refuses a scale that does not exist", () => {
  const environment = { get: (name: string) => name === "HEM_SCALE" ? "huge" : undefined };
  assertThrows(
    () => readSettings(environment),
    RangeError,
    "wanted one of smoke, preview, short, paper",
  );
});

Deno.test("the means over corruptions of colour images are over 18, 19 and 15 of them, MNIST's over all", () => {
  const colour = { "fog/1": 0.5, "fog/5": 0.3, "glass_blur/1": 0.1, "spatter/1": 0.7 };
  const trial = syntheticTrial({ network: "lenet", loss: "ce", index: 0 });
  const meanOf = (measure: Measure, values: Record<string, number>) => {
    const rows = Object.entries(values).map(([name, value]) => {
      const [dataset, severity] = name.split("/");
      const at = severity === undefined ? {} : { at: { severity: Number(severity) } };
      return { dataset: dataset!, metric: "accuracy", value, ...at };
    });
    const made = [
      syntheticRecord(trial, "training", { rows: [] }),
      syntheticRecord(trial, "corrupt", { rows }),
    ];
    return measured(resultsOf("5.1", "preview", made), measure).cells[0]?.mean;
  };
  assertAlmostEquals(meanOf(measures.corrupt, colour)!, 0.5, 1e-12);
  assertAlmostEquals(meanOf(measures.corrupt19, colour)!, 0.4, 1e-12);
  assertAlmostEquals(meanOf(measures.corrupt15, colour)!, 0.3, 1e-12);
  const grey = { fog: 0.5, glass_blur: 0.1 };
  assertAlmostEquals(meanOf(measures.corrupt, grey)!, 0.3, 1e-12);
  assertEquals(meanOf(measures.corrupt19, grey), undefined);
});
