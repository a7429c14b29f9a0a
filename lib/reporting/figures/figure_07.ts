import { mean } from "simple-statistics";
import type { LossName } from "../../losses/mod.ts";
import { type Average, averages } from "../averages.ts";
import { dotArea, keyRow, lossEntries } from "../key_row.ts";
import { type Condition, conditionName } from "../conditions.ts";
import { boundsIn, boundsSection, type ContinualBounds } from "../continual_bounds.ts";
import { settingOf } from "../continual_setting.ts";
import { colorOf, dataTitle, ink, percent, seriesLabel, titleOf } from "../display.ts";
import type { Entry } from "../entry.ts";
import type { DataRow, Figure } from "../figure.ts";
import { type Cell, measured } from "../measured.ts";
import { missingConditions, missingSentence } from "../lacking.ts";
import { measures } from "../measures.ts";
import { provenance } from "../provenance.ts";
import { isPaperSetting, partOf, type Results } from "../results_table.ts";
import { absentLayer, rowAxis } from "../row_labels.ts";
import {
  columnWidth,
  figureSpec,
  labelPadding,
  padding,
  panelTitle,
  type SpecPart,
  stroke,
} from "../style.ts";

const section = "5.3";

/**
 * Figure 7 (section 5.3): the accuracy over all test images after five experiences, of each strategy with each loss on the four
 * tasks, and the average over the conditions. A ring marks each loss's best strategy of a task. Below the strategies of a task
 * the bounds between which they lie.
 */
export const figure07: Entry = {
  name: "figure_07",
  item: "Figure 7",
  section,
  needs: [section, boundsSection],
  claims: ["cl-11-of-16", "cl-best-3-of-4", "cl-average"],
  draw: ({ evidence }) =>
    finalAccuracy(partOf(evidence.results(section), isPaperSetting), boundsIn(evidence)),
};

function finalAccuracy(results: Results, bounds: ContinualBounds): Figure {
  const { conditions, losses } = results;
  const final = measured(results, measures.continual);
  const plain = final.cells;
  const bounding = measured(bounds.results, measures.continual).cells;
  const best = new Set(bestCells(plain, conditions));
  const overall = averages(final, losses);
  const ofBest = averagesOfBest([...best], losses);
  const { scale, sentence, reduced, trials } = provenance(results, [final]);
  const missing = [...missingConditions([final], results), ...bounds.missing];
  const title = "Figure 7. Continual learning: accuracy after five experiences";
  const row = (data: string, method: string, loss: string, value: number, rest: DataRow) => ({
    data,
    method,
    loss,
    mean: value,
    ...rest,
  });
  return {
    name: "figure_07",
    title,
    scale,
    trials,
    coverage: {
      there: new Set(plain.map(({ condition }) => condition)).size,
      of: conditions.length,
    },
    missing,
    data: [
      ...[...plain, ...bounding].map((cell) =>
        row(cell.data, cell.method, cell.series, cell.mean, {
          sd: cell.sd,
          trials: cell.values.length,
          best: best.has(cell) ? 1 : 0,
          setting: settingOf(cell.condition),
        })
      ),
      ...overall.map((one) =>
        row(
          "average",
          one.conditions.length === conditions.length
            ? "all conditions"
            : `${one.conditions.length} of ${conditions.length} conditions`,
          one.series,
          one.mean,
          {
            sd: one.sd,
            trials: one.values.length,
            best: 0,
            setting: one.conditions.join(" "),
          },
        )
      ),
      ...ofBest.map(({ series, value, tasks }) =>
        row("average", "best strategies", series, value, {
          sd: null,
          trials: null,
          best: 1,
          setting: tasks.join(" "),
        })
      ),
    ],
    summary: overall.length === 0
      ? "no condition has all losses yet"
      : `Final accuracy (%), mean over ${
        overall[0]!.conditions.length
      } of ${conditions.length} conditions: ${
        overall.map(({ series, mean }) => `${seriesLabel(series)} ${percent(mean)}`).join(", ")
      }`,
    spec: figureSpec({
      heading: title,
      caption:
        `${sentence} Accuracy over the test images of all experiences together. Large dots: mean over trials; bars: ± 1 ` +
        "standard deviation; small dots: single trials. Rings: the best strategy of each loss, in tasks of which all strategies " +
        "have that loss. Averages: over the conditions that all losses have (dots), and with each loss's best strategy over the " +
        `tasks of which all strategies have all losses (rings). ${
          bounds.sentences.map((one) => `${one} `).join("")
        }` +
        "Scenario and heads stand under each strategy: numbers of different ones do not compare. " +
        missingSentence(missing),
      width: columnWidth.double,
      content: chart({
        conditions: [...conditions, ...bounds.results.conditions],
        losses,
        cells: [...plain, ...bounding],
        best,
        overall,
        of: conditions.length,
        ofBest,
        reduced,
      }),
    }),
  };
}

