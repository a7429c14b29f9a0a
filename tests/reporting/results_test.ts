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
  draw,
  entryOf,
  evidenceOf,
  type Measure,
  measured,
  measures,
  openResults,
  readSettings,
  type Results,
  resultsOf,
  type Table,
  unknownSetsOf,
} from "../../lib/reporting/mod.ts";
import { planOf } from "../../lib/reproduction/mod.ts";
import { openStore, type Scale, type StageRecord, type Trial } from "../../lib/trials/mod.ts";
import {
  memoryStore,
  recordsFor,
  syntheticAccuracy,
  syntheticAuroc,
  syntheticRecords,
  weights,
} from "./synthetic.ts";

const records = syntheticRecords();

/** The results of section 5.1 in some records. */
const of = (scale: Scale, some: readonly StageRecord[]) =>
  resultsOf("5.1", scale, memoryStore(some));

/** A table of the catalogue, drawn from results of section 5.1. */
const tableOf = async (name: string, results: Results) => {
  const evidence = evidenceOf(results.scale, () => results);
  return await entryOf(name).draw({ evidence, lesser: [] }) as Table;
};

Deno.test("resultsOf() never mixes scales", () => {
  for (const scale of ["preview", "paper"] as const) {
    const results = of(scale, records);
    assertEquals(new Set(results.table.array("scale")), new Set([scale]));
    assert(results.records.every(({ trial }) => trial.scale === scale));
  }
  assertEquals(of("smoke", records).table.numRows(), 0);
  assertThrows(() => resultsOf("9.9", "paper", memoryStore(records)), RangeError, "5.1");
});

Deno.test("resultsOf() counts what the plan asks for: no other recipe, budget, revision or training", () => {
  const own = records.filter(({ trial }) => trial.scale === "preview");
  const isOne = ({ trial: { network, loss, index } }: StageRecord) =>
    `${network.name} ${loss.name} ${index}` === "lenet ce 0";
  const without = (stage: string, change: (record: StageRecord) => StageRecord) =>
    of("preview", own.map((one) => isOne(one) && one.stage.name === stage ? change(one) : one));
  const trialsIn = (results: Results, measure: Measure) =>
    measured(results, measure).cells.find(({ series }) => series === "ce")!.trials;
  assertEquals(trialsIn(of("preview", own), measures.clean), [0, 1, 2]);
  const revised = without("clean", (one) => ({
    ...one,
    stage: { ...one.stage, revision: one.stage.revision + 1 },
  }));
  assertEquals(trialsIn(revised, measures.clean), [1, 2]);
  assertEquals(trialsIn(revised, measures.unknownMsp), [0, 1, 2]);
  const cheaper = without("attack", (one) => ({
    ...one,
    stage: { ...one.stage, settings: { ...one.stage.settings, images: 7 } },
  }));
  assertEquals(trialsIn(cheaper, measures.attackLinf), [1, 2]);
  const other = { sha256: "b".repeat(64), role: "measured" } as const;
  const ofOther = without("clean", (one) => ({ ...one, weights: other }));
  assertEquals(trialsIn(ofOther, measures.clean), [1, 2]);
  const retrained = without("training", (one) => ({
    ...one,
    weights: { sha256: other.sha256, role: "made" },
  }));
  assertEquals(trialsIn(retrained, measures.clean), [1, 2]);
  assertEquals(weights.made === other.sha256, false);
  const longer = without("training", (one) => ({
    ...one,
    id: "another",
    trial: { ...one.trial, recipe: { ...one.trial.recipe, epochs: 7 } },
  }));
  assertEquals(trialsIn(longer, measures.clean), [1, 2]);
});

Deno.test("resultsOf() counts a loss that the section trains in a way of its own", () => {
  // A.1.4, footnote e: CE's warm-up of Swin is longer than that of the other losses.
  const plan = planOf("5.1", "paper", { repeats: 2 })
    .filter(({ trial }) => trial.network.name === "swin_v2_t");
  const accuracy = { rows: [{ dataset: "test", metric: "accuracy", value: 0.8 }] };
  const some = recordsFor(plan, (_, { name }) => name === "clean" ? accuracy : undefined);
  assertEquals(measured(of("paper", some), measures.clean).cells.length, 5);
});

