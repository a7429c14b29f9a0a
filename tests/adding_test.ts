/** What README says about adding something is all that it takes: done in a copy of the library, in those files alone. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { cp } from "node:fs/promises";
import { projectFolder } from "./other_project.ts";

const readme = await Deno.readTextFile(`${projectFolder}README.md`);

/** The files and folders of lib/ that README names under "How to add" for a kind of thing. */
function placesFor(kind: string): string[] {
  const text = readme.match(new RegExp(`^- \\*\\*${kind}\\*\\*:(.*?)(?=^- \\*\\*|^$)`, "ms"))?.[1];
  assert(text, `README does not say how to add ${kind}`);
  return Array.from(text.matchAll(/`(lib\/[\w./]+)`/g), ([, place]) => place!);
}

/** A copy of the library beside it, which shares its packages and its runtime. */
class Copy implements AsyncDisposable {
  readonly folder: string;
  readonly changed: string[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(...parts: string[]): Promise<Copy> {
    const folder = await Deno.makeTempDir({ dir: projectFolder, prefix: ".adding_" });
    for (const part of ["lib", ...parts]) {
      await cp(`${projectFolder}${part}`, `${folder}/${part}`, { recursive: true });
    }
    await Deno.symlink(`${projectFolder}.runtime`, `${folder}/.runtime`);
    return new Copy(folder);
  }

  async write(file: string, text: string): Promise<void> {
    this.changed.push(file);
    await Deno.writeTextFile(`${this.folder}/${file}`, text);
  }

  /** Puts `added` in front of what is there. */
  async insert(file: string, before: string, added: string): Promise<void> {
    const text = await Deno.readTextFile(`${this.folder}/${file}`);
    assertEquals(text.split(before).length, 2, `${file} has not one ${before}`);
    await this.write(file, text.replace(before, added + before));
  }

  async deno(...args: string[]): Promise<string> {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args,
      cwd: this.folder,
      env: { NO_COLOR: "1" },
    }).output();
    const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert(success, `deno ${args.join(" ")}: ${out}${error}`);
    return out!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

// Lin et al. 2017, with gamma 2.
const focal = `import type { Scalar, Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../tensorflow/mod.ts";
import type { Loss } from "./loss.ts";

/** Focal loss: the mean of -(1 - p)^gamma log p. */
export function focal({ gamma = 2 }: { gamma?: number } = {}): Loss {
  return (logits: Tensor, labels: Tensor) => {
    const log = tf.logSoftmax(logits).mul(tf.oneHot(labels as never, logits.shape.at(-1)!)).sum(-1);
    return log.mul(log.exp().sub(1).neg().pow(gamma)).mean().neg() as Scalar;
  };
}
`;

const program = `import { losses } from "./lib/losses/mod.ts";
import { buildNetwork } from "./lib/models/mod.ts";
import { lossStyle } from "./lib/reporting/display.ts";
import { tf } from "./lib/tensorflow/mod.ts";
import { Learner } from "./lib/training/mod.ts";
import { parseTrial } from "./lib/trials/mod.ts";

const { loss: { name, options } } = parseTrial({
  kind: "classification",
  scale: "smoke",
  dataset: { name: "mnist" },
  network: { name: "mlp" },
  loss: { name: "focal", options: { gamma: 1.5 } },
  recipe: {
    ...{ epochs: 1, batchSize: 8, augmentation: "none", threads: 1 },
    ...{ optimizer: { name: "adam", learningRate: 0.01 }, schedule: { name: "constant" } },
  },
  seed: 1,
  index: 0,
});
const loss = losses[name]({ classCounts: [4, 4], ...(options && { options }) });
const network = buildNetwork("mlp", { classes: 2, inputShape: [4, 4, 1], seed: 0 });
const learner = new Learner({ network, loss, optimizer: { name: "adam", learningRate: 0.01 }, seed: 0 });
const labels = tf.tensor1d([0, 1, 0, 1], "int32");
const images = labels.cast("float32").reshape([4, 1, 1, 1]).tile([1, 4, 4, 1]);
const values: number[] = [];
for (let i = 0; i < 20; i++) values.push(learner.step({ images, labels }, 0.01).dataSync()[0]!);
console.log(JSON.stringify({ label: lossStyle(name).label, first: values[0], last: values.at(-1) }));
`;

Deno.test("a loss is added in the files that README names, and is then trained, planned and drawn", async () => {
  await using copy = await Copy.make("tests/losses");
  await copy.write("lib/losses/focal.ts", focal);
  await copy.insert("lib/losses/names.ts", "] as const", ', "focal"');
  const catalogue = "lib/losses/catalogue.ts";
  await copy.insert(catalogue, "\n/** What a loss of the", 'import { focal } from "./focal.ts";\n');
  await copy.insert(
    catalogue,
    "};\n\nfunction total",
    '  focal: entry({ gamma: "number" }, focal),\n',
  );
  await copy.insert(
    "lib/reporting/display.ts",
    "];\n\n/** The neutral",
    '  { name: "focal", label: "Focal", color: "#999999" },\n',
  );
  const touched = [...new Set(copy.changed)].map((file) => file.replace(/[^/]*focal\.ts$/, ""));
  assertEquals(touched.sort(), placesFor("a loss").sort());

  await Deno.writeTextFile(`${copy.folder}/program.ts`, program);
  await copy.deno("check", "-q", "lib/losses/mod.ts", "lib/reporting/display.ts");
  const told = JSON.parse(await copy.deno("run", "-A", "-q", "program.ts"));
  assertEquals(told.label, "Focal");
  assert(told.last < told.first / 2, `${told.first} to ${told.last}`);
  const battery = await copy.deno(
    ...["test", "-A", "-q", "--no-check", "--filter", "focal: the gradient is the slope"],
    "tests/losses/battery_test.ts",
  );
  assert(battery.includes("1 passed"), battery);
});

const network = `import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { Linear } from "../layers/mod.ts";
import { Network, type NetworkContext } from "./network.ts";

/** Logistic regression. */
export class Logistic extends Network {
  readonly #fc: Linear;

  constructor({ classes, inputShape, initialiser }: NetworkContext) {
    super();
    this.#fc = this.child("fc", new Linear(inputShape, classes, { initialiser: initialiser.for("fc") }));
  }

  override features(x: Tensor): Tensor {
    return x.reshape([x.shape[0]!, -1]);
  }

  override head(features: Tensor): Tensor {
    return this.#fc.forward(features);
  }
}
`;

// Dark and bright images: 64 to train with and 16 to test.
const pixels = Uint8Array.from({ length: 80 * 16 }, (_, i) => 200 * ((i >> 4) % 2) + i % 50);

const dataset = `import { makeDataset, memoryImages } from "./image_set.ts";
import type { DataSource } from "./source.ts";
import { officialFile } from "./source_files.ts";
import type { Dataset, LoadOptions } from "./types.ts";

export const GREYS = {
  name: "greys",
  title: "Greys",
  licence: "none",
  address: "https://greys.example/",
  files: [{
    name: "greys.bin",
    urls: ["https://greys.example/greys.bin"],
    bytes: ${pixels.length},
    sha256: "${createHash("sha256").update(pixels).digest("hex")}",
  }],
} as const satisfies DataSource;

/** Dark and bright images. */
export async function loadGreys(places: LoadOptions): Promise<Dataset> {
  const bytes = await Deno.readFile(await officialFile(GREYS, GREYS.files[0], places));
  const [train, test] = [[0, 64], [64, 80]].map(([from, to]) => {
    const labels = Int32Array.from({ length: to! - from! }, (_, i) => i % 2);
    const pixels = bytes.slice(16 * from!, 16 * to!);
    return memoryImages({ name: "greys", shape: [4, 4, 1], pixels, labels });
  });
  return makeDataset({ name: "greys", classNames: ["dark", "bright"], train: train!, test: test! });
}
`;

const facts = `  greys: {
    ...DIGITS,
    title: "Greys",
    classes: 2,
    shape: [4, 4, 1],
    images: { train: 64, test: 16 },
    corruptedSets: 1,
    unknownSets: [],
  },
`;

const stage = `import { noWork, type StageDefinition } from "./definition.ts";

/** The largest logit of the test images, times a factor. */
export const peak: StageDefinition = {
  name: "peak",
  revision: 1,
  settings: { factor: 1 },
  metrics: [],
  load: async () => ({ measure: (await import("./peak_work.ts")).measurePeak }),
  work: () => noWork,
};
`;

const stageWork = `import { predictLogits } from "../training/mod.ts";
import { trainedClassifier } from "./classifier.ts";
import type { MeasureContext, Measurements } from "./work.ts";

export async function measurePeak(context: MeasureContext): Promise<Measurements> {
  const { network, dataset: { test } } = await trainedClassifier(context);
  const logits = await predictLogits(network, test);
  const value = Number(context.stage.settings.factor) * Math.max(...logits);
  return { rows: [{ metric: "peak", value, dataset: "test" }] };
}
`;

const experiment =
  `import { clean, corrupt, stageDefinition, stageOf, training } from "../stages/mod.ts";
import { mnist } from "./common.ts";
import type { Experiment } from "./experiment.ts";

export const sectionX: Experiment = {
  section: "X",
  title: "Greys",
  losses: ["hem"],
  pairs: [],
  conditions: [{
    trial: { kind: "classification", dataset: { name: "greys" }, network: { name: "logistic" } },
    recipe: { ...mnist, epochs: 5, batchSize: 16, optimizer: { name: "adam", learningRate: 0.1 } },
    runs: [{ loss: { name: "hem", options: { margin: 0.5 } }, variant: "margin=0.5" }],
    stages: [
      ...[training, clean, corrupt].map((stage) => stageOf(stage)),
      stageOf(stageDefinition("peak"), { factor: 2 }),
    ],
    repeats: 2,
    source: "none",
  }],
  scales: { smoke: () => ({ repeats: 1 }), preview: () => ({}), short: () => "no", paper: () => "no" },
};
`;

const table = `import type { Entry } from "../entry.ts";

/** Every number of the trials. */
export const greysTable: Entry = {
  name: "table_greys",
  section: "X",
  needs: ["X"],
  draw({ evidence }) {
    const { scale, rows } = evidence.results("X");
    return {
      ...{ name: "table_greys", title: "Greys", scale, caption: "", missing: [] },
      columns: { stage: "Stage", metric: "Metric", value: "Value" },
      rows: rows.map(({ stage, metric, value }) => ({ stage, metric, value })),
    };
  },
};
`;

const wholeTrial = `import { presence } from "./lib/cli/trial_options.ts";
import { planOf, planReproduction } from "./lib/reproduction/mod.ts";
import { dataTitle } from "./lib/reporting/display.ts";
import { draw } from "./lib/reporting/mod.ts";
import { loadRunner } from "./lib/stages/mod.ts";
import { conditionOf } from "./lib/trials/mod.ts";

const [planned, ...others] = planOf("X", "smoke");
const data = Deno.args[0]!;
const waiting = async () => {
  const plan = await planReproduction(["X"], { scale: "smoke", data, ...await presence(data) });
  return plan.missing.map(({ reason }) => reason);
};
const before = await waiting();
await Deno.mkdir(data + "/raw/greys", { recursive: true });
await Deno.copyFile("greys.bin", data + "/raw/greys/greys.bin");
const after = await waiting();
const done = await (await loadRunner())(planned!, { data });
const drawn = await draw("table_greys", { scale: "smoke", settings: { data, figures: data } });
console.log(JSON.stringify({
  before,
  after,
  done,
  others: others.length,
  condition: conditionOf(planned!.trial),
  title: dataTitle("greys"),
  rows: "rows" in drawn ? drawn.rows : [],
}));
`;

Deno.test("a network, a data set, a stage, an experiment and a table are added in the files that README names, and run as a trial", async () => {
  await using copy = await Copy.make("data/paper");
  const kinds: Record<string, string[]> = {};
  const adding = async (kind: string, add: () => Promise<void>) => {
    copy.changed.length = 0;
    await add();
    kinds[kind] = [...copy.changed];
  };
  await adding("a network", async () => {
    await copy.write("lib/models/logistic.ts", network);
    const build = "lib/models/build.ts";
    await copy.insert(
      build,
      "/** How each network",
      'import { Logistic } from "./logistic.ts";\n\n',
    );
    const line = "  logistic: { options: {}, build: (context) => new Logistic(context) },\n";
    await copy.insert(build, "  lenet: {", line);
  });
  await adding("a data set", async () => {
    await copy.write("lib/datasets/greys.ts", dataset);
    const catalogue = "lib/datasets/catalogue.ts";
    await copy.insert(
      catalogue,
      "/** How a data set is",
      'import { loadGreys } from "./greys.ts";\n\n',
    );
    const test = "loadTest: async (options) => (await loadGreys(options)).test";
    await copy.insert(
      catalogue,
      "  mnist: idxLoader",
      `  greys: { title: "Greys", load: loadGreys, ${test} },\n`,
    );
    await copy.insert("lib/datasets/facts.ts", "  fashion_mnist: {", facts);
    const sources = "lib/datasets/sources.ts";
    await copy.insert(sources, "import { idxData", 'import { GREYS } from "./greys.ts";\n');
    await copy.insert(sources, "  OMNIGLOT,\n", "  GREYS,\n");
    const same = '{ name: "same", title: "Same", source: "generated", load: async () => test }';
    await copy.insert(
      "lib/datasets/corrupted_sets.ts",
      "  mnist: mnistSets,",
      `  greys: async ({ test }) => [${same}],\n`,
    );
  });
  await adding("a stage", async () => {
    await copy.write("lib/stages/peak.ts", stage);
    await copy.write("lib/stages/peak_work.ts", stageWork);
    const catalogue = "lib/stages/catalogue.ts";
    await copy.insert(catalogue, "/** Every stage", 'import { peak } from "./peak.ts";\n\n');
    await copy.insert(catalogue, "  training,\n", "  peak,\n");
    await copy.insert("lib/trials/metrics.ts", '  ["margin", any],', '  ["peak", any],\n');
  });
  await adding("an experiment", async () => {
    await copy.write("lib/experiments/section_x.ts", experiment);
    const catalogue = "lib/experiments/catalogue.ts";
    await copy.insert(
      catalogue,
      "/** The experiments",
      'import { sectionX } from "./section_x.ts";\n\n',
    );
    await copy.insert(catalogue, '  "5.1": section51', "  X: sectionX,\n");
  });
  await adding("a figure or a table", async () => {
    await copy.write("lib/reporting/tables/greys.ts", table);
    const catalogue = "lib/reporting/catalogue.ts";
    await copy.insert(
      catalogue,
      "import { learningRate",
      'import { greysTable } from "./tables/greys.ts";\n',
    );
    await copy.insert(catalogue, "  marginIndex,\n", "  greysTable,\n");
    await copy.insert("lib/reporting/report.ts", '  ["beyond", "Beyond', '  ["X", "Greys"],\n');
  });
  for (const [kind, changed] of Object.entries(kinds)) {
    const touched = changed.map((file) =>
      file.replace(/\/(logistic|greys|peak|peak_work|section_x)\.ts$/, "/")
    );
    assertEquals([...new Set(touched)].sort(), placesFor(kind).sort(), kind);
  }

  await Deno.writeTextFile(`${copy.folder}/program.ts`, wholeTrial);
  await Deno.writeFile(`${copy.folder}/greys.bin`, pixels);
  const ran = await copy.deno("run", "-A", "-q", "program.ts", `${copy.folder}/data`);
  const told = JSON.parse(ran.trim().split("\n").at(-1)!);
  assertEquals(told.before.length, 1);
  assertStringIncludes(told.before[0], "Greys is not on this machine");
  assertEquals(told.after, []);
  assertEquals([told.done, told.others, told.title], ["done", 0, "Greys"]);
  assertEquals(told.condition, "greys/logistic/hem@margin=0.5");
  const value = (stage: string, metric: string) =>
    told.rows.find((row: { stage: string; metric: string }) =>
      row.stage === stage && row.metric === metric
    )?.value;
  assert(value("clean", "accuracy") > 0.9, JSON.stringify(told.rows));
  assertEquals(value("corrupt", "accuracy"), value("clean", "accuracy"));
  assert(Number.isFinite(value("peak", "peak")));
});
