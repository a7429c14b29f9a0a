/** Networks of the user's own beside the paper's losses: from their files to figures and tables. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import { planOf } from "../../lib/reproduction/mod.ts";
import {
  draw,
  entryOf,
  evidenceOf,
  type Figure,
  openResults,
  renderSvg,
  type Results,
  resultsOf,
  show,
  type Table,
} from "../../lib/reporting/mod.ts";
import {
  openStore,
  type OwnResult,
  readOwnResults,
  type Stage,
  writeOwnResult,
} from "../../lib/trials/mod.ts";
import { withFolder } from "../with_folder.ts";
import { textBoxes } from "./svg_texts.ts";
import { memoryStore, syntheticRecords } from "./synthetic.ts";

const preview = resultsOf("5.1", "preview", memoryStore(syntheticRecords()));
const { stages } = planOf("5.1", "preview").find(({ trial }) => trial.dataset.name === "mnist")!;
const sets = ["fashion_mnist", "blobs", "uniform", "permuted", "phase"];
const provenance = { deno: "2", tensorflow: "2", device: "cpu", threads: 1, platform: "linux" };

/** A network that was measured as the preview measures its own; `change` changes a stage, or leaves it out. */
function own(
  name: string,
  change: (stage: Stage) => Stage | undefined = (stage) => stage,
): OwnResult {
  const rowsOf = ({ name }: Stage) =>
    name === "clean"
      ? [{ metric: "accuracy", dataset: "test", value: 0.91 }]
      : name === "corrupt"
      ? ["fog", "shear"].map((dataset, i) => ({ metric: "accuracy", dataset, value: 0.8 - i / 10 }))
      : name === "attack"
      ? ["linf", "l2"].map((norm) => ({
        metric: "dar_msp",
        dataset: `autoattack_${norm}`,
        value: 0.5,
      }))
      : ["auroc_msp", "auroc_mls"].flatMap((metric) =>
        // One more than the trials beside it have.
        [...sets, "omniglot"].map((dataset, i) => ({ metric, dataset, value: 0.9 + i / 100 }))
      );
  return {
    name,
    network: "lenet",
    dataset: { name: "mnist" },
    stages: stages.filter(({ name }) => name !== "training").flatMap((stage) => {
      const changed = change(stage);
      return changed === undefined
        ? []
        : [{ stage: changed, rows: rowsOf(stage), seconds: 1, provenance }];
    }),
  };
}

const beside = (...results: OwnResult[]): Results => ({
  ...preview,
  own: { results, damaged: [] },
});

async function of<Kind extends Figure | Table>(name: string, results: Results): Promise<Kind> {
  const evidence = evidenceOf("preview", () => results);
  return await entryOf(name).draw({ evidence, lesser: [] }) as Kind;
}

const wordsOf = async (figure: Figure) =>
  textBoxes(await renderSvg(figure.spec)).map(({ text }) => text).join(" ");

Deno.test("a network of one's own stands beside the losses of its data set, as the mean over their sets", async () => {
  const [figure02, figure03] = [
    await of<Figure>("figure_02", beside(own("mine"))),
    await of<Figure>("figure_03", beside(own("mine"))),
  ];
  const rows = [...figure02.data, ...figure03.data].filter(({ loss }) => loss === "own");
  assertEquals(
    rows.map((
      { measure, network, data, mean },
    ) => [measure, network, data, Number(Number(mean).toFixed(9))]),
    [
      ["clean", "mine", "mnist", 0.91],
      ["corrupt", "mine", "mnist", 0.75],
      ["unknown_msp", "mine", "mnist", 0.92],
      ["unknown_mls", "mine", "mnist", 0.92],
      ["attack_linf", "mine", "mnist", 0.5],
      ["attack_l2", "mine", "mnist", 0.5],
    ],
  );
  const words = await wordsOf(figure02);
  assertStringIncludes(words, "mine (own)");
  assertStringIncludes(words, "the user's own networks");
  assertStringIncludes(words, "mine (LeNet, MNIST)");
  const table = await of<Table>("table_5_1", beside(own("mine")));
  const row = table.rows.find(({ condition }) => String(condition).startsWith("mine (own)"))!;
  assertEquals([row.measure, row.own, row.hem], ["Clean accuracy", "91.00", undefined]);
});

Deno.test("networks of one's own change no number of the paper's losses, and no claim", async () => {
  for (const name of ["figure_02", "figure_03"]) {
    const [without, with_] = [
      await of<Figure>(name, preview),
      await of<Figure>(name, beside(own("a"), own("b"))),
    ];
    assertEquals(with_.data.filter(({ loss }) => loss !== "own"), without.data);
    assertEquals(with_.summary, without.summary);
  }
  const compared = "figure_02_comparison";
  assertEquals(
    (await of<Table>(compared, beside(own("a")))).rows,
    (await of<Table>(compared, preview)).rows,
  );
});