Deno.test("resultsOf() counts all repeats that there are", () => {
  const plan = planOf("5.1", "preview", { repeats: 45 })
    .filter(({ trial: { network, loss } }) => `${network.name} ${loss.name}` === "mlp ce");
  const accuracy = { rows: [{ dataset: "test", metric: "accuracy", value: 0.9 }] };
  const some = recordsFor(plan, (_, { name }) => name === "clean" ? accuracy : undefined);
  assertEquals(measured(of("preview", some), measures.clean).cells[0]!.values.length, 45);
});

/** Clean accuracies of MNIST's three networks, and of LeNet once more with batches in parts of 32 images. */
function inParts(): StageRecord[] {
  const withClean = (value: number, options: { microBatch?: number }, networks: RegExp) =>
    recordsFor(
      planOf("5.1", "preview", { repeats: 2, ...options }).filter(({ trial }) =>
        trial.dataset.name === "mnist" && networks.test(trial.network.name)
      ),
      (_, { name }) =>
        name === "clean" ? { rows: [{ dataset: "test", metric: "accuracy", value }] } : undefined,
    );
  return [...withClean(0.9, {}, /./), ...withClean(0.8, { microBatch: 32 }, /lenet/)];
}

Deno.test("resultsOf() has a condition's trials in parts of batches where they are asked for, and no others of it", () => {
  const store = memoryStore(inParts());
  const means = (microBatch?: number) => {
    const settings = microBatch === undefined ? {} : { microBatch };
    const { cells } = measured(resultsOf("5.1", "preview", store, settings), measures.clean);
    return cells.filter(({ series }) => series === "ce")
      .map(({ method, mean, trials }) => [method, mean, trials.length]);
  };
  const others = [["convnet", 0.9, 2], ["mlp", 0.9, 2]];
  assertEquals(means(), [["lenet", 0.9, 2], ...others]);
  assertEquals(means(32), [["lenet", 0.8, 2], ...others]);
  assertEquals(means(16), [["lenet", 0.9, 2], ...others]);
});

Deno.test("what is drawn of trials in parts of batches says so", async () => {
  const data = Deno.makeTempDirSync();
  const settings = { data, figures: data };
  const isInParts = ({ trial }: StageRecord) => trial.recipe.microBatch !== undefined;
  const drawn = async () =>
    await draw("table_5_1", { settings: { ...settings, microBatch: 32 } }) as Table;
  try {
    const store = openStore({ data });
    for (const record of inParts().filter(isInParts)) store.write(record);
    assertEquals((await draw("table_5_1", { settings }) as Table).rows, []);
    assertStringIncludes((await drawn()).caption, "2 epochs, batches in parts of 32 images.");
    for (const record of inParts().filter((one) => !isInParts(one))) store.write(record);
    assertStringIncludes((await drawn()).caption, "in some trials batches in parts of 32 images.");
  } finally {
    Deno.removeSync(data, { recursive: true });
  }
});

Deno.test("measured() takes no single norm for the mean of AutoAttack's two", async () => {
  const lacks = (norm: string, of: (trial: Trial) => boolean) => (record: StageRecord) =>
    record.stage.name === "attack" && of(record.trial)
      ? { ...record, rows: record.rows.filter(({ dataset }) => dataset !== norm) }
      : record;
  const one = records.map(
    lacks("autoattack_l2", ({ loss, index }) => loss.name === "hem" && index === 0),
  );
  const results = of("preview", one);
  for (const measure of [measures.attack, measures.attackMls]) {
    const { datasets, cells } = measured(results, measure);
    assertEquals(datasets.get("mnist"), ["autoattack_linf", "autoattack_l2"]);
    assertEquals(cells.find(({ series }) => series === "hem")!.trials, [1, 2]);
    assertEquals(cells.find(({ series }) => series === "ce")!.trials, [0, 1, 2]);
  }
  assertEquals(measured(results, measures.attackLinf).cells[4]!.trials, [0, 1, 2]);
  const none = of("preview", records.map(lacks("autoattack_l2", () => true)));
  assertEquals(measured(none, measures.attack).cells, []);
  const table = await tableOf("table_5_1", none);
  const row = table.rows.find(({ measure }) => measure === measures.attack.title)!;
  assertEquals([row.ce, row.trials], ["–", "0"]);
  assert(table.missing.includes("DAR of AutoAttack in all 15 conditions"));
});

