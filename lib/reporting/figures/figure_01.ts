import { sum } from "simple-statistics";
import type { LossName } from "../../losses/mod.ts";
import { keyRow } from "../key_row.ts";
import { conditionsOf } from "../conditions.ts";
import { colorOf, ink, listed, lossStyle, percent, rangeText, scaleTitles } from "../display.ts";
import type { Entry } from "../entry.ts";
import { type Evidence, pairedTrials } from "../evidence.ts";
import type { DataRow, Figure } from "../figure.ts";
import { type Estimate, estimate, intervalSentence } from "../interval.ts";
import { missingSentence } from "../lacking.ts";
import { type Measure, measures } from "../measures.ts";
import { lossesLeftOut, remarksOn } from "../provenance.ts";
import { absentLayer, rowAxis } from "../row_labels.ts";
import {
  columnWidth,
  figureSpec,
  fontSize,
  labelPadding,
  padding,
  type SpecPart,
  stroke,
} from "../style.ts";

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
 * here (mean of the loss - mean of CE) / mean of CE, of the means over the conditions that both have.
 */
export const figure01: Entry = {
  name: "figure_01",
  item: "Figure 1",
  section: "1",
  needs: ["5.1", "5.2", "5.3", "5.4"],
  claims: ["general-purpose"],
  draw: ({ evidence }) => summaryFigure(evidence),
};

/** A loss on a task, and what stands behind it: the trials that it and CE have, paired by seed. */
interface Bar {
  loss: LossName;
  relative: Estimate;
  mean: number;
  ce: number;
  conditions: readonly string[];
  /** Of each condition. */
  trials: readonly number[];
  /** Another loss of the panel has conditions that this one lacks: the two are not to be compared. */
  isPart: boolean;
}

interface Panel extends Task {
  bars: Bar[];
  /** The losses that the section compares with CE, and those of them that have no trial beside one of CE. */
  compared: readonly LossName[];
  /** Those that it compares at other scales. */
  leftOut: readonly LossName[];
  lacking: readonly LossName[];
  of: number;
}

function summaryFigure(evidence: Evidence): Figure {
  const found = rows.map(({ title, tasks }) => ({
    title,
    panels: tasks.map((task) => panelOf(evidence, task)),
  }));
  const panels = found.flatMap(({ panels }) => panels);
  const missing = [...Map.groupBy(panels, ({ section }) => section).values()].flatMap(missingOf);
  const trials = panels.flatMap(({ bars }) => bars.flatMap(({ trials }) => trials));
  const { scale } = evidence;
  const title = "Figure 1. Average performance relative to CE, on every task";
  return {
    name: "figure_01",
    title,
    scale,
    trials: rangeText(trials),
    coverage: {
      there: panels.filter(({ bars }) => bars.length > 0).length,
      of: panels.length,
      unit: "panels",
    },
    missing,
    data: panels.flatMap((panel) => panel.bars.map((bar) => rowOf(panel, bar))),
    summary: panels.filter(({ bars }) => bars.length > 0).map(({ section, words, bars }) =>
      `${words} (${section}), relative to CE: ${
        bars.map(({ loss, relative }) => `${lossStyle(loss).label} ${percent(relative.value, 1)} %`)
          .join(", ")
      }`
    ).join("; "),
    spec: figureSpec({
      heading: title,
      caption: `${scaleTitles[scale]}${scale === "paper" ? "" : ", reduced runs"}. ` +
        "Dots: 100 · (mean of the loss − mean of CE) / mean of CE, of means over the conditions that both have, each over the " +
        "trials that both have; the paper does not give its formula. Beside them the two means in percent, and n: conditions, " +
        "and trials of each loss in all of them together. Hollow: over fewer conditions than another loss of the panel, not to be compared with it. " +
        "Lines: 95 % intervals, where each condition has two trials or more. " +
        "On standard data LA is CE and HEM+ is HEM. DAR: the mean of both norms. " +
        `${intervalSentence.replace("Brackets: 95 % interval by a", "Intervals: a")} ` +
        remarksOn(figure01.needs.map((section) => evidence.results(section)))
          .map((remark) => `${remark} `).join("") +
        missingSentence(missing),
      width: columnWidth.double,
      content: grid(found, scale === "paper" ? null : `REDUCED RUNS (${scale})`),
    }),
  };
}