/** Of each task and loss the cell with the highest mean, where all strategies of the task are there: else the best is not known. */
function bestCells(cells: readonly Cell[], conditions: readonly Condition[]): Cell[] {
  const strategies = Map.groupBy(conditions, ({ data }) => data);
  return [...Map.groupBy(cells, ({ data, series }) => `${data}/${series}`).values()]
    .filter((same) => same.length === strategies.get(same[0]!.data)?.length)
    .map((same) => same.reduce((a, b) => b.mean > a.mean ? b : a));
}

/** The mean of each loss's best cells over the tasks in which all losses have one. */
function averagesOfBest(best: readonly Cell[], losses: readonly string[]) {
  const tasks = [...new Set(best.map(({ data }) => data))].filter((data) =>
    losses.every((loss) => best.some((cell) => cell.data === data && cell.series === loss))
  );
  if (tasks.length === 0) return [];
  return losses.map((series) => ({
    series,
    tasks,
    value: mean(
      best.filter((cell) => cell.series === series && tasks.includes(cell.data)).map((cell) =>
        cell.mean
      ),
    ),
  }));
}

interface Chart {
  /** The strategies, then the bounds. */
  conditions: readonly Condition[];
  losses: readonly LossName[];
  cells: readonly Cell[];
  best: ReadonlySet<Cell>;
  overall: readonly Average[];
  /** How many conditions the average should be over. */
  of: number;
  ofBest: readonly { series: string; value: number }[];
  reduced: string | null;
}

// Px for the labels of the rows, between the panels, and for a row of five dots and one without a result.
const labelExtent = 115;
const gap = 16;
const rowStep = 44;
const emptyStep = 16;

function chart(parts: Chart): SpecPart {
  const { conditions, losses, cells, reduced } = parts;
  const tasks = [...new Set(conditions.map(({ data }) => data))];
  const shown = tasks.filter((task) => cells.some(({ data }) => data === task));
  const empty = tasks.filter((task) => !shown.includes(task));
  const labels = labelExtent + labelPadding;
  const across = Math.max(1, Math.min(2, shown.length));
  const width = Math.floor((columnWidth.double - 2 * padding - gap * (across - 1)) / across) -
    labels;
  const panels = shown.map((data, i) => taskPanel(parts, data, "abcdefgh"[i]!, width));
  const rows = Array.from(
    { length: Math.ceil(panels.length / across) },
    (_, i) => ({
      spacing: gap + labels,
      bounds: "flush",
      hconcat: panels.slice(across * i, across * (i + 1)),
    }),
  );
  const all = across * width + (across - 1) * (gap + labels);
  const key = [
    ...lossEntries(losses),
    { label: "mean ± 1 s.d.", mark: "spread", color: ink.muted },
    { label: "one trial", mark: "trial", color: ink.muted },
    { label: "best strategy of the loss", mark: "ring", color: ink.muted },
  ] as const;
  return {
    spacing: 14,
    vconcat: [
      keyRow(key, { width: all, reduced }),
      ...rows,
      ...(empty.length === 0 ? [] : [emptyTasks(conditions, empty, all)]),
      averagePanel(parts, "abcdefgh"[shown.length]!, all),
    ],
  };
}

/** The tasks without a result, a line each. */
function emptyTasks(
  conditions: readonly Condition[],
  tasks: readonly string[],
  width: number,
): SpecPart {
  const rows = tasks.map((data) => {
    const methods = conditions.filter((one) => one.data === data).map(({ method }) => method);
    return {
      row: dataTitle(data),
      text: `${methods.map(titleOf).join(", ")}: no result yet`,
    };
  });
  return {
    width,
    height: emptyStep * tasks.length,
    layer: [absentLayer(rows)],
    encoding: { y: namedRows(rows.map(({ row }) => row), ink.muted) },
  };
}

