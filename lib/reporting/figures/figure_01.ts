import type { LossName } from "../../losses/mod.ts";
import type { SpecPart } from "../condition_dots.ts";
import { conditionsOf } from "../conditions.ts";
import { colorOf, ink, listed, lossStyle, percent, scaleTitles } from "../display.ts";
import type { Entry } from "../entry.ts";
import { type Evidence, pairedTrials } from "../evidence.ts";
import type { DataRow, Figure } from "../figure.ts";
import { type Estimate, estimate, intervalSentence } from "../interval.ts";
import { type Measure, measures } from "../measures.ts";
import { columnWidth, figureSpec, fontSize, labelPadding, padding, stroke } from "../style.ts";

/** One of the tasks that the figure sums up: a measure of a section. */
interface Task {
  section: string;
  words: string;
  measure: Measure;
}

const four: readonly [words: string, measure: Measure][] = [
  ["Clean accuracy", measures.clean],
  ["Corrupt accuracy", measures.corrupt],
  ["AUROC, unknown", measures.unknownMsp],
  ["DAR, AutoAttack", measures.attack],
];

/** A row of panels each: standard data, long-tailed data, and the two other tasks. */
const rows: readonly { title: string; tasks: readonly Task[] }[] = [
  {
    title: "Standard data (5.1)",
    tasks: four.map(([words, measure]) => ({ section: "5.1", words, measure })),
  },
  {
    title: "Long-tailed data (5.2)",
    tasks: four.map(([words, measure]) => ({ section: "5.2", words, measure })),
  },
  {
    title: "Continual learning (5.3) and segmentation (5.4)",
    tasks: [
      { section: "5.3", words: "Final accuracy", measure: measures.continual },
      { section: "5.4", words: "Mean IoU", measure: measures.segmentation },
    ],
  },
];

const shownLosses: readonly LossName[] = ["ln", "la", "dice", "mm", "hem", "hem_plus"];

/**
 * Figure 1: the average performance of each loss relative to that of CE, on every task. The paper does not give its formula:
 * here (mean of the loss - mean of CE) / mean of CE, of the means over the conditions.
 */
export const figure01: Entry = {
  name: "figure_01",
  item: "Figure 1",
  section: "1",
  title: "Average performance relative to CE on every task",
  needs: ["5.1", "5.2", "5.3", "5.4"],
  claims: ["general-purpose"],
  draw: ({ evidence }) => summaryFigure(evidence),
};

interface Dot {
  loss: LossName;
  relative: Estimate;
  mean: number;
}

interface Panel extends Task {
  dots: Dot[];
  ce: number | null;
  there: number;
  of: number;
  trials: string;
}

function summaryFigure(evidence: Evidence): Figure {
  const found = rows.map(({ title, tasks }) => ({
    title,
    panels: tasks.map((task) => panelOf(evidence, task)),
  }));
  const panels = found.flatMap(({ panels }) => panels);
  const missing = panels.filter(({ dots }) => dots.length === 0)
    .map(({ section, measure }) => `${measure.words} of section ${section}`);
  const trials = [
    ...new Set(panels.filter(({ dots }) => dots.length > 0).map(({ trials }) => trials)),
  ];
  const { scale } = evidence;
  const title = "Figure 1. Average performance relative to CE, on every task";
  return {
    name: "figure_01",
    title,
    scale,
    trials: trials.join(" or ") || "0",
    coverage: { there: panels.length - missing.length, of: panels.length },
    missing,
    data: panels.flatMap((panel) => panel.dots.map((dot) => rowOf(panel, dot))),
    summary: panels.filter(({ dots }) => dots.length > 0).map(({ section, words, dots }) =>
      `${words} (${section}), relative to CE: ${
        dots.map(({ loss, relative }) => `${lossStyle(loss).label} ${percent(relative.value, 1)} %`)
          .join(", ")
      }`
    ).join("; "),
    spec: figureSpec({
      heading: title,
      caption: `${scaleTitles[scale]}${scale === "paper" ? "" : ", reduced runs"}. ` +
        "Dots: 100 · (mean of the loss − mean of CE) / mean of CE, of means over the conditions that have all losses of the " +
        "section, each over the trials that all of them have; the paper does not give its formula. Bars: 95 % intervals, " +
        "where the conditions have two trials or more. " +
        "Beside the dots: the mean itself (%), and in each heading CE's. On standard data LA is CE and HEM+ is HEM. " +
        `${intervalSentence.replace("Brackets: 95 % interval by a", "Intervals: a")} ` +
        `Missing: ${listed(missing) || "nothing"}.`,
      width: columnWidth.double,
      content: grid(found),
    }),
  };
}

function panelOf(evidence: Evidence, task: Task): Panel {
  const { section, measure } = task;
  const losses = evidence.results(section).losses;
  const conditions = pairedTrials(
    evidence,
    losses.map((series) => ({ section, measure, series })),
  );
  const counts = conditions.map(({ trials }) => trials.length);
  const common = {
    ...task,
    there: conditions.length,
    of: conditionsOf(section, evidence.scale).length,
    trials: rangeText(counts),
  };
  const base = losses.indexOf("ce");
  if (conditions.length === 0 || base < 0) return { ...common, dots: [], ce: null };
  const meanOf = (means: readonly (readonly number[])[], loss: number) =>
    means.reduce((sum, of) => sum + of[loss]!, 0) / means.length;
  const valueOf = (loss: number) => estimate(conditions, (means) => meanOf(means, loss)).value;
  return {
    ...common,
    ce: valueOf(base),
    dots: shownLosses.filter((loss) => losses.includes(loss)).map((loss) => {
      const at = losses.indexOf(loss);
      const relative = estimate(
        conditions,
        (means) => (meanOf(means, at) - meanOf(means, base)) / meanOf(means, base),
      );
      return { loss, relative, mean: valueOf(at) };
    }),
  };
}