function panelOf(evidence: Evidence, task: Task): Panel {
  const { section, measure } = task;
  const results = evidence.results(section);
  const compared = shownLosses.filter((loss) => results.losses.includes(loss));
  const bars = compared.flatMap((loss) => {
    const pairs = pairedTrials(
      results,
      [loss, "ce"].map((series) => ({ measure, series })),
    );
    if (pairs.length === 0) return [];
    const meanOf = (means: readonly (readonly number[])[], of: 0 | 1) =>
      sum(means.map((both) => both[of]!)) / means.length;
    return [{
      loss,
      relative: estimate(
        pairs,
        (means) => meanOf(means, 0) / meanOf(means, 1) - 1,
        [-1, Infinity],
      ),
      mean: estimate(pairs, (means) => meanOf(means, 0)).value,
      ce: estimate(pairs, (means) => meanOf(means, 1)).value,
      conditions: pairs.map(({ condition }) => condition),
      trials: pairs.map(({ trials }) => trials.length),
    }];
  });
  const leftOut = lossesLeftOut(results).filter((loss) => shownLosses.includes(loss));
  const everywhere = new Set(bars.flatMap(({ conditions }) => conditions));
  return {
    ...task,
    bars: bars.map((bar) => ({ ...bar, isPart: bar.conditions.length < everywhere.size })),
    compared,
    leftOut,
    lacking: compared.filter((loss) => !bars.some((bar) => bar.loss === loss)),
    of: conditionsOf(section, evidence.scale).length,
  };
}

/** What a section's panels lack; what all of them lack once. */
function missingOf(panels: readonly Panel[]): string[] {
  const lacks = panels.flatMap(({ section, measure, bars, lacking, of }) => {
    const one = (what: string) => ({ what: `${what} section ${section}`, words: measure.words });
    if (bars.length === 0) return [one("all conditions of")];
    const least = Math.min(...bars.map(({ conditions }) => conditions.length));
    const losses = listed(lacking.map((loss) => lossStyle(loss).label));
    return [
      ...(losses === "" ? [] : [one(`${losses} in`)]),
      ...(least === of ? [] : [one(`${of - least} of ${of} conditions of`)]),
    ];
  });
  return [...Map.groupBy(lacks, ({ what }) => what)].map(([what, same]) =>
    same.length === panels.length ? what : `${listed(same.map(({ words }) => words))} in ${what}`
  );
}

function rowOf({ section, measure, of }: Panel, bar: Bar): DataRow {
  return {
    section,
    measure: measure.name,
    loss: bar.loss,
    relative: bar.relative.value,
    low: bar.relative.interval?.[0] ?? null,
    high: bar.relative.interval?.[1] ?? null,
    mean: bar.mean,
    mean_ce: bar.ce,
    conditions: bar.conditions.length,
    of,
    trials: sum([...bar.trials]),
    over: bar.conditions.join(" "),
  };
}

// Px for the names of losses, and of the columns of numbers beside a panel (both means, n), with the gap behind them.
const labelExtent = 38;
const numberColumns = [
  { heading: "mean", at: 28 },
  { heading: "CE", at: 56 },
  { heading: "n", at: 84 },
] as const;
const numbersExtent = numberColumns.at(-1)!.at;
const gap = numbersExtent + 12;
const rowHeight = 14;

/** Panels side by side, under the title of their row where they are its first. */
interface Line {
  title: string | undefined;
  panels: readonly Panel[];
}