function taskPanel(parts: Chart, data: string, letter: string, width: number): SpecPart {
  const { conditions, best, losses } = parts;
  const methods = conditions.filter((one) => one.data === data).map(({ method }) => method);
  const label = (method: string) =>
    `${titleOf(method)}|${settingOf(conditionName({ data, method }))}`;
  const cells = parts.cells.filter((cell) => cell.data === data);
  const rows = cells.map((cell) => ({
    row: label(cell.method),
    loss: seriesLabel(cell.series),
    color: colorOf(cell.series),
    mean: 100 * cell.mean,
    low: 100 * (cell.mean - (cell.sd ?? 0)),
    high: 100 * (cell.mean + (cell.sd ?? 0)),
    isBest: best.has(cell),
  }));
  const single = cells.flatMap(({ method, series, values }) =>
    (values.length < 2 ? [] : values).map((value) => ({
      row: label(method),
      loss: seriesLabel(series),
      color: colorOf(series),
      mean: 100 * value,
    }))
  );
  const empty = methods.filter((method) => !cells.some((cell) => cell.method === method));
  const offset = {
    field: "loss",
    type: "nominal",
    sort: losses.map(seriesLabel),
    scale: { domain: losses.map(seriesLabel), paddingOuter: 0.5 },
  };
  return {
    title: panelTitle(letter, `${dataTitle(data)} (%)`),
    width,
    height: rowStep * methods.length,
    layer: [
      ...dots(rows, single, offset),
      absentLayer(empty.map((method) => ({ row: label(method), text: "no result yet" }))),
    ],
    encoding: { y: namedRows(methods.map(label)) },
  };
}

function averagePanel(
  { overall, of, ofBest, losses }: Chart,
  letter: string,
  width: number,
) {
  const labels = losses.map(seriesLabel);
  const rows = overall.map(({ series, mean, sd }) => ({
    row: seriesLabel(series),
    color: colorOf(series),
    mean: 100 * mean,
    low: 100 * (mean - (sd ?? 0)),
    high: 100 * (mean + (sd ?? 0)),
    isBest: false,
  }));
  const rings = ofBest.map(({ series, value }) => ({
    row: seriesLabel(series),
    color: colorOf(series),
    mean: 100 * value,
    low: 100 * value,
    high: 100 * value,
    isBest: true,
  }));
  const over = overall[0]?.conditions.length ?? 0;
  if (rows.length === 0) {
    return {
      title: panelTitle(letter, "Average (%)"),
      width,
      height: emptyStep,
      layer: [absentLayer([{ row: "", text: "no condition has all losses yet" }])],
      encoding: { y: namedRows([""]) },
    };
  }
  return {
    title: panelTitle(letter, `Average over ${over} of ${of} conditions (%)`),
    width,
    height: 15 * losses.length,
    layer: dots([...rows, ...rings], []),
    encoding: { y: namedRows(labels) },
  };
}

interface Dot {
  row: string;
  color: string;
  mean: number;
  low: number;
  high: number;
  isBest: boolean;
}

function dots(rows: readonly Dot[], single: readonly object[], yOffset?: SpecPart): SpecPart[] {
  if (rows.length === 0) return [];
  const color = { field: "color", type: "nominal", scale: null, legend: null };
  const x = {
    type: "quantitative",
    scale: { zero: false, nice: false, padding: 8 },
    axis: { title: null, tickCount: 5, grid: true },
  };
  const shared = { color, ...(yOffset && { yOffset }) };
  const point = (field: string) => ({ ...shared, x: { ...x, field } });
  return [
    {
      data: { values: rows },
      mark: { type: "rule", strokeWidth: stroke.mark },
      encoding: { ...point("low"), x2: { field: "high" } },
    },
    {
      data: { values: single },
      mark: { type: "point", filled: true, size: dotArea.trial, opacity: 0.45 },
      encoding: point("mean"),
    },
    {
      data: { values: rows.filter(({ isBest }) => isBest) },
      mark: { type: "point", filled: false, size: dotArea.ring, strokeWidth: 1.2 },
      encoding: point("mean"),
    },
    {
      data: { values: yOffset ? rows : rows.filter(({ isBest }) => !isBest) },
      mark: { type: "point", filled: true, size: dotArea.mean, opacity: 1 },
      encoding: point("mean"),
    },
  ];
}

/** The names of the rows; behind a "|" those of tasks have a second line. */
function namedRows(labels: readonly string[], color?: string): SpecPart {
  const shared = rowAxis(labels, { extent: labelExtent, ...(color && { color }) });
  return { ...shared, axis: { ...shared.axis, labelExpr: "split(datum.label, '|')" } };
}
