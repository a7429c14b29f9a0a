import type { LossName } from "../losses/mod.ts";
import {
  colorOf,
  counted,
  dataTitle,
  ink,
  lossStyle,
  lossStyles,
  ownColor,
  seriesLabel,
  titleOf,
} from "./display.ts";
import type { Average } from "./averages.ts";
import { dotArea, keyRow, lossEntries, ownEntry, ownMark } from "./key_row.ts";
import type { Cell, Measured } from "./measured.ts";
import { type OwnMeasured, ownTitle } from "./own.ts";
import { absentLayer, rowAxis } from "./row_labels.ts";
import {
  columnWidth,
  fontSize,
  labelPadding,
  padding,
  panelTitle,
  type SpecPart,
  stroke,
} from "./style.ts";
import { textWidth } from "./text_metrics.ts";

/** A column of a figure: one measure in every condition, and its average below. */
export interface DotColumn {
  measured: Measured;
  /** Networks of the user's own, a row each under their data set. */
  own: OwnMeasured;
  averages: Average[];
}

/** What `conditionDots()` draws. */
export interface ConditionDots {
  columns: DotColumn[];
  /** Every condition that should be there, grouped by data set. */
  conditions: readonly { data: string; method: string }[];
  /** The losses compared per condition. */
  compared: readonly LossName[];
  /** The losses of the averages. */
  losses: readonly LossName[];
  /** Said in the key where the runs are smaller than the paper's. */
  reduced: string | null;
}

// Heights in px of a row of dots (and for each dot in it), of a row without results, and of a row of the averages.
const rowHeight = { dots: 7, dot: 9, empty: 11, average: 17 };
// Said in place of numbers where there are none.
const noResult = "no result yet";
// Least width in px kept for the names of networks, losses and data sets.
const leastExtent = 62;
// Px between the columns, and for the half of a label that an axis ends with.
const gap = 20;
const labelHalf = 6;

/**
 * The chart of Figures 2, 3, 5, 6 and 8: a dot per network and loss with its spread over trials, one block
 * per data set with an axis of its own, what has no results reduced to a line; below, the
 * average over conditions. Dots, not bars: the differences are small beside the values.
 */
export function conditionDots(options: ConditionDots): SpecPart {
  const { columns, conditions, compared, losses } = options;
  const labelExtent = extentOf(options);
  const width = plotWidth(options);
  const hasDots = (data: string, method: string) =>
    columns.some((one) => cellsOf(one, data, compared).some((cell) => cell.method === method));
  const groups = [...Map.groupBy(conditions, ({ data }) => data)].flatMap(([data, all]) => {
    const { there = [], absent = [] } = Object.groupBy(
      all.map(({ method }) => method),
      (method) => hasDots(data, method) ? "there" : "absent",
    );
    const drawn = there.length > 0 || ownTitles(columns, data).length > 0;
    return [
      ...(drawn ? [{ data, methods: there, isAbsent: false }] : []),
      ...(absent.length > 0 ? [{ data, methods: absent, isAbsent: true }] : []),
    ];
  });
  const across = (part: (column: DotColumn, at: number) => SpecPart) => ({
    spacing: gap,
    // Flush: charts keep their distance whatever their axis labels need, so columns stay aligned.
    bounds: "flush",
    hconcat: columns.map((column, at) => ({ width, ...part(column, at) })),
  });
  const headed = (part: SpecPart, letter: string, words: string) => ({
    ...part,
    title: { ...panelTitle(letter, words), ...blockTitle(part.title) },
  });
  return {
    spacing: 9,
    vconcat: [
      keyOf(options, columns.length * (width + gap) - gap),
      ...groups.map(({ data, methods, isAbsent }, row) =>
        across((column, at) => {
          const extent = at === 0 ? labelExtent : 0;
          const shown = { ...options, column, data, methods, width, extent };
          const part = isAbsent ? absentBlock(shown) : block(shown);
          const { title, panel = title } = column.measured.measure;
          return row > 0 ? part : headed(part, "abcdefgh"[at]!, `${panel} (%)`);
        })
      ),
      across((column, at) => ({
        ...averageBlock(column, {
          losses,
          extent: at === 0 ? labelExtent : 0,
          isEmpty: columns.every(({ averages }) => averages.length === 0),
        }),
        title: panelTitle(
          "abcdefgh"[columns.length + at]!,
          averageTitle(column, conditions.length, width),
        ),
      })),
    ],
  };
}

