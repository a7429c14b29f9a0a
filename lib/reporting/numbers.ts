import type { DotColumn } from "./condition_dots.ts";
import type { DataRow } from "./figure.ts";

/** The numbers drawn by `conditionDots()`, as fractions, a row per condition or average and loss. */
export function measuredRows(columns: readonly DotColumn[]): DataRow[] {
  return columns.flatMap(({ measured, averages, own }) => [
    ...measured.cells.map((cell) => ({
      measure: cell.measure,
      data: cell.data,
      network: cell.method,
      loss: cell.series,
      mean: cell.mean,
      sd: cell.sd,
      trials: cell.values.length,
      over: (measured.datasets.get(cell.data) ?? []).join(" "),
    })),
    ...own.cells.map(({ name, data, value, over }) => ({
      measure: measured.measure.name,
      data,
      network: name,
      loss: "own",
      mean: value,
      sd: null,
      trials: 1,
      over: over.join(" "),
    })),
    ...averages.map((average) => ({
      measure: average.measure,
      data: "average",
      network: "average",
      loss: average.series,
      mean: average.mean,
      sd: average.sd,
      trials: average.values.length,
      over: average.conditions.join(" "),
    })),
  ]);
}

/** A difference with its sign, "+0.31", "−0.06" or "0.00". */
export function signed(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? text : `${value < 0 ? "−" : "+"}${text}`;
}
