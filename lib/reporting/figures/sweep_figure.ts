import { type Condition, conditionTitle } from "../conditions.ts";
import { colorOf, ink, listed, percent } from "../display.ts";
import type { DataRow, Figure } from "../figure.ts";
import { keyRow } from "../key_row.ts";
import { missingSentence } from "../lacking.ts";
import { type Cell, measured } from "../measured.ts";
import type { Measure } from "../measures.ts";
import { provenance } from "../provenance.ts";
import { partOf, type Results } from "../results_table.ts";
import {
  columnWidth,
  figureSpec,
  fontSize,
  padding,
  panelName,
  type SpecPart,
  stroke,
} from "../style.ts";
import { hasFew, sweepOf } from "../sweep.ts";
import { conditionOf } from "../../trials/mod.ts";
import { textWidth } from "../text_metrics.ts";
import { setsSentence } from "../unknown_sets.ts";

/** One panel: a measure over the values of a loss's option. */
export interface SweepPanel {
  words: string;
  loss: string;
  option: string;
  /** Name of the horizontal axis. */
  axis: string;
  measure: Measure;
  /** Only training sets with few images of each class, or only the others. */
  few: boolean;
}

/** What a figure of sweeps says and shows: four panels, two in a row. */
export interface SweepFigure {
  name: string;
  title: string;
  panels: readonly SweepPanel[];
  sentences: string;
}

const letters = "abcd";

interface Point {
  condition: string;
  value: number;
  cell: Cell;
}

/** A figure of how results depend on a hyper-parameter: a dot per value, with its spread over trials. */
export function sweepFigure(all: Results, figure: SweepFigure): Figure {
  const results = shownOf(all, figure.panels);
  const found = figure.panels.map((panel) => ({
    panel,
    points: pointsOf(results, panel),
  }));
  // Two panels can have the same measure, of other training sets: they are told apart by their letters.
  const shown = found.map(({ panel, points }, i) => ({
    ...measured(results, panel.measure),
    measure: { ...panel.measure, words: `panel ${letters[i]}` },
    cells: points.map(({ cell }) => cell),
  }));
  const { scale, sentence, reduced, trials } = provenance(results, shown);
  // What stands in for the paper's network is in the sentence already.
  const own = results.conditions.filter(({ standsFor }) => standsFor === undefined);
  const ofPaper = own.map(({ name }) => `${conditionTitle(name)}. `).join("");
  const unknown = shown.find(({ measure }) => measure.stage === "unknown");
  const sets = unknown && setsSentence(unknown);
  const missing = missingValues(results, found);
  const lost = lostSeries(results);
  const values = found.flatMap(({ panel }) => wantedIn(results, panel))
    .filter(({ condition, series }) =>
      condition.excluded === undefined && !lost.has(`${condition.name}/${series}`)
    );
  return {
    name: figure.name,
    title: figure.title,
    scale,
    trials,
    coverage: {
      there: found.flatMap(({ points }) => points).length,
      of: values.length,
      unit: "values",
    },
    missing,
    data: found.flatMap(({ panel, points }) => points.map((point) => rowOf(panel, point))),
    summary: found.map(({ panel, points }) => summaryOf(panel, points)).join("; "),
    spec: figureSpec({
      heading: figure.title,
      caption: `${sentence} ${ofPaper}` +
        `${
          sets ? `${sets} ` : ""
        }${figure.sentences} Dots: mean over trials; bars: ± 1 standard deviation over trials (n − 1). ` +
        missingSentence(missing),
      width: columnWidth.double,
      content: grid(found, reduced),
    }),
  };
}

/** The results of those training sets and losses that some panel shows. */
function shownOf(results: Results, panels: readonly SweepPanel[]): Results {
  const isShown = (data: string) => panels.some(({ few }) => hasFew(data) === few);
  return {
    ...partOf(
      results,
      ({ data, series }) =>
        panels.some((panel) => hasFew(data) === panel.few && isOf(series, panel)),
    ),
    conditions: results.conditions.filter(({ data }) => isShown(data)),
  };
}

/** Whether a series is of a value that a panel shows. */
function isOf(series: string, { loss, option }: SweepPanel): boolean {
  return series === loss || series.startsWith(`${loss}@${option}=`);
}

/** The series that a panel should show, of each of its conditions. */
function wantedIn(
  { conditions }: Results,
  panel: SweepPanel,
): { condition: Condition; series: string }[] {
  return conditions.filter(({ data }) => hasFew(data) === panel.few).flatMap((condition) =>
    condition.series.filter((one) => isOf(one, panel)).map((series) => ({ condition, series }))
  );
}

/** `<condition>/<series>` of which every training so far has diverged: a sweep is whole without them. */
function lostSeries({ records }: Results): Set<string> {
  const stored = Map.groupBy(records, ({ trial }) => conditionOf(trial));
  return new Set(
    [...stored].filter(([, own]) => own.every(({ outcome }) => outcome.name === "diverged"))
      .map(([name]) => name),
  );
}

function pointsOf(results: Results, { measure, loss, option, few }: SweepPanel): Point[] {
  const { cells } = measured(results, measure);
  return results.conditions.filter(({ data }) => hasFew(data) === few)
    .flatMap(({ name }) =>
      sweepOf(results, name, loss, option).flatMap(({ series, value }) =>
        cells.filter((cell) => cell.condition === name && cell.series === series)
          .map((cell) => ({ condition: name, value, cell }))
      )
    );
}

