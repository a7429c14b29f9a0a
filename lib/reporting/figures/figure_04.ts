import { lossLabel, type StageRecord } from "../../trials/mod.ts";
import type { LossName } from "../../losses/mod.ts";
import { keyRow } from "../key_row.ts";
import { conditionName, dataOf, methodOf } from "../conditions.ts";
import {
  counted,
  dataTitle,
  ink,
  listed,
  lossStyle,
  percent,
  titleOf,
  unknownSetsOf,
} from "../display.ts";
import type { Entry } from "../entry.ts";
import type { DataRow, Figure } from "../figure.ts";
import { missingSentence } from "../lacking.ts";
import { type Cell, type Measured, measured } from "../measured.ts";
import { measures } from "../measures.ts";
import { provenance } from "../provenance.ts";
import { partOf, type Results } from "../results_table.ts";
import { columnWidth, figureSpec, padding, panelName, type SpecPart, stroke } from "../style.ts";

// The paper's panels a to d; which loss is which is read from the order of Table 1.
const panels: readonly LossName[] = ["ce", "ln", "mm", "hem"];
// Most bars per histogram; counts of finer histograms are summed.
const mostBins = 25;
const barOpacity = 0.7;

// The paper's text does not say which network it shows: ConvNet, else the first that has results.
const preferred = "mnist/convnet";

/**
 * Figure 4 (section 5.1.2): how confident a network is, as histograms of the maximum softmax
 * probability over the test set (known classes) and over the unknown sets, after training with CE,
 * LN, MM and HEM. Counts are summed over trials, and over the unknown sets that all of them have.
 */
export const figure04: Entry = {
  name: "figure_04",
  item: "Figure 4",
  section: "5.1",
  needs: ["5.1"],
  claims: ["overconfidence"],
  draw: ({ evidence }) => confidenceFigure(evidence.results("5.1")),
};

function confidenceFigure(results: Results): Figure {
  const there = measured(results, measures.unknownMsp).cells.map(({ condition }) => condition);
  const name = there.includes(preferred) ? preferred : there[0] ?? preferred;
  const [data, method] = [dataOf(name), methodOf(name)];
  const own = partOf(
    results,
    (one) => conditionName(one) === name && (panels as readonly string[]).includes(one.series),
  );
  const shown = [measures.clean, measures.unknownMsp].map((measure): Measured => {
    const all = measured(results, measure);
    const isShown = ({ condition, series }: Cell) =>
      condition === name && (panels as readonly string[]).includes(series);
    return { ...all, cells: all.cells.filter(isShown) };
  });
  const { scale, sentence, reduced, trials } = provenance(own, shown);
  // As in the mean AUROC: the sets that all trials have, so that losses are compared on the same images.
  const sets = shown[1]!.datasets.get(data) ?? [];
  const losses = panels.map((loss) =>
    confidences(loss, own.records.filter(({ trial }) => lossLabel(trial) === loss), sets)
  );
  const lacking = unknownSetsOf(data).filter((name) => !sets.includes(name));
  const missing = losses.filter(({ known, unknown }) => known === null || unknown === null)
    .map(({ loss }) => `confidences of ${lossStyle(loss).label}`)
    .concat(lacking.length === 0 ? [] : [`the unknown classes of ${listed(lacking.map(titleOf))}`]);
  const title = `Figure 4. Confidence for known and unknown classes, ${titleOf(method)} on ${
    dataTitle(data)
  }`;
  return {
    name: "figure_04",
    title,
    scale,
    trials,
    coverage: { there: there.length === 0 ? 0 : 1, of: 1 },
    missing,
    data: losses.flatMap(rowsOf),
    summary: `Share of test images in the last bin of MSP: ${
      losses.map(({ loss, known }) =>
        `${lossStyle(loss).label} ${known === null ? "–" : `${percent(known.at(-1)!, 1)} %`}`
      ).join(", ")
    }`,
    spec: figureSpec({
      heading: title,
      caption: `${sentence} Known classes: the test set; unknown classes: ${
        sets.length === 0
          ? "no set yet"
          : `${counted(sets.length, "set")} (${sets.map(titleOf).join(", ")})`
      }; all images and trials together. Each histogram sums to 100 %; the vertical axes of the ` +
        `panels differ. The paper does not say which network it shows. ` +
        missingSentence(missing),
      width: columnWidth.double,
      content: grid(losses, reduced),
    }),
  };
}

interface Confidences {
  loss: LossName;
  /** Share of images per bin; null where no record has histograms. */
  known: number[] | null;
  unknown: number[] | null;
}

function confidences(
  loss: LossName,
  records: readonly StageRecord[],
  sets: readonly string[],
): Confidences {
  const all = records.flatMap(({ histograms = [] }) => histograms)
    .filter(({ score, low, high }) => score === "msp" && low === 0 && high === 1);
  const sharesOf = (isOf: (dataset: string) => boolean) =>
    shares(all.filter(({ dataset }) => isOf(dataset)).map(({ counts }) => counts));
  return {
    loss,
    known: sharesOf((dataset) => dataset === "test"),
    unknown: sharesOf((dataset) => sets.includes(dataset)),
  };
}

