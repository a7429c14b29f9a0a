import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import {
  entryOf,
  evidenceOf,
  type Figure,
  renderSvg,
  type Results,
  resultsOf,
  type Table,
} from "../../lib/reporting/mod.ts";
import { planOf } from "../../lib/reproduction/mod.ts";
import { type StageRecord, type Trial } from "../../lib/trials/mod.ts";
import { columnWidth } from "../../lib/reporting/style.ts";
import { memoryStore, recordsFor } from "./synthetic.ts";

/** A number that every part of a trial moves, and each loss favours another encoder. */
function iouOf({ loss, dataset, network, index }: Trial): number {
  const [l, e] = [loss.name.length, String(network.options!.encoder).length];
  return 0.2 + 0.03 * l + 0.01 * ((l * e) % 7) + 0.02 * dataset.name.length % 0.05 + 0.001 * index;
}

const planned = planOf("5.4", "paper");

/** Figure 8 of the trials that are there. */
async function figureOf(isThere: (trial: Trial) => boolean): Promise<Figure> {
  const records = recordsFor(
    planned,
    (trial, { name }) =>
      name === "segmentation" && isThere(trial)
        ? { rows: [{ metric: "mean_iou", dataset: "test", value: iouOf(trial) }] }
        : undefined,
  );
  const results = resultsOf("5.4", "paper", memoryStore(records));
  const evidence = evidenceOf("paper", () => results);
  return await entryOf("figure_08").draw({ evidence, lesser: [] }) as Figure;
}

const bestOf = ({ data }: Figure) =>
  data.filter(({ measure }) => measure === "segmentation, best backbones");

const figure = await figureOf(() => true);

Deno.test("Figure 8 has all twelve conditions, and is drawn", async () => {
  assertEquals(figure.coverage, { there: 12, of: 12 });
  assertEquals(figure.missing, []);
  const svg = await renderSvg(figure.spec);
  assert(svg.includes("best backbone"));
  const width = Number(/<svg[^>]* width="([\d.]+)"/.exec(svg)![1]);
  assert(width <= columnWidth.double, `${width} px`);
});

Deno.test("Figure 8's light bars are the mean over the data sets of each loss's best backbone", () => {
  const rows = bestOf(figure);
  assertEquals(rows.length, 7);
  for (const { loss, mean } of rows) {
    const best = ["camvid", "cityscapes", "sbd"].map((data) => {
      const own = planned.map(({ trial }) => trial)
        .filter((trial) => trial.loss.name === loss && trial.dataset.name === data);
      const byEncoder = Map.groupBy(own, ({ network }) => network.options!.encoder);
      const means = [...byEncoder.values()].map((trials) =>
        trials.reduce((sum, trial) => sum + iouOf(trial), 0) / trials.length
      );
      return Math.max(...means);
    });
    assertAlmostEquals(mean as number, best.reduce((a, b) => a + b) / 3, 1e-12);
  }
});

Deno.test("Figure 8's light bars are of the data sets that have all backbones, and none are drawn without one", async () => {
  const isLacking = ({ network, dataset }: Trial, sets: readonly string[]) =>
    network.options!.encoder === "densenet201" && sets.includes(dataset.name);
  const some = bestOf(await figureOf((trial) => !isLacking(trial, ["cityscapes", "sbd"])));
  assertEquals(some.length, 7);
  for (const { data, network, sd, trials, over } of some) {
    assertEquals([data, network, sd, trials], ["average", "best", null, 5]);
    assert(String(over).split(" ").every((name) => name.startsWith("camvid/")), String(over));
    assertEquals(String(over).split(" ").length, 4);
  }
  const none = await figureOf((trial) => !isLacking(trial, ["camvid", "cityscapes", "sbd"]));
  assertEquals(bestOf(none), []);
  const svg = await renderSvg(none.spec);
  assert(svg.includes("Average") && !svg.includes("(light)") && !svg.includes("Light bars"));
});