Deno.test("measured() gives both norms the same weight", () => {
  const cell = (measure: Measure) => measured(of("preview", records), measure).cells[0]!.mean;
  assertAlmostEquals(
    cell(measures.attack),
    (cell(measures.attackLinf) + cell(measures.attackL2)) / 2,
    1e-12,
  );
});

Deno.test("measured() is the mean and the standard deviation (n - 1) over trials", () => {
  const { cells } = measured(of("preview", records), measures.clean);
  const cell = cells.find(({ method, series }) => method === "mlp" && series === "hem")!;
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
  for (const { sd } of measured(of("preview", one), measures.clean).cells) {
    assertEquals(sd, null);
  }
});

Deno.test("measured() averages only over the unknown sets that every trial has", () => {
  const shorter = records.map((record) =>
    record.stage.name === "unknown" && record.trial.network.name === "mlp" &&
      record.trial.loss.name === "mm" && record.trial.index === 0
      ? { ...record, rows: record.rows.filter(({ dataset }) => dataset !== "blobs") }
      : record
  );
  const { datasets, cells } = measured(
    of("preview", shorter),
    measures.unknownMsp,
  );
  const sets = ["fashion_mnist", "uniform", "permuted", "phase"];
  assertEquals(new Set(datasets.get("mnist")), new Set(sets));
  const cell = cells.find(({ method, series }) => method === "lenet" && series === "ce")!;
  const first = sets.map((set) => syntheticAuroc("lenet", "ce", 0, set));
  assertAlmostEquals(cell.values[0]!, first.reduce((a, b) => a + b) / 4, 1e-12);
});

Deno.test("averages() compare losses over the same conditions", () => {
  const without = records.filter(({ trial }) =>
    !(trial.network.name === "mlp" && trial.loss.name === "dice")
  );
  const clean = measured(of("preview", without), measures.clean);
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
  const clean = measured(of("preview", ragged), measures.clean);
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
  const none = measured(of("preview", apart), measures.clean);
  assertEquals(averages(none, ["ce", "dice"]), []);
});

