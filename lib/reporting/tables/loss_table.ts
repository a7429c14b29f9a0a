/** Tables that compare losses: a column for each. */
import type { Condition } from "../conditions.ts";
import { dataTitle, percent, seriesLabel, titleOf } from "../display.ts";
import type { DataRow, Table } from "../figure.ts";
import { missingConditions, missingSentence } from "../lacking.ts";
import type { Cell, Measured } from "../measured.ts";
import { provenance } from "../provenance.ts";
import type { Results } from "../results_table.ts";

/** A row that each condition has: a measure, and what it is called. */
export interface LossRow {
  measured: Measured;
  /** The cells that name it in a condition, behind the condition's own. */
  words: (condition: Condition) => DataRow;
  /** The same beside the numbers of the CSV file. */
  data: (condition: Condition) => DataRow;
}

/** What makes a table of a section's conditions, with rows of several measures in each. */
export interface LossTable {
  name: string;
  title: string;
  /** What the caption says of the numbers, behind where they are from. */
  caption: string;
  /** Headings of the columns before those of the losses, `condition` first. */
  columns: Record<string, string>;
  /** The measures by which a condition is there or missing. */
  main: readonly Measured[];
  rows: readonly LossRow[];
}

/** Means ± standard deviations in percent, of each condition that has any, a row for each measure. */
export function lossTable(
  results: Results,
  { name, title, caption, columns, main, rows }: LossTable,
): Table {
  const { losses, conditions } = results;
  const cellsOf = ({ cells }: Measured, condition: Condition) =>
    cells.filter((cell) => cell.condition === condition.name);
  const there = conditions.filter((one) => main.some((some) => cellsOf(some, one).length > 0));
  const { scale, sentence, trials } = provenance(results, main);
  const missing = missingConditions(main, results);
  return {
    name,
    title,
    scale,
    trials,
    coverage: { there: there.length, of: conditions.length },
    caption: `${sentence} Mean ± standard deviation over trials (n − 1). ${caption} ${
      missingSentence(missing)
    }`,
    columns: { ...columns, ...lossHeadings(losses) },
    rows: there.flatMap((condition) =>
      rows.flatMap((row): DataRow[] => {
        const own = cellsOf(row.measured, condition);
        return own.length === 0 ? [] : [{
          condition: `${titleOf(condition.method)} (${dataTitle(condition.data)})`,
          ...row.words(condition),
          ...lossTexts(own, losses),
        }];
      })
    ),
    data: rows.flatMap((row) =>
      there.flatMap((condition) =>
        cellsOf(row.measured, condition).map(({ series, mean, sd, values }): DataRow => ({
          condition: condition.name,
          ...row.data(condition),
          loss: series,
          mean,
          sd,
          trials: values.length,
        }))
      )
    ),
    missing,
  };
}

/** The headings by the names of the losses. */
export function lossHeadings(losses: readonly string[]): Record<string, string> {
  return Object.fromEntries(losses.map((loss) => [loss, seriesLabel(loss)]));
}

/** The mean ± standard deviation of each loss in percent, a dash where it has no cell. */
export function lossTexts(
  cells: readonly Cell[],
  losses: readonly string[],
): Record<string, string> {
  return Object.fromEntries(losses.map((loss) => {
    const cell = cells.find(({ series }) => series === loss);
    const spread = cell?.sd == null ? "" : ` ± ${percent(cell.sd)}`;
    return [loss, cell === undefined ? "–" : `${percent(cell.mean)}${spread}`];
  }));
}
