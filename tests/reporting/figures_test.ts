import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { planOf } from "../../lib/reproduction/mod.ts";
import {
  draw,
  entryOf,
  evidenceOf,
  type Figure,
  projectFolder,
  renderPng,
  renderSvg,
  type Results,
  resultsOf,
  unknownSetsOf,
} from "../../lib/reporting/mod.ts";
import { attackSentence } from "../../lib/reporting/attack_sentence.ts";
import { curvesFigure } from "../../lib/reporting/figures/losses.ts";
import { columnWidth } from "../../lib/reporting/style.ts";
import type { Scale, StageRecord } from "../../lib/trials/mod.ts";
import { assertSnapshot, normaliseSvg } from "./snapshot.ts";
import { textBoxes } from "./svg_texts.ts";
import { memoryStore, recordsFor, syntheticRecords } from "./synthetic.ts";
import { exampleRecord, exampleTrial } from "../trials/examples.ts";

const results = resultsOf("5.1", "preview", memoryStore(syntheticRecords()));

/** A figure of the catalogue, drawn from results of section 5.1. */
async function of(name: string, { scale, ...own }: Results): Promise<Figure> {
  const evidence = evidenceOf(scale, () => ({ scale, ...own }));
  return await entryOf(name).draw({ evidence, lesser: [] }) as Figure;
}

const curves = (["ce", "hem"] as const).flatMap((loss) =>
  [-4, 0, 4].map((competitor) => ({
    loss,
    competitor,
    value: Math.max(0, competitor),
    competitorGradient: competitor > 0 ? 1 : 0,
    targetGradient: competitor > 0 ? -1 : 0,
  }))
);
const names = ["figure_02", "figure_03", "figure_04"];
const figures: Figure[] = [
  ...await Promise.all(names.map((name) => of(name, results))),
  curvesFigure(curves),
];

for (const figure of figures) {
  Deno.test(`${figure.name} keeps its specification and its drawing`, async () => {
    const svg = await renderSvg(figure.spec);
    assertSnapshot(`${figure.name}.vl.json`, JSON.stringify(figure.spec, null, 1) + "\n");
    assertSnapshot(`${figure.name}.svg`, normaliseSvg(svg));
  });
}

const ofScale = (scale: Scale, records: readonly StageRecord[]) =>
  resultsOf("5.1", scale, memoryStore(records));
const stored = { settings: { data: `${projectFolder}data`, figures: "" }, scale: "paper" } as const;
const sections: [of: string, figures: Figure[]][] = [
  ["the losses", [figures[3]!]],
  ...await Promise.all(
    Object.entries({
      "three trials": results,
      "two trials at the paper's scale": ofScale("paper", syntheticRecords()),
      "one trial": ofScale("preview", syntheticRecords().filter((r) => r.trial.index === 0)),
      "no result": ofScale("preview", []),
    }).map(async ([title, results]): Promise<[string, Figure[]]> => [
      title,
      await Promise.all(names.map((name) => of(name, results))),
    ]),
  ),
  [
    "what is stored at the paper's scale",
    await Promise.all(names.map(async (name) => await draw(name, stored) as Figure)),
  ],
];

for (const [of, figures] of sections) {
  for (const figure of figures) {
    Deno.test(`${figure.name} of ${of} is a column wide, and no text is cut or on another`, async () => {
      const svg = await renderSvg(figure.spec);
      const size = /<svg[^>]* width="([\d.]+)" height="([\d.]+)"/.exec(svg)!;
      const [width, height] = [Number(size[1]), Number(size[2])];
      assert(width <= columnWidth.double && width > columnWidth.double - 12, `${width} px`);
      const texts = textBoxes(svg);
      assert(texts.length > 20, `${texts.length} texts`);
      for (const { text, left, right, top, bottom } of texts) {
        const isInside = left >= 0 && right <= width && top >= 0 && bottom <= height;
        assert(isInside, `"${text}" is cut: ${[left, right, top, bottom]} of ${[width, height]}`);
      }
      texts.forEach((a, i) => {
        const other = texts.slice(i + 1).find((b) =>
          a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
        );
        assertEquals(other, undefined, `"${a.text}" stands on "${other?.text}"`);
      });
    });
  }
}