Deno.test("a section's table shows mean ± sd in percent, and says what is missing", async () => {
  const table = await tableOf("table_5_1", of("preview", records));
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

Deno.test("a section's table averages the sets that all trials have, and has FPR95 and AUPR where they are", async () => {
  const whole = records.map((record): StageRecord => {
    if (record.stage.name !== "unknown") return record;
    const metrics = ["auroc_msp", "auroc_mls", "fpr95_msp", "aupr_in_mls"];
    const added = metrics.map((metric) => ({ dataset: "omniglot", metric, value: 0.25 }));
    return { ...record, rows: [...record.rows, ...added] };
  });
  const table = await tableOf("table_5_1", of("preview", whole));
  assertStringIncludes(table.caption, "mean over 6 of 7 sets");
  assertStringIncludes(table.caption, "the unknown classes of KMNIST.");
  assertStringIncludes(table.caption, "FPR95: unknown positive");
  const rows = table.rows.filter(({ measure }) => /FPR95|AUPR/.test(String(measure)));
  assertEquals(rows.length, 6);
  assertEquals(rows[0]!.hem, "25.00 ± 0.00");
  // one trial without it: nobody's mean has it
  const one = whole.findIndex((record) =>
    record.stage.name === "unknown" && record.trial.scale === "preview"
  );
  whole[one] = records[one]!;
  assertStringIncludes(
    (await tableOf("table_5_1", of("preview", whole))).caption,
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

Deno.test("openResults() counts damaged files of its scale, and names each", () => {
  const data = Deno.makeTempDirSync();
  const settings = { data, figures: data };
  const logged: string[] = [];
  const { error } = console;
  try {
    const store = openStore({ data });
    for (const record of records.slice(0, 3)) store.write(record);
    const folder = join(data, "results", "preview", records[1]!.id);
    const file = Array.from(Deno.readDirSync(folder), ({ name }) => name)
      .find((name) => name.startsWith(records[1]!.stage.name))!;
    const path = join(folder, file);
    Deno.truncateSync(path, 100);
    console.error = (...words) => logged.push(words.join(" "));
    assertEquals(openResults("5.1", { settings, scale: "preview" }).damaged, 1);
    assertEquals(openResults("5.1", { settings, scale: "paper" }).damaged, 0);
    // Once, however many figures need the section.
    assertEquals(openResults("5.1", { settings, scale: "preview" }).damaged, 1);
    assertEquals(logged.length, 1);
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
    const first = records.filter(({ trial }) => trial.scale === "paper").slice(0, 2);
    for (const paper of first) store.write(paper);
    assertEquals(openResults("5.1", { settings }).scale, "paper");
    assertEquals(openResults("5.1", { settings: { ...settings, scale: "smoke" } }).scale, "smoke");
    // Accuracy, once more as that of a training that may have diverged, and the spread of confidences.
    assertEquals(openResults("5.1", { settings }).table.numRows(), 3);
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

Deno.test("readSettings() has the images of HEM_MICRO_BATCH, and refuses what is no number of them", () => {
  assertEquals(readSettings(new Map([["HEM_MICRO_BATCH", "32"]])).microBatch, 32);
  for (const text of ["0", "1.5", "many"]) {
    const environment = new Map([["HEM_MICRO_BATCH", text]]);
    assertThrows(
      () => readSettings(environment),
      RangeError,
      "wanted a whole number of at least 1",
    );
  }
});

Deno.test("the means over corruptions of colour images are over 18, 19 and 15 of them, MNIST's over all", () => {
  const colour = { "fog/1": 0.5, "fog/5": 0.3, "glass_blur/1": 0.1, "spatter/1": 0.7 };
  const plan = planOf("5.1", "preview", { repeats: 1 }).slice(0, 1);
  const meanOf = (measure: Measure, values: Record<string, number>) => {
    const rows = Object.entries(values).map(([name, value]) => {
      const [dataset, severity] = name.split("/");
      const at = severity === undefined ? {} : { at: { severity: Number(severity) } };
      return { dataset: dataset!, metric: "accuracy", value, ...at };
    });
    const some = recordsFor(plan, (_, { name }) => name === "corrupt" ? { rows } : undefined);
    return measured(of("preview", some), measure).cells[0]?.mean;
  };
  assertAlmostEquals(meanOf(measures.corrupt, colour)!, 0.5, 1e-12);
  assertAlmostEquals(meanOf(measures.corrupt19, colour)!, 0.4, 1e-12);
  assertAlmostEquals(meanOf(measures.corrupt15, colour)!, 0.3, 1e-12);
  const grey = { fog: 0.5, glass_blur: 0.1 };
  assertAlmostEquals(meanOf(measures.corrupt, grey)!, 0.3, 1e-12);
  assertEquals(meanOf(measures.corrupt19, grey), undefined);
});

Deno.test("rows of single classes and epochs are in no mean over a set", () => {
  const plan = planOf("5.1", "preview", { repeats: 1 }).slice(0, 1);
  const rows = [
    { dataset: "test", metric: "accuracy", value: 0.9 },
    { dataset: "test", metric: "accuracy", value: 0.1, at: { class: 3 } },
    { dataset: "test", metric: "accuracy", value: 0.2, at: { group: "few" } },
  ];
  const some = recordsFor(plan, (_, { name }) => name === "clean" ? { rows } : undefined);
  const results = of("preview", some);
  assertEquals(measured(results, measures.clean).cells[0]!.mean, 0.9);
  assertEquals(measured(results, { ...measures.clean, at: { group: "few" } }).cells[0]!.mean, 0.2);
});
