import { join } from "node:path";
import sharp from "sharp";
import { unlabelledColour } from "../../datasets/mod.ts";
import { lossLabel } from "../../trials/mod.ts";
import { conditionName, dataOf, methodOf } from "../conditions.ts";
import { dataTitle, ink, lossStyle, titleOf } from "../display.ts";
import type { Entry } from "../entry.ts";
import type { Figure } from "../figure.ts";
import { keyRow } from "../key_row.ts";
import { missingSentence } from "../lacking.ts";
import { measured } from "../measured.ts";
import { measures } from "../measures.ts";
import { provenance } from "../provenance.ts";
import type { Results } from "../results_table.ts";
import { type SceneClass, sceneClasses, sceneCount, scenesFolder } from "../scene_pictures.ts";
import { columnWidth, figureSpec, fontSize, padding, type SpecPart } from "../style.ts";

const section = "5.4";
const gap = 4;
// Pixels of a picture for each px of the drawing.
const density = 2;

/** Test scenes with their true classes, and what a network trained with each loss takes them for. */
export const segmentationScenes: Entry = {
  name: "segmentation_scenes",
  section,
  needs: [section],
  draw: ({ evidence }) => scenesFigure(evidence.results(section)),
};

/** A picture of the figure, as a data URL. */
interface Picture {
  row: number;
  column: number;
  url: string;
}

async function scenesFigure(results: Results): Promise<Figure> {
  const whole = measured(results, measures.segmentation);
  const condition = whole.cells[0]?.condition;
  const own = results.rows.filter((row) => conditionName(row) === condition && row.trial === 0);
  const ids = new Set(own.map(({ id }) => id));
  const records = results.records.filter(({ id }) => ids.has(id));
  // Of what is drawn alone: other conditions and trials have other settings.
  const { scale, sentence, reduced, trials } = provenance({
    ...results,
    records,
    rows: own,
    conditions: results.conditions.filter(({ name }) => name === condition),
  }, [{
    ...whole,
    cells: whole.cells.filter((cell) => cell.condition === condition && cell.trials.includes(0))
      .map((cell) => ({ ...cell, values: [cell.values[cell.trials.indexOf(0)]!] })),
  }]);
  const columns = results.losses.flatMap((loss) => {
    const record = records.find(({ stage, trial }) =>
      stage.name === "segmentation" && lossLabel(trial) === loss
    );
    const folder = record && scenesFolder(results, record.id);
    return folder === undefined
      ? []
      : [{ loss, folder, trial: record!.id, scenes: record!.facts?.["shown scenes"] ?? null }];
  });
  const missing = results.losses.filter((loss) => !columns.some((one) => one.loss === loss))
    .map((loss) => `pictures of ${lossStyle(loss).label}`);
  const title = condition === undefined
    ? "Scenes and answers"
    : `${dataTitle(dataOf(condition))}: test scenes and the answers of ${
      titleOf(methodOf(condition))
    }`;
  const content = columns.length === 0
    ? {
      data: { values: [{ text: "no result yet" }] },
      mark: { type: "text" },
      encoding: { text: { field: "text" } },
    }
    : {
      spacing: 8,
      vconcat: [
        ...(reduced === null
          ? []
          : [keyRow([], { width: columnWidth.double - 2 * padding, reduced })]),
        await grid(columns.map(({ loss, folder }) => ({ title: lossStyle(loss).label, folder }))),
      ],
    };
  return {
    name: "segmentation_scenes",
    title,
    scale,
    trials,
    missing,
    data: columns.map(({ loss, trial, scenes }) => ({
      condition: condition!,
      loss,
      trial,
      scenes,
    })),
    summary: `Answers of ${
      columns.map(({ loss }) => lossStyle(loss).label).join(", ") || "no loss"
    }`,
    spec: figureSpec({
      heading: title,
      caption:
        `${sentence} Test scenes at even distances, chosen before any training; the first trial of each loss. ` +
        missingSentence(missing),
      width: columnWidth.double,
      content,
    }),
  };
}