/** The values that should have been tried and were not, panels that lack the same together. */
function missingValues(
  results: Results,
  found: readonly { panel: SweepPanel; points: readonly Point[] }[],
): string[] {
  const lacks = found.flatMap(({ panel, points }) => {
    const { loss, option, axis, words } = panel;
    const start = `${loss}@${option}=`;
    const there = new Set(points.map(({ cell }) => cell.series));
    const wanted = wantedIn(results, panel).map(({ series }) => series);
    const values = [...new Set(wanted)].filter((series) => !there.has(series))
      .map((series) => series === loss ? "the usual one" : series.slice(start.length));
    return values.length === 0 ? [] : [{ words, what: `${axis} ${listed(values)}` }];
  });
  return [...Map.groupBy(lacks, ({ what }) => what)].map(([what, same]) =>
    `${what} (${same.map(({ words }) => words).join("; ")})`
  );
}

function rowOf(
  { words, loss, option, measure }: SweepPanel,
  { condition, value, cell }: Point,
): DataRow {
  return {
    panel: words,
    condition,
    loss,
    option,
    value,
    measure: measure.name,
    mean: cell.mean,
    sd: cell.sd,
    trials: cell.values.length,
  };
}

function summaryOf({ words, option }: SweepPanel, points: readonly Point[]): string {
  if (points.length === 0) return `${words}: no result yet`;
  const [worst, best] = points.toSorted((a, b) => a.cell.mean - b.cell.mean)
    .filter((_, i, all) => i === 0 || i === all.length - 1);
  return `${words}: ${percent(worst!.cell.mean)} % at ${option} ${worst!.value} to ` +
    `${percent((best ?? worst)!.cell.mean)} % at ${(best ?? worst)!.value}`;
}

// Px for the numbers of a vertical axis, and between the panels.
const axisExtent = 32;
const gap = 40;

function grid(
  found: readonly { panel: SweepPanel; points: readonly Point[] }[],
  reduced: string | null,
): SpecPart {
  const width = Math.floor((columnWidth.double - 2 * padding - axisExtent - gap) / 2);
  const charts = found.map(({ panel, points }, i) => chart(panel, points, letters[i]!, width));
  return {
    spacing: 16,
    vconcat: [
      ...(reduced === null ? [] : [keyRow([], { width: 2 * width + gap, reduced })]),
      { spacing: gap, bounds: "flush", hconcat: charts.slice(0, 2) },
      { spacing: gap, bounds: "flush", hconcat: charts.slice(2) },
    ],
  };
}

function chart(
  { words, loss, axis }: SweepPanel,
  points: readonly Point[],
  letter: string,
  width: number,
): SpecPart {
  const name = panelName(`${letter}\u2002${words} (%)`);
  if (points.length === 0) {
    const label = "no result yet";
    return {
      width,
      height: 96,
      layer: [name, {
        data: { values: [{ label }] },
        mark: {
          type: "text",
          color: ink.muted,
          fontSize: fontSize.label,
          x: (width - textWidth(label, fontSize.label)) / 2,
          y: 48,
          align: "left",
        },
        encoding: { text: { field: "label" } },
      }],
    };
  }
  // A logarithmic axis has no 0: it stands at its left end.
  const positive = points.map(({ value }) => value).filter((value) => value > 0);
  const atZero = positive.length === 0 ? 0.01 : Math.min(...positive) / 3;
  const rows = points.map(({ condition, value, cell: { mean, sd } }) => ({
    condition,
    value: value > 0 ? value : atZero,
    mean: 100 * mean,
    low: 100 * (mean - (sd ?? 0)),
    high: 100 * (mean + (sd ?? 0)),
  }));
  const values = [...new Set(rows.map(({ value }) => value))].sort((a, b) => a - b);
  const x = {
    field: "value",
    type: "quantitative",
    scale: { type: "log", nice: false, domain: [values[0]! / 1.3, values.at(-1)! * 1.3] },
    axis: {
      title: axis,
      values: spaced(values, width),
      grid: false,
      labelOverlap: false,
      labelExpr: `datum.value < ${1.01 * atZero} ? '0' : format(datum.value, '~g')`,
    },
  };
  const ends = rows.flatMap(({ low, high }) => [low, high]);
  const margin = Math.max(0.05, 0.12 * (Math.max(...ends) - Math.min(...ends)));
  const y = {
    type: "quantitative",
    scale: { domain: [Math.min(...ends) - margin, Math.max(...ends) + 1.6 * margin], nice: false },
    axis: { title: null, tickCount: 4 },
  };
  const color = colorOf(loss);
  const detail = { field: "condition", type: "nominal" };
  return {
    width,
    height: 96,
    layer: [
      name,
      {
        data: { values: rows },
        mark: { type: "line", color, strokeWidth: stroke.mark, opacity: 0.6 },
        encoding: { x, y: { ...y, field: "mean" }, detail },
      },
      {
        data: { values: rows },
        mark: { type: "rule", color, strokeWidth: stroke.mark },
        encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" } },
      },
      {
        data: { values: rows },
        mark: { type: "point", filled: true, size: 34, opacity: 1, color },
        encoding: { x, y: { ...y, field: "mean" } },
      },
    ],
  };
}

/** Of the values on a logarithmic axis those whose labels do not touch. */
function spaced(values: readonly number[], width: number): number[] {
  const span = Math.log((values.at(-1)! * 1.3) / (values[0]! / 1.3));
  const place = (value: number) => width * Math.log(value / values[0]!) / span;
  const kept: number[] = [];
  for (const value of values) {
    const last = kept.at(-1);
    // Labels are centred at their values.
    const half = (of: number) => textWidth(of.toPrecision(2), fontSize.label) / 2;
    if (last === undefined || place(value) - place(last) >= half(value) + half(last) + 4) {
      kept.push(value);
    }
  }
  return kept;
}