Deno.test("what was not measured as the trials were does not stand beside them, and the figure says why", async () => {
  const other = own(
    "other",
    (stage) =>
      stage.name === "attack"
        ? { ...stage, settings: { ...stage.settings, images: 8 } }
        : stage.name === "corrupt"
        ? { ...stage, revision: stage.revision + 1 }
        : stage.name === "clean"
        ? undefined
        : stage,
  );
  const fewer: OwnResult = { ...own("fewer"), dataset: { name: "mnist", testCount: 300 } };
  const cifar: OwnResult = { ...own("cifar"), dataset: { name: "cifar100_lt" } };
  const some = beside(other, fewer, cifar);
  const figure02 = await of<Figure>("figure_02", some);
  assertEquals(figure02.data.filter(({ loss }) => loss === "own"), []);
  assertEquals(figure02.missing.slice(-3), [
    "clean accuracy of fewer (of 300 images, here of all)",
    "accuracy on common corruptions of other (by an earlier revision: measure it again)",
    "accuracy on common corruptions of fewer (of 300 images, here of all)",
  ]);
  const figure03 = await of<Figure>("figure_03", some);
  assertEquals(
    figure03.data.filter(({ loss }) => loss === "own").map(({ measure }) => measure),
    ["unknown_msp", "unknown_mls"],
  );
  assertStringIncludes(figure03.missing.join(), "AutoAttack L∞ of other (images 8, here 250)");
  const lacking = own("lacking");
  const unknown = lacking.stages.find(({ stage }) => stage.name === "unknown")!;
  unknown.rows = unknown.rows.filter(({ dataset }) => dataset !== "blobs");
  const figure = await of<Figure>("figure_03", beside(lacking));
  assertStringIncludes(figure.missing.join(), "AUROC by MSP of lacking (without Random blobs)");
});

Deno.test("a network on data without any trial stands there by itself", async () => {
  const cifar: OwnResult = {
    ...own("resnet", (stage) => stage.name === "clean" ? stage : undefined),
    network: "resnet32",
    dataset: { name: "cifar10" },
  };
  const figure = await of<Figure>("figure_02", beside(cifar, own("mine")));
  const words = await wordsOf(figure);
  assertStringIncludes(words, "resnet (own)");
  assertStringIncludes(words, "resnet (ResNet32, CIFAR10)");
  const texts = textBoxes(await renderSvg(figure.spec));
  texts.forEach((a, i) => {
    const other = texts.slice(i + 1).find((b) =>
      a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
    );
    assertEquals(other, undefined, `"${a.text}" stands on "${other?.text}"`);
  });
});

Deno.test("the row is there with its file and gone without it; a damaged file is named", () =>
  withFolder(async (data) => {
    const settings = { data, figures: data };
    const ofFile = async () => {
      const figure = await draw("figure_02", { settings, scale: "preview" }) as Figure;
      return { rows: figure.data.filter(({ loss }) => loss === "own"), missing: figure.missing };
    };
    assertEquals((await ofFile()).rows, []);
    const path = writeOwnResult(data, own("mine"));
    assertEquals((await ofFile()).rows.length, 2);
    await Deno.writeTextFile(path, (await Deno.readTextFile(path)).slice(0, 200));
    const { rows, missing } = await ofFile();
    assertEquals(rows, []);
    assertEquals(missing.at(-1), "the own network mine (its file is damaged)");
    const [damaged] = openResults("5.1", { scale: "preview", settings }).own.damaged;
    assertEquals(damaged!.path, path);
    assertStringIncludes(damaged!.reason, "not whole JSON");
    await Deno.remove(path);
    assert(!(await ofFile()).missing.some((text) => text.includes("mine")));
  }));

Deno.test("a network of one's own is drawn and written also where no trial is; trials of a lesser scale go before it", () =>
  withFolder(async (data) => {
    const settings = { data, figures: join(data, "figures") };
    writeOwnResult(data, own("mine"));
    for (const name of ["figure_02", "figure_03", "table_5_1"]) {
      await show(draw(name, { settings }), { settings });
    }
    const written = Array.from(
      Deno.readDirSync(join(settings.figures, "preview")),
      ({ name }) => name,
    );
    for (const name of ["figure_02.svg", "figure_03.svg", "table_5_1.md"]) {
      assert(written.includes(name), written.join());
    }
    // Of the paper's scale trainings alone, beside which it would stand too.
    const store = openStore({ data });
    for (const record of syntheticRecords()) {
      if (record.trial.scale === "preview" || record.stage.name === "training") store.write(record);
    }
    assertEquals((await draw("figure_02", { settings, scale: "paper" })).own, 1);
    assertEquals((await draw("figure_02", { settings })).scale, "preview");
  }));

Deno.test("a result of one's own that cannot be is neither stored nor read", () =>
  withFolder(async (data) => {
    const bad = own("mine");
    bad.stages[0]!.rows[0]!.value = 1.2;
    const error = assertThrows(() => writeOwnResult(data, bad), TypeError);
    assertStringIncludes(error.message, 'Cannot store the network "mine": stages.0.rows.0');
    assertThrows(() => writeOwnResult(data, own("../up")), TypeError, "a file is named by it");
    const path = writeOwnResult(data, own("mine"));
    await Deno.rename(path, path.replace("mine", "yours"));
    await Deno.mkdir(path.replace("mine", "folder"));
    const { results, damaged } = readOwnResults(data);
    assertEquals(results, []);
    assertEquals(damaged.map(({ reason }) => reason), ["it is no file", 'its name is "mine"']);
  }));