/** The pictures in columns: image, truth, and the answer of each loss; a legend below. */
async function grid(losses: readonly { title: string; folder: string }[]): Promise<SpecPart> {
  const first = losses[0]!.folder;
  const [classes, count] = [sceneClasses(first), sceneCount(first)];
  const legend = [...classes, { name: "no label", colour: unlabelledColour }];
  const titles = ["Image", "Truth", ...losses.map(({ title }) => title)];
  const width = Math.floor(
    (columnWidth.double - 2 * padding - gap * (titles.length - 1)) / titles.length,
  );
  const { width: w = 1, height: h = 1 } = await sharp(join(first, "0_image.png")).metadata();
  const height = Math.round(width * h / w);
  const size = { width: density * width, height: density * height };
  const pictures: Picture[] = [];
  for (let row = 0; row < count; row++) {
    const image = await sharp(join(first, `${row}_image.png`)).resize(size).png().toBuffer();
    pictures.push({ row, column: 0, url: urlOf(image) });
    const maps = [join(first, `${row}_truth.png`)]
      .concat(losses.map(({ folder }) => join(folder, `${row}_predicted.png`)));
    for (const [i, map] of maps.entries()) {
      pictures.push({ row, column: i + 1, url: await coloured(map, classes, size) });
    }
  }
  const place = (field: string) => ({ field, type: "quantitative", scale: null, axis: null });
  const at = { x: place("x"), y: place("y") };
  const perRow = 6;
  const top = 14;
  const below = top + count * (height + gap) + 8;
  const step = (columnWidth.double - 2 * padding) / perRow;
  return {
    width: columnWidth.double - 2 * padding,
    height: below + 14 * Math.ceil(legend.length / perRow),
    layer: [
      {
        data: {
          values: pictures.map(({ row, column, url }) => ({
            x: column * (width + gap),
            y: top + row * (height + gap),
            url,
          })),
        },
        mark: { type: "image", width, height, align: "left", baseline: "top", aspect: false },
        encoding: { ...at, url: { field: "url", type: "nominal" } },
      },
      {
        data: {
          values: titles.map((text, i) => ({ text, x: i * (width + gap) + width / 2, y: 9 })),
        },
        mark: { type: "text", baseline: "bottom", fontSize: fontSize.label, color: ink.text },
        encoding: { ...at, text: { field: "text", type: "nominal" } },
      },
      {
        data: { values: legend.map((one, i) => ({ ...legendAt(i), colour: hex(one.colour) })) },
        mark: { type: "square", size: 70, opacity: 1, stroke: ink.axis, strokeWidth: 0.5 },
        encoding: { ...at, fill: { field: "colour", type: "nominal", scale: null } },
      },
      {
        data: {
          values: legend.map((one, i) => ({
            text: one.name,
            x: legendAt(i).x + 8,
            y: legendAt(i).y,
          })),
        },
        mark: { type: "text", align: "left", baseline: "middle", fontSize: fontSize.label },
        encoding: { ...at, text: { field: "text", type: "nominal" } },
      },
    ],
  };

  function legendAt(i: number) {
    return { x: 6 + step * (i % perRow), y: below + 14 * Math.floor(i / perRow) };
  }
}

/** A label map in the colours of its classes. */
async function coloured(
  file: string,
  classes: readonly SceneClass[],
  size: { width: number; height: number },
): Promise<string> {
  const { data, info } = await sharp(file).toColourspace("b-w").raw()
    .toBuffer({ resolveWithObject: true });
  const pixels = new Uint8Array(3 * data.length);
  data.forEach((label, i) => pixels.set(classes[label]?.colour ?? unlabelledColour, 3 * i));
  const raw = { width: info.width, height: info.height, channels: 3 as const };
  const png = await sharp(pixels, { raw }).resize({ ...size, kernel: "nearest" }).png().toBuffer();
  return urlOf(png);
}

function urlOf(png: Uint8Array): string {
  return `data:image/png;base64,${png.toBase64()}`;
}

function hex(colour: readonly number[]): string {
  return `#${colour.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}