function grid(
  found: readonly { title: string; panels: readonly Panel[] }[],
  reduced: string | null,
): SpecPart {
  const heading = (text: string) => ({
    text,
    fontSize: fontSize.title,
    fontWeight: "bold",
    anchor: "start",
    offset: 4,
  });
  // Two panels side by side: names, plot and numbers of each are read in one line.
  const lines = found.flatMap(({ title, panels }): Line[] => {
    if (panels.every(({ bars }) => bars.length === 0)) return [{ title, panels }];
    return [panels.slice(0, 2), panels.slice(2)].filter((pair) => pair.length > 0)
      .map((pair, i) => ({ title: i === 0 ? title : undefined, panels: pair }));
  });
  const width = Math.floor(
    (columnWidth.double - 2 * padding - labelExtent - labelPadding - numbersExtent - gap) / 2,
  );
  const note = reduced === null
    ? []
    : [keyRow([], { width: 2 * width + gap + numbersExtent, reduced })];
  let letter = 0;
  return {
    spacing: 10,
    vconcat: [
      ...note,
      ...lines.map(({ title, panels }) => {
        const named = title === undefined ? {} : { title: heading(title) };
        const losses = shownLosses.filter((loss) =>
          panels.some(({ compared, leftOut }) => [...compared, ...leftOut].includes(loss))
        );
        if (panels.every(({ bars }) => bars.length === 0)) {
          letter += panels.length;
          // Without labels of rows its title would stand where the plots begin.
          const dx = -labelExtent;
          return {
            ...absentRow(panels),
            ...(title === undefined ? {} : { title: { ...heading(title), dx } }),
          };
        }
        return {
          spacing: gap,
          bounds: "flush",
          ...named,
          hconcat: panels.map((panel, i) =>
            chart(panel, losses, { letter: "abcdefghij"[letter++]!, width, first: i === 0 })
          ),
        };
      }),
    ],
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
  { words, bars, compared, leftOut, of }: Panel,
  losses: readonly LossName[],
  { letter, width, first }: { letter: string; width: number; first: boolean },
): SpecPart {
  const labels = losses.map((loss) => lossStyle(loss).label);
  const title = {
    text: `${letter}\u2002${words}`,
    fontSize: fontSize.label,
    fontWeight: "bold",
    frame: "group",
    anchor: "start",
    offset: 4,
  };
  const y = rowAxis(labels, { extent: first ? labelExtent : 0 });
  const values = bars.map(({ loss, relative, mean, ce, conditions, trials, isPart }) => ({
    row: lossStyle(loss).label,
    color: colorOf(loss),
    fill: isPart ? "white" : colorOf(loss),
    value: 100 * relative.value,
    low: 100 * (relative.interval?.[0] ?? relative.value),
    high: 100 * (relative.interval?.[1] ?? relative.value),
    numbers: [percent(mean, 1), percent(ce, 1), `${conditions.length}, ${sum([...trials])}`],
  }));
  const absent = losses.filter((loss) => !bars.some((bar) => bar.loss === loss))
    .map((loss) => ({
      row: lossStyle(loss).label,
      text: compared.includes(loss)
        ? "no result yet"
        : leftOut.includes(loss)
        ? "no part of this scale"
        : "not compared here",
    }));
  const ends = [0, ...values.flatMap(({ low, high, value }) => [low, high, value])];
  const margin = Math.max(0.05, 0.08 * (Math.max(...ends) - Math.min(...ends)));
  const [low, high] = [Math.min(...ends) - margin, Math.max(...ends) + margin];
  const x = {
    type: "quantitative",
    scale: { domain: [low, high], nice: false },
    axis: bars.length === 0 ? null : { title: "relative to CE (%)", tickCount: 4, grid: true },
  };
  const color = { field: "color", type: "nominal", scale: null, legend: null };
  const height = rowHeight * labels.length;
  const number = { type: "text", align: "right", color: ink.muted, fontSize: fontSize.label };
  return {
    width,
    height,
    title,
    layer: [
      {
        data: { values: bars.length === 0 ? [] : [{ value: 0 }] },
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
        mark: { type: "point", filled: true, size: 36, opacity: 1, strokeWidth: stroke.mark },
        encoding: {
          x: { ...x, field: "value" },
          y,
          stroke: color,
          fill: { field: "fill", type: "nominal", scale: null, legend: null },
        },
      },
      absentLayer(absent, { y, ...(bars.length > 0 && { line: width * -low / (high - low) }) }),
      {
        data: { values: [{ text: `of ${of} conditions` }] },
        mark: { ...number, align: "left", x: 0, y: -6 },
        encoding: { text: { field: "text" } },
      },
      ...(bars.length === 0 ? [] : numberColumns.flatMap(({ heading, at }, i) => [
        {
          data: { values: [{ heading }] },
          mark: { ...number, x: width + at, y: -6 },
          encoding: { text: { field: "heading" } },
        },
        {
          data: { values: values.map(({ row, numbers }) => ({ row, text: numbers[i] })) },
          mark: { ...number, x: width + at },
          encoding: { text: { field: "text" }, y },
        },
      ])),
    ],
  };
}