/** The title of a block as the second line of a panel's. */
function blockTitle(title: unknown): SpecPart {
  if (title === undefined) return {};
  return {
    subtitle: (title as { text: string }).text,
    subtitleColor: ink.text,
    subtitleFontSize: fontSize.label,
    subtitleFontWeight: "bold",
    offset: 2,
  };
}

/** Heading of a panel of averages: over how many of the conditions. */
function averageTitle({ averages }: DotColumn, of: number, width: number): string {
  if (averages.length === 0) return "Average (%)";
  const count = `${averages[0]!.conditions.length} of ${of}`;
  const long = `Average over ${count} conditions (%)`;
  // The panel's letter and space stand before it.
  return textWidth(long, fontSize.title, "bold") <= width - 20 ? long : `Average, ${count} (%)`;
}

interface BlockOptions extends ConditionDots {
  column: DotColumn;
  data: string;
  methods: readonly string[];
  width: number;
  /** Of the row labels in px; 0: none, they stand at the first column alone. */
  extent: number;
}

/** The width in px of each column's plots, without the labels of their rows. */
export function plotWidth(options: ConditionDots): number {
  const { length } = options.columns;
  return Math.floor(
    (columnWidth.double - 2 * padding - extentOf(options) - labelPadding - labelHalf -
      gap * (length - 1)) / length,
  );
}

/** The width in px of the widest row label. */
function extentOf({ conditions, losses, columns }: ConditionDots): number {
  const labels = [
    ...columns.flatMap(({ own }) => own.cells.map(ownTitle)),
    ...conditions.flatMap(({ data, method }) => [dataTitle(data), titleOf(method)]),
    ...losses.map((loss) => lossStyle(loss).label),
  ];
  const widest = Math.max(...labels.map((label) => textWidth(label, fontSize.label)));
  return Math.max(leastExtent, Math.ceil(widest) + 2);
}

/** Conditions of a data set of which no column has a number, in a line. */
function absentBlock({ data, methods, width, extent }: BlockOptions): SpecPart {
  const named = `${methods.map(titleOf).join(", ")}: ${noResult}`;
  const text = textWidth(named, fontSize.label) <= width - 8 - 8
    ? named
    : `${counted(methods.length, "network")}: ${noResult}`;
  const row = dataTitle(data);
  return {
    height: rowHeight.empty,
    layer: [absentLayer([{ row, text }])],
    encoding: { y: rowAxis([row], { extent, color: ink.muted }) },
  };
}

function block({ column, data, methods, extent, compared, columns }: BlockOptions): SpecPart {
  const own = ownTitles(columns, data);
  const cells = cellsOf(column, data, compared);
  const ownCells = column.own.cells.filter((cell) => cell.data === data);
  const empty = [
    ...methods.filter((method) => !cells.some((cell) => cell.method === method)).map(titleOf),
    ...own.filter((title) => !ownCells.some((cell) => ownTitle(cell) === title)),
  ];
  const rows = [...methods.map(titleOf), ...own];
  const values = ownCells.map((cell) => ({ row: ownTitle(cell), mean: 100 * cell.value }));
  return {
    title: {
      text: dataTitle(data),
      fontSize: fontSize.label,
      fontWeight: "bold",
      frame: "group",
      anchor: "start",
      offset: 2,
    },
    height: rows.length * (rowHeight.dots + rowHeight.dot * compared.length),
    layer: [
      ...dotLayers(cells.map((cell) => ({ ...cell, row: titleOf(cell.method) })), {
        losses: compared,
        offset: true,
        own: values,
      }),
      absentLayer(empty.map((row) => ({ row, text: noResult }))),
    ],
    encoding: { y: rowAxis(rows, { extent }) },
  };
}

function averageBlock(
  column: DotColumn,
  { losses, extent, isEmpty }: { losses: readonly LossName[]; extent: number; isEmpty: boolean },
): SpecPart {
  const labels = losses.map((loss) => lossStyle(loss).label);
  if (isEmpty) {
    return {
      height: rowHeight.empty,
      layer: [absentLayer([{ row: "", text: noResult }])],
      encoding: { y: rowAxis([""], { extent }) },
    };
  }
  const present = column.averages.map((average) => ({
    ...average,
    row: seriesLabel(average.series),
  }));
  const middle = labels[Math.floor(labels.length / 2)]!;
  return {
    height: losses.length * rowHeight.average,
    layer: [
      ...dotLayers(present, { losses, offset: false, own: [] }),
      absentLayer(present.length > 0 ? [] : [{ row: middle, text: noResult }]),
    ],
    encoding: { y: rowAxis(labels, { extent }) },
  };
}