/** Results of some records, with a folder in which each trial's segmentation has pictures of one scene. */
async function withPictures(
  scale: "preview" | "paper",
  records: StageRecord[],
  use: (results: Results) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const png = (channels: 1 | 3, value: number) =>
      sharp(new Uint8Array(6 * channels).fill(value), { raw: { width: 3, height: 2, channels } })
        .toColourspace(channels === 1 ? "b-w" : "srgb").png().toBuffer();
    for (const { id, stage } of records) {
      if (stage.name !== "segmentation") continue;
      const scenes = join(folder, "runs", id, "scenes");
      await Deno.mkdir(scenes, { recursive: true });
      const classes = [{ name: "ground", colour: [1, 2, 3] }, {
        name: "thing",
        colour: [255, 0, 0],
      }];
      await Deno.writeTextFile(join(scenes, "classes.json"), JSON.stringify(classes));
      await Deno.writeFile(join(scenes, "0_image.png"), await png(3, 200));
      for (const map of ["truth", "predicted"]) {
        await Deno.writeFile(join(scenes, `0_${map}.png`), await png(1, 1));
      }
    }
    await use({ ...resultsOf("5.4", scale, memoryStore(records)), folder });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The figure of scenes of some results. */
async function scenesOf(of: Results): Promise<Figure> {
  const evidence = evidenceOf(of.scale, () => of);
  return await entryOf("segmentation_scenes").draw({ evidence, lesser: [] }) as Figure;
}

Deno.test("scenes are drawn with their truth and each loss's answer; what has no pictures is missing", async () => {
  const records = recordsFor(
    planOf("5.4", "preview"),
    ({ loss }, { name }) =>
      name === "segmentation" && ["ce", "hem"].includes(loss.name)
        ? {
          rows: [{ metric: "mean_iou", dataset: "test", value: 0.5 }],
          facts: { "shown scenes": "0 20 40" },
        }
        : undefined,
  );
  await withPictures("preview", records, async (of) => {
    const figure = await scenesOf(of);
    const ids = records.filter(({ stage }) => stage.name === "segmentation").map(({ id }) => id);
    assertEquals(
      figure.data,
      ["ce", "hem"].map((loss, i) => ({
        condition: "digit_scenes/resnet18",
        loss,
        trial: ids[i]!,
        scenes: "0 20 40",
      })),
    );
    assertEquals(figure.missing.length, 5);
    const svg = await renderSvg(figure.spec);
    const pictures = [...svg.matchAll(/xlink:href="data:image\/png;base64,([A-Za-z0-9+/=]+)/g)];
    assertEquals(pictures.length, 4);
    const truth = Uint8Array.fromBase64(pictures[1]![1]!);
    assertEquals([...await sharp(truth).raw().toBuffer()].slice(0, 3), [255, 0, 0]);
  });
});

Deno.test("scenes say where they come from: one network's first trials, not what else was trained", async () => {
  const records = recordsFor(
    planOf("5.4", "paper"),
    ({ loss, index }, { name }) =>
      name === "segmentation" && loss.name === "ce" && index < 2
        ? { rows: [{ metric: "mean_iou", dataset: "test", value: 0.5 }] }
        : undefined,
  );
  await withPictures("paper", records, async (of) => {
    const { trials, spec } = await scenesOf(of);
    assertEquals(trials, "1");
    const text = JSON.stringify(spec);
    assert(text.includes("1 trial per network and loss"), text);
    assert(text.includes("CamVid: all training images, 100 epochs."), text);
    assert(!text.includes("Cityscapes"), text);
  });
});

Deno.test("the table of classes has the IoU of each under each loss, by its name where pictures tell it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const records = recordsFor(
      planOf("5.4", "paper"),
      ({ loss, index, dataset, network }, stage) => {
        const isShown = stage.name === "segmentation" && loss.name !== "la" && index < 2 &&
          dataset.name === "camvid" && network.options!.encoder === "resnet34";
        const rows = [0.1 * index, 0.5].map((value, c) => ({
          metric: "iou",
          dataset: "test",
          value,
          at: { class: 2 * c },
        }));
        return isShown
          ? { rows: [...rows, { metric: "mean_iou", dataset: "test", value: 0.25 }] }
          : undefined;
      },
    );
    const of = { ...resultsOf("5.4", "paper", memoryStore(records)), folder };
    const draw = async () =>
      await entryOf("table_class_iou").draw({
        evidence: evidenceOf("paper", () => of),
        lesser: [],
      }) as Table;
    const { rows, data, coverage, caption } = await draw();
    // As lib/evaluation/intersection_over_union.ts counts them.
    assertStringIncludes(
      caption,
      "nor in any answer, has none; one that is in answers alone has 0.",
    );
    assertEquals(rows.map((row) => row.class), ["class 0", "class 2", "mean"]);
    assertEquals(rows.map(({ ce, la }) => [ce, la]), [
      ["5.00 ± 7.07", "–"],
      ["50.00 ± 0.00", "–"],
      ["25.00 ± 0.00", "–"],
    ]);
    assertEquals(data!.length, 3 * 6);
    assertEquals(coverage, { there: 1, of: 12 });
    const scenes = join(folder, "runs", of.rows[0]!.id, "scenes");
    await Deno.mkdir(scenes, { recursive: true });
    const classes = ["sky", "building", "pole"].map((name) => ({ name, colour: [0, 0, 0] }));
    await Deno.writeTextFile(join(scenes, "classes.json"), JSON.stringify(classes));
    const named = await draw();
    assertEquals(named.rows.map((row) => row.class), ["sky", "pole", "mean"]);
    assertEquals(
      [...new Set(named.data!.map((row) => `${row.class} ${row.name}`))],
      ["0 sky", "2 pole", "mean mean"],
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the pictures that the figure shows are stored with the results, those of other trials are not", async () => {
  const cwd = fileURLToPath(new URL("../..", import.meta.url));
  // 0: ignored, 1: not, 128: no repository.
  const codeOf = async (path: string) => {
    const args = ["check-ignore", "--no-index", "-q", `data/runs/${path}`];
    return (await new Deno.Command("git", { args, cwd, stderr: "null" }).output()).code;
  };
  const shown = "camvid-resnet34-ce-short-t0-0123abcd";
  assertNotEquals(await codeOf(`${shown}/scenes/0_image.png`), 0);
  assertNotEquals(await codeOf(`${shown}/weights.safetensors`), 1);
  for (const other of [shown.replace("t0", "t1"), shown.replace("short", "smoke")]) {
    assertNotEquals(await codeOf(`${other}/scenes/0_image.png`), 1);
  }
});

Deno.test("captions say where scenes were resized", () => {
  const caption = (figure.spec as unknown as { title: { subtitle: string[] } }).title.subtitle
    .join(" ");
  const cityscapes = "Cityscapes: all training images, 50 epochs, scenes resized to 512x1024, ";
  assert(caption.includes(cityscapes), caption);
  assert(!/CamVid: [^;]*resized/.test(caption), caption);
});