function shares(histograms: number[][]): number[] | null {
  const stored = histograms[0]?.length ?? 0;
  let bins = Math.min(mostBins, stored);
  while (bins > 0 && stored % bins !== 0) bins--;
  const sums = new Array<number>(bins).fill(0);
  for (const counts of histograms) {
    if (counts.length !== stored) {
      throw new RangeError(`Cannot add histograms of ${stored} and ${counts.length} bins`);
    }
    counts.forEach((count, i) => sums[Math.floor(i * bins / stored)]! += count);
  }
  const total = sums.reduce((sum, count) => sum + count, 0);
  return total === 0 ? null : sums.map((count) => count / total);
}

function rowsOf({ loss, known, unknown }: Confidences): DataRow[] {
  return ([["known", known], ["unknown", unknown]] as const).flatMap(([images, values]) =>
    (values ?? []).map((share, bin) => ({
      loss,
      images,
      low: bin / values!.length,
      high: (bin + 1) / values!.length,
      share,
    }))
  );
}

// Px for the numbers and the name of a vertical axis, and between the panels.
const axisExtent = 44;
const gap = 40;

function grid(losses: Confidences[], reduced: string | null): SpecPart {
  const width = Math.floor((columnWidth.double - 2 * padding - axisExtent - gap) / 2);
  const charts = losses.map((confidence, i) => panel(confidence, "abcd"[i]!, width, i));
  return {
    spacing: 14,
    vconcat: [
      keyRow([
        { label: "known classes", mark: "bar", color: ink.muted },
        { label: "unknown classes", mark: "line", color: ink.text },
      ], { width: 2 * width + gap, reduced }),
      { spacing: gap, bounds: "flush", hconcat: charts.slice(0, 2) },
      { spacing: gap, bounds: "flush", hconcat: charts.slice(2) },
    ],
  };
}

function panel(confidence: Confidences, letter: string, width: number, index: number): SpecPart {
  const { loss, known, unknown } = confidence;
  const { label, color } = lossStyle(loss);
  const rows = rowsOf(confidence).map((row): DataRow => ({
    ...row,
    share: 100 * Number(row.share),
  }));
  const knownRows = rows.filter((row) => row.images === "known");
  const unknownRows = rows.filter((row) => row.images === "unknown");
  const x = {
    type: "quantitative",
    scale: { domain: [0, 1], nice: false },
    axis: { title: index < 2 ? null : "Confidence (maximum softmax probability)", grid: false },
  };
  const most = Math.max(1, ...rows.map(({ share }) => Number(share)));
  const y = {
    type: "quantitative",
    // The top label stays below the top, where it would lift the panel's title.
    scale: { domain: [0, 1.12 * most], nice: false },
    axis: { title: index % 2 === 0 ? "Images (%)" : null, tickCount: 4 },
  };
  const notes = [
    known === null ? "no result yet" : lastBin("known", known),
    ...(unknown === null ? [] : [lastBin("unknown", unknown)]),
  ];
  // The notes stand on the side away from the tallest bar.
  const tallest = rows.find(({ share }) => share === most);
  const onTheRight = tallest !== undefined && Number(tallest.low) < 0.5;
  const place = onTheRight ? { align: "right", x: width - 8 } : { align: "left", x: 8 };
  return {
    width,
    height: 92,
    layer: [
      // En spaces: SVG folds several ordinary ones into one.
      panelName(`${letter}\u2002${label}`),
      {
        data: { values: knownRows },
        mark: { type: "bar", color, opacity: barOpacity },
        encoding: {
          x: { ...x, field: "low", bin: { binned: true } },
          x2: { field: "high" },
          y: { ...y, field: "share", stack: null },
        },
      },
      {
        data: { values: outline(unknownRows) },
        mark: {
          type: "line",
          interpolate: "step-after",
          color: ink.text,
          strokeWidth: stroke.mark,
        },
        encoding: { x: { ...x, field: "low" }, y: { ...y, field: "share" } },
      },
      ...notes.map((text, line) => ({
        data: { values: [{ text }] },
        mark: { type: "text", ...place, y: 12 + 13 * line },
        encoding: { text: { field: "text" } },
      })),
    ],
  };
}

function lastBin(images: string, shares: number[]): string {
  return `${images}: ${percent(shares.at(-1)!, 1)} % from ${1 - 1 / shares.length} on`;
}

/** The steps of a histogram's outline, closed at the right end. */
function outline(rows: DataRow[]): DataRow[] {
  return rows.length === 0 ? [] : [...rows, { ...rows.at(-1)!, low: 1 }];
}