function rowOf(
  { section, measure, there, of, trials, ce }: Panel,
  { loss, relative, mean }: Dot,
): DataRow {
  return {
    section,
    measure: measure.name,
    loss,
    relative: relative.value,
    low: relative.interval?.[0] ?? null,
    high: relative.interval?.[1] ?? null,
    mean,
    mean_ce: ce,
    conditions: there,
    of,
    trials,
  };
}

function rangeText(counts: readonly number[]): string {
  const [low, high] = [Math.min(...counts), Math.max(...counts)];
  return counts.length === 0 ? "0" : low === high ? String(low) : `${low}–${high}`;
}

// Px for the names of losses, for the means beside a panel, and between panels; height of a row.
const labelExtent = 38;
const meansExtent = 30;
const gap = 14 + meansExtent;
const rowHeight = 14;

function grid(found: readonly { title: string; panels: readonly Panel[] }[]): SpecPart {
  const width = Math.floor(
    (columnWidth.double - 2 * padding - labelExtent - labelPadding - meansExtent - 3 * gap) / 4,
  );
  const heading = (text: string) => ({
    text,
    fontSize: fontSize.title,
    fontWeight: "bold",
    anchor: "start",
    offset: 4,
  });
  return {
    spacing: 12,
    vconcat: found.map(({ title, panels }, row) => {
      const losses = shownLosses.filter((loss) =>
        panels.some(({ dots }) => dots.some((dot) => dot.loss === loss))
      );
      if (losses.length === 0) return { ...absentRow(panels), title: heading(title) };
      return {
        spacing: gap,
        bounds: "flush",
        title: heading(title),
        hconcat: panels.map((panel, i) =>
          chart(panel, losses, { letter: "abcdefghij"[4 * row + i]!, width, first: i === 0 })
        ),
      };
    }),
  };
}

/** A row without any result, reduced to a line. */
function absentRow(panels: readonly Panel[]): SpecPart {
  const label = `${panels.map(({ words }) => words).join(", ")}: no result yet`;
  return {
    width: columnWidth.double - 2 * padding - labelExtent - labelPadding,
    height: 12,
    data: { values: [{ label }] },
    mark: { type: "text", align: "left", color: ink.muted, fontSize: fontSize.label, x: 0, y: 6 },
    encoding: { text: { field: "label" } },
  };
}

function chart(
  { words, dots, ce, there, of, trials }: Panel,
  losses: readonly LossName[],
  { letter, width, first }: { letter: string; width: number; first: boolean },
): SpecPart {
  const labels = losses.map((loss) => lossStyle(loss).label);
  const title = {
    text: `${letter}\u2002${words}`,
    subtitle: dots.length === 0
      ? "no result yet"
      : `CE ${percent(ce, 1)}; ${there} of ${of}; ${trials} ${trials === "1" ? "trial" : "trials"}`,
    subtitleFontSize: fontSize.label,
    subtitleColor: ink.muted,
    fontSize: fontSize.label,
    fontWeight: "bold",
    frame: "group",
    anchor: "start",
    offset: 4,
    subtitlePadding: 2,
  };
  const y = {
    field: "row",
    type: "nominal",
    sort: labels,
    scale: { domain: labels },
    axis: {
      title: null,
      domain: false,
      ticks: false,
      grid: false,
      labels: first,
      ...(first ? { minExtent: labelExtent, maxExtent: labelExtent } : {}),
    },
  };
  const values = dots.map(({ loss, relative, mean }) => ({
    row: lossStyle(loss).label,
    color: colorOf(loss),
    value: 100 * relative.value,
    low: 100 * (relative.interval?.[0] ?? relative.value),
    high: 100 * (relative.interval?.[1] ?? relative.value),
    mean: percent(mean, 1),
  }));
  const ends = [0, ...values.flatMap(({ low, high, value }) => [low, high, value])];
  const margin = Math.max(0.05, 0.08 * (Math.max(...ends) - Math.min(...ends)));
  const x = {
    type: "quantitative",
    scale: { domain: [Math.min(...ends) - margin, Math.max(...ends) + margin], nice: false },
    axis: { title: first ? "relative to CE (%)" : null, tickCount: 3, grid: true },
  };
  const color = { field: "color", type: "nominal", scale: null, legend: null };
  const height = rowHeight * labels.length;
  return {
    width,
    height,
    title,
    layer: [
      {
        data: { values: [{ value: 0 }] },
        mark: { type: "rule", color: ink.axis, strokeWidth: stroke.axis },
        // Through all rows; without a height of its own it would stand in one.
        encoding: { x: { ...x, field: "value" }, y: { value: 0 }, y2: { value: height } },
      },
      {
        data: { values },
        mark: { type: "rule", strokeWidth: stroke.mark },
        encoding: { x: { ...x, field: "low" }, x2: { field: "high" }, y, color },
      },
      {
        data: { values },
        mark: { type: "point", filled: true, size: 36, opacity: 1 },
        encoding: { x: { ...x, field: "value" }, y, color },
      },
      {
        data: { values },
        mark: {
          type: "text",
          align: "left",
          color: ink.muted,
          x: width + 5,
          fontSize: fontSize.label,
        },
        encoding: { text: { field: "mean" }, y },
      },
    ],
  };
}