/** The names of the user's own networks of a data set, which have a row in every column. */
function ownTitles(columns: readonly DotColumn[], data: string): string[] {
  const cells = columns.flatMap(({ own }) => own.cells);
  return [...new Set(cells.filter((cell) => cell.data === data).map(ownTitle))];
}

type Dot = (Cell | Average) & { row: string };

interface DotOptions {
  losses: readonly LossName[];
  /** A line for each loss within a row. */
  offset: boolean;
  /** Networks of the user's own, in rows of their own. */
  own: readonly { row: string; mean: number }[];
}

function dotLayers(dots: Dot[], { losses, offset, own }: DotOptions): SpecPart[] {
  if (dots.length === 0 && own.length === 0) return [];
  const rows = dots.map(({ row, series, mean, sd }) => ({
    row,
    loss: seriesLabel(series),
    color: colorOf(series),
    mean: 100 * mean,
    low: 100 * (mean - (sd ?? 0)),
    high: 100 * (mean + (sd ?? 0)),
  }));
  // A single one is the mean, or of an average whose conditions have different numbers of trials.
  const trials = dots.flatMap(({ row, series, values }) =>
    (values.length < 2 ? [] : values).map((value) => ({
      row,
      loss: seriesLabel(series),
      color: colorOf(series),
      value: 100 * value,
    }))
  );
  const ends = [
    ...rows.flatMap(({ low, high }) => [low, high]),
    ...trials.map(({ value }) => value),
    ...own.map(({ mean }) => mean),
  ];
  const order = losses.map((loss) => lossStyle(loss).label);
  const shared = {
    color: { field: "color", type: "nominal", scale: null, legend: null },
    ...(offset
      ? { yOffset: { field: "loss", type: "nominal", sort: order, scale: { paddingOuter: 0.55 } } }
      : {}),
  };
  const x = { type: "quantitative", scale: { domain: paddedDomain(ends), nice: false } };
  const axis = { title: null, tickCount: 4, grid: true };
  return [
    {
      data: { values: rows },
      mark: { type: "rule", strokeWidth: stroke.mark },
      encoding: { ...shared, x: { ...x, field: "low", axis }, x2: { field: "high" } },
    },
    {
      data: { values: trials },
      mark: { type: "point", filled: true, size: dotArea.trial, opacity: 0.45 },
      encoding: { ...shared, x: { ...x, field: "value", axis } },
    },
    {
      data: { values: rows },
      mark: { type: "point", filled: true, size: dotArea.mean, opacity: 1 },
      encoding: { ...shared, x: { ...x, field: "mean", axis } },
    },
    ...(own.length === 0 ? [] : [{
      data: { values: own },
      mark: { ...ownMark, color: ownColor },
      encoding: { x: { ...x, field: "mean", axis } },
    }]),
  ];
}

/** The losses, the marks, and the word on reduced runs at the end. */
function keyOf({ compared, losses, reduced, columns }: ConditionDots, width: number): SpecPart {
  const shown = lossStyles.map(({ name }) => name)
    .filter((name) => compared.includes(name) || losses.includes(name));
  return keyRow([
    ...lossEntries(shown),
    { label: "mean ± 1 s.d.", mark: "spread", color: ink.muted },
    { label: "one trial", mark: "trial", color: ink.muted },
    ...(columns.some((column) => column.own.cells.length > 0) ? [ownEntry] : []),
  ], { width, reduced });
}

function cellsOf(column: DotColumn, data: string, compared: readonly LossName[]): Cell[] {
  return column.measured.cells.filter((cell) =>
    cell.data === data && (compared as readonly string[]).includes(cell.series)
  );
}

/**
 * The range of percentages with a tenth of it on both sides, at least 0.1 wide. It ends at 0 and just above 100, but
 * where a bar of a standard deviation goes on.
 */
function paddedDomain(values: number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = Math.max(0.05, 0.1 * (high - low));
  return [
    Math.max(Math.min(0, low), low - margin),
    Math.min(Math.max(100 + margin / 2, high), high + margin),
  ];
}