Deno.test("renderSvg() gives the same bytes each time, whatever was drawn before", async () => {
  const first = await renderSvg(figures[2]!.spec);
  await renderSvg(figures[0]!.spec);
  assertEquals(await renderSvg(figures[2]!.spec), first);
});

Deno.test("renderPng() draws two pixels per px of the drawing", async () => {
  const svg = await renderSvg(figures[0]!.spec);
  const width = Number(/<svg[^>]* width="([\d.]+)"/.exec(svg)![1]);
  const png = renderPng(svg);
  assertEquals([...png.slice(1, 4)], [...new TextEncoder().encode("PNG")]);
  const pixels = new DataView(png.buffer).getUint32(16);
  assert(Math.abs(pixels - 2 * width) <= 2, `${pixels} pixels for ${width} px`);
});

Deno.test("figures name scale, trials, reduced runs and what is missing", async () => {
  const first = await wordsOf(figures[0]!);
  assertStringIncludes(
    first,
    "Preview scale, a reduced run. MNIST: all training images, 1–2 epochs. 3 trials per network and loss (the paper: 5).",
  );
  assertStringIncludes(first, "REDUCED RUN (preview)");
  assertStringIncludes(first, "no result yet");
  assertStringIncludes(first, "standard deviation over trials");
  assertEquals(figures[0]!.missing, [
    "clean accuracy in 12 of 15 conditions (CIFAR10, CIFAR100, TinyImageNet, ImageNet1k)",
    "accuracy on common corruptions in 13 of 15 conditions " +
    "(MNIST MLP, CIFAR10, CIFAR100, TinyImageNet, ImageNet1k)",
  ]);
  assertEquals(figures[1]!.missing.slice(0, 2), [
    "AUROC by MSP and AUROC by MLS in 12 of 15 conditions (CIFAR10, CIFAR100, TinyImageNet, ImageNet1k)",
    "DAR of AutoAttack L∞ and DAR of AutoAttack L2 in 13 of 15 conditions " +
    "(MNIST MLP, CIFAR10, CIFAR100, TinyImageNet, ImageNet1k)",
  ]);
  const words = await wordsOf(figures[1]!);
  assertStringIncludes(
    words,
    "preset torchattacks, 9 targets, ε 0.3 (L∞) and 2 (L2), 250 images.",
  );
  assertStringIncludes(words, "mean over 5 of 7 sets");
});

Deno.test("figures of results at the paper's scale carry no word on reduced runs", async () => {
  const paper = await of("figure_02", ofScale("paper", syntheticRecords()));
  assert(!JSON.stringify(paper.spec).includes("REDUCED"));
  assertEquals(paper.trials, "2");
});

Deno.test("figures are drawn where there are no results at all, with everything missing", async () => {
  for (const name of names) {
    const figure = await of(name, ofScale("preview", []));
    assertStringIncludes(await renderSvg(figure.spec), "no result yet");
    assert(figure.missing.length > 0);
  }
});

/** The words of a figure, as they are drawn. */
async function wordsOf(figure: Figure): Promise<string> {
  return textBoxes(await renderSvg(figure.spec)).map(({ text }) => text).join(" ");
}

/** The synthetic records of the preview, changed or left out where the function says so. */
function changed(change: (record: StageRecord) => StageRecord | undefined): Results {
  return ofScale(
    "preview",
    syntheticRecords(["preview"]).flatMap((record) => change(record) ?? []),
  );
}

