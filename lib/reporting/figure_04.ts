import type { LossName, StageRecord } from "../trials/mod.ts";
import type { SpecPart } from "./condition_dots.ts";
import { counted, ink, listed, lossStyle, percent, titleOf, unknownSetNames } from "./display.ts";
import type { DataRow, Figure } from "./figure.ts";
import { provenance } from "./provenance.ts";
import type { Results } from "./results_table.ts";
import { columnWidth, figureSpec, panelName, stroke } from "./style.ts";

// The paper's panels a to d; which loss is which is read from the order of Table 1.
const panels: readonly LossName[] = ["ce", "ln", "mm", "hem"];
// Most bars per histogram; counts of finer histograms are summed.
const mostBins = 25;

/** Which network Figure 4 shows; the paper's text does not say which it showed. */
export interface Figure04Options {
  data?: string;
  network?: string;
}

/**
 * Figure 4 (section 5.1.2): how confident a network is, as histograms of the maximum softmax
 * probability over the test set (known classes) and over the unknown sets, after training with CE,
 * LN, MM and HEM. Counts are summed over trials and sets.
 */
export function figure04(results: Results, options: Figure04Options = {}): Figure {
  const { data = "mnist", network = "convnet" } = options;
  const records = results.records.filter(({ trial }) =>
    trial.dataset.name === data && trial.network.name === network
  );
  const shown = { ...results, records };
  const { scale, sentence, reduced, trials } = provenance(shown);
  const losses = panels.map((loss) =>
    confidences(loss, records.filter((r) => r.trial.loss.name === loss))
  );
  const sets = [...new Set(losses.flatMap(({ sets }) => sets))];
  const lacking = unknownSetNames.filter((name) => !sets.includes(name));
  const missing = losses.filter(({ known, unknown }) => known === null || unknown === null)
    .map(({ loss }) => `confidences of ${lossStyle(loss).label}`)
    .concat(lacking.length === 0 ? [] : [`the unknown classes of ${listed(lacking.map(titleOf))}`]);
  const title = `Figure 4. Confidence for known and unknown classes, ${titleOf(network)} on ${
    titleOf(data)
  }`;
  return {
    name: "figure_04",
    title,
    scale,
    trials,
    missing,
    data: losses.flatMap(rowsOf),
    summary: `Share of test images in the last bin of MSP: ${
      losses.map(({ loss, known }) =>
        `${lossStyle(loss).label} ${known === null ? "–" : `${percent(known.at(-1)!, 1)} %`}`
      ).join(", ")
    }`,
    spec: figureSpec({
      heading: title,
      caption:
        `${sentence} Filled: known classes, the test set; outline: unknown classes, ${
          sets.length === 0
            ? "no set yet"
            : `${counted(sets.length, "set")} (${sets.map(titleOf).join(", ")})`
        }, all images and trials together. Each histogram sums to 100 %; the axes of the four panels ` +
        `differ. The paper does not say which network it shows. ` +
        `Missing: ${listed(missing) || "nothing"}.`,
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
  sets: string[];
}

function confidences(loss: LossName, records: readonly StageRecord[]): Confidences {
  const all = records.flatMap(({ histograms = [] }) => histograms)
    .filter(({ score, low, high }) => score === "msp" && low === 0 && high === 1);
  const unknown = all.filter(({ dataset }) => dataset !== "test");
  return {
    loss,
    known: shares(all.filter(({ dataset }) => dataset === "test").map(({ counts }) => counts)),
    unknown: shares(unknown.map(({ counts }) => counts)),
    sets: [...new Set(unknown.map(({ dataset }) => dataset))],
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

function grid(losses: Confidences[], reduced: string | null): SpecPart {
  const gap = 40;
  const width = (columnWidth.double - 44 - gap) / 2;
  const charts = losses.map((confidence, i) => panel(confidence, "abcd"[i]!, width, i));
  return {
    spacing: 14,
    vconcat: [
      ...(reduced === null ? [] : [{
        width: columnWidth.double - 44,
        height: 8,
        data: { values: [{ label: reduced }] },
        mark: { type: "text", align: "left", x: 0, color: ink.warning, fontWeight: "bold" },
        encoding: { text: { field: "label" }, y: { value: 4 } },
      }]),
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
    { text: known === null ? "no result yet" : lastBin("known", known), color },
    ...(unknown === null ? [] : [{ text: lastBin("unknown", unknown), color: ink.text }]),
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
        mark: { type: "bar", color, opacity: 0.7 },
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
      ...notes.map(({ text, color }, line) => ({
        data: { values: [{ text }] },
        mark: { type: "text", ...place, y: 12 + 13 * line, color },
        encoding: { text: { field: "text" } },
      })),
    ],
  };
}

function lastBin(images: string, shares: number[]): string {
  return `${images}: ${percent(shares.at(-1)!, 1)} % above ${1 - 1 / shares.length}`;
}

/** The steps of a histogram's outline, closed at the right end. */
function outline(rows: DataRow[]): DataRow[] {
  return rows.length === 0 ? [] : [...rows, { ...rows.at(-1)!, low: 1 }];
}
