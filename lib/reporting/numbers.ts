import type { DotColumn } from "./condition_dots.ts";
import type { DataRow } from "./figure.ts";
import type { Measured } from "./measured.ts";
import type { OwnCell } from "./own.ts";

/** The numbers drawn by `conditionDots()`, as fractions, a row per condition or average and loss. */
export function measuredRows(columns: readonly DotColumn[]): DataRow[] {
  return columns.flatMap(({ measured, averages, own }) => [
    ...cellRows(measured, own.cells),
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

/** A measure's numbers of each network and loss, then those of the user's own networks. */
export function cellRows(
  { measure, cells, datasets }: Measured,
  own: readonly OwnCell[],
): DataRow[] {
  return [
    ...cells.map(({ data, method, series, mean, sd, values }) => ({
      measure: measure.name,
      data,
      network: method,
      loss: series,
      mean,
      sd,
      trials: values.length,
      over: (datasets.get(data) ?? []).join(" "),
    })),
    ...own.map(({ name, data, value, over }) => ({
      measure: measure.name,
      data,
      network: name,
      loss: "own",
      mean: value,
      sd: null,
      trials: 1,
      over: over.join(" "),
    })),
  ];
}