Deno.test("figures say how many trials each measure has, and which losses are lacking", async () => {
  const fewer = changed((record) => {
    const { loss, index, network } = record.trial;
    if (record.stage.name === "attack" && index > 0) return undefined;
    return record.stage.name === "corrupt" && loss.name === "ln" && network.name === "lenet"
      ? undefined
      : record;
  });
  assertStringIncludes(
    await wordsOf(await of("figure_03", fewer)),
    "Trials per network and loss (the paper: 5): 3 for AUROC by MSP and AUROC by MLS, " +
      "1 for DAR of AutoAttack L∞ and DAR of AutoAttack L2.",
  );
  const figure = await of("figure_02", fewer);
  assertEquals(figure.missing.at(-1), "accuracy on common corruptions of LN (MNIST LeNet)");
  const words = await wordsOf(figure);
  assertStringIncludes(words, "and accuracy on common corruptions of LN (MNIST LeNet).");
  assertStringIncludes(words, "Average over 1 of 15 conditions (%)");
  assertEquals([figure.trials, (await of("figure_03", fewer)).trials], ["3", "1–3"]);
});

Deno.test("an average over conditions of unlike numbers of trials has no dots of trials", async () => {
  const ragged = changed((record) =>
    record.trial.network.name === "mlp" && record.trial.index > 0 ? undefined : record
  );
  const drawn = JSON.stringify((await of("figure_02", ragged)).spec);
  // Of clean accuracy: two networks, two losses, three trials, and no average.
  const clean = [...drawn.matchAll(/"color":"[^"]*","value":9[89]/g)].length;
  assertEquals(clean, 2 * 2 * 3);
});

Deno.test("a training without evaluations is no trial of a figure", async () => {
  const more = changed((record) =>
    record.trial.index === 2 && record.stage.name !== "training" ? undefined : record
  );
  assertStringIncludes(await wordsOf(await of("figure_02", more)), "2 trials per network and loss");
});

Deno.test("figures say what diverged, what stands in for what, and what does not count", async () => {
  const diverged = changed((record) => {
    const { loss, network, index } = record.trial;
    if (`${network.name} ${loss.name} ${index}` !== "lenet mm 1") return record;
    return record.stage.name === "training"
      ? { ...record, outcome: { name: "diverged", step: 40, epoch: 1, loss: "NaN" } }
      : undefined;
  });
  assertStringIncludes(
    await wordsOf(await of("figure_02", diverged)),
    "Diverged: MM with LeNet on MNIST (trial 1, after 1 epoch: loss NaN in step 40).",
  );
  assertStringIncludes(
    await wordsOf(await of("figure_02", { ...results, damaged: 2 })),
    "2 damaged records not counted.",
  );
  const [lenet, ...others] = results.conditions;
  const standIn = { ...lenet!, standsFor: "cifar10/resnet18" };
  assertStringIncludes(
    await wordsOf(await of("figure_02", { ...results, conditions: [standIn, ...others] })),
    "LeNet on MNIST stands in for the paper's ResNet18 on CIFAR10.",
  );
});

Deno.test("figure_02 names corruptions that a trial lacks", async () => {
  const lacking = changed((record) =>
    record.stage.name === "corrupt" && record.trial.index === 1
      ? {
        ...record,
        rows: record.rows.filter(({ dataset }) => dataset !== "fog"),
        missing: [{ dataset: "fog", reason: "not on this disk" }],
      }
      : record
  );
  assertEquals((await of("figure_02", lacking)).missing.at(-1), "the corruptions fog");
  assertStringIncludes(
    await wordsOf(await of("figure_02", lacking)),
    "Corruptions of MNIST: mean over 1 set,",
  );
});

Deno.test("figure_03 says how AutoAttack was run where it is not the preset's way", async () => {
  const records = syntheticRecords(["preview"]).map((record): StageRecord =>
    record.stage.name === "attack"
      ? {
        ...record,
        stage: {
          ...record.stage,
          settings: { ...record.stage.settings, iterations: 100, queries: 1, images: 1 },
        },
      }
      : record
  );
  // As results have it whose plan asks for that.
  const attacked = { ...results, records };
  assertStringIncludes(
    await wordsOf(await of("figure_03", attacked)),
    "9 targets, 100 iterations, 1 query, ε 0.3 (L∞) and 2 (L2), 1 image.",
  );
});

Deno.test("figures name data sets of the same settings together", async () => {
  const plan = planOf("5.1", "paper", { repeats: 2 })
    .filter(({ trial }) => ["mnist", "cifar10", "cifar100"].includes(trial.dataset.name));
  const records = recordsFor(plan, ({ dataset }, { name }) =>
    name === "attack"
      ? {
        rows: ["autoattack_linf", "autoattack_l2"].map((dataset) => ({
          dataset,
          metric: "dar_msp",
          value: 0.1,
        })),
      }
      : name === "unknown"
      ? {
        rows: unknownSetsOf(dataset.name).map((dataset) => ({
          dataset,
          metric: "auroc_msp",
          value: 0.9,
        })),
      }
      : undefined);
  const words = await wordsOf(await of("figure_03", ofScale("paper", records)));
  assertStringIncludes(words, "MNIST: all training images, 20 epochs; CIFAR10 and CIFAR100: all");
  assertStringIncludes(
    words,
    "AutoAttack on CIFAR10 and CIFAR100: preset torchattacks, 9 targets, ε 8/255 (L∞) and 0.5 (L2)",
  );
  assertStringIncludes(words, "AUROC of MNIST, CIFAR10 and CIFAR100: mean over all 7 sets.");
});

Deno.test("figure_04 counts the unknown sets that every trial has", async () => {
  const histogram = { dataset: "omniglot", score: "msp", low: 0, high: 1, counts: [0, 0, 0, 9e9] };
  const row = { dataset: "omniglot", metric: "auroc_msp", value: 0.9 };
  const one = changed((record) => {
    const { loss, index, network } = record.trial;
    if (record.stage.name !== "unknown" || loss.name !== "hem" || index > 0) return record;
    if (network.name !== "convnet") return record;
    const counts = Array.from({ length: 50 }, (_, bin) => bin === 49 ? 1e9 : 0);
    return {
      ...record,
      rows: [...record.rows, row],
      histograms: [...record.histograms!, { ...histogram, counts }],
    };
  });
  assertEquals((await of("figure_04", one)).data, figures[2]!.data);
});

Deno.test("a bar of a standard deviation that reaches below 0 stays within its panel", async () => {
  const wide = changed((record) =>
    record.stage.name === "attack"
      ? {
        ...record,
        rows: record.rows.map((row) => ({ ...row, value: record.trial.index === 0 ? 0.03 : 0 })),
      }
      : record
  );
  const text = JSON.stringify((await of("figure_03", wide)).spec);
  const lows = [...text.matchAll(/"low":(-[\d.]+)/g)].map(([, low]) => Number(low));
  assert(lows.length > 0);
  const starts = [...text.matchAll(/"domain":\[(-?[\d.]+),/g)].map(([, start]) => Number(start));
  assert(Math.min(...starts) <= Math.min(...lows), `${starts} and ${lows}`);
});

Deno.test("a caption says in how many trials AutoAttack doubted what it found", () => {
  const recordOf = (seed: number, warning?: string) => ({
    ...exampleRecord(exampleTrial({ seed }), "attack"),
    ...(warning && { facts: { "attack warnings": warning } }),
  });
  const sentence = (...records: StageRecord[]) => attackSentence({ records } as unknown as Results);
  assert(!sentence(recordOf(0)).includes("doubts"));
  assertStringIncludes(
    sentence(recordOf(0), recordOf(1, "masked"), recordOf(2, "masked too")),
    "It doubts its result in 2 trials (masked). ",
  );
});
