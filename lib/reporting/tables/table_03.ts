import { ablationSeries } from "../claims/section_b2.ts";
import { dataOf } from "../conditions.ts";
import { dataTitle, listed, percent } from "../display.ts";
import type { Entry } from "../entry.ts";
import type { DataRow, Table } from "../figure.ts";
import { missingSentence } from "../lacking.ts";
import { measured } from "../measured.ts";
import { measures } from "../measures.ts";
import { provenance } from "../provenance.ts";
import type { Results } from "../results_table.ts";

const section = "B.2";
const rows = ["MM", "+maz", "+thres", "+maz+thres = HEM"];

/** Table 3 (appendix B.2): clean accuracy with the two changes that make HEM of MM, one by one and together. */
export const table03: Entry = {
  name: "table_03",
  item: "Table 3",
  section,
  needs: [section],
  claims: ["ablation-order"],
  draw: ({ evidence }) => ablationTable(evidence.results(section)),
};

function ablationTable(results: Results): Table {
  const clean = measured(results, measures.clean);
  const own = {
    ...clean,
    cells: clean.cells.filter(({ series }) =>
      (ablationSeries as readonly string[]).includes(series)
    ),
  };
  const { scale, sentence, trials } = provenance(results, [own]);
  const names = results.conditions.map(({ name }) => name);
  const cellOf = (condition: string, series: string) =>
    own.cells.find((cell) => cell.condition === condition && cell.series === series);
  const missing = names.flatMap((name) => {
    const lacking = rows.filter((_, i) => cellOf(name, ablationSeries[i]!) === undefined);
    return lacking.length === 0 ? [] : [`${listed(lacking)} on ${dataTitle(dataOf(name))}`];
  });
  return {
    name: "table_03",
    title: "Table 3. From MM to HEM: clean accuracy (%)",
    scale,
    trials,
    coverage: {
      there: names.filter((name) => ablationSeries.every((series) => cellOf(name, series))).length,
      of: names.length,
    },
    caption:
      `${sentence} Mean (standard deviation over trials, n − 1). maz: the mean is over errors above zero alone; ` +
      `thres: errors below the sample's mean become zero. The paper's means are lost in its text, with the decimals of ` +
      `its standard deviations left. ${missingSentence(missing)}`,
    columns: {
      loss: "Loss",
      ...Object.fromEntries(names.map((name) => [name, dataTitle(dataOf(name))])),
    },
    rows: rows.map((loss, i): DataRow => ({
      loss,
      ...Object.fromEntries(names.map((name) => {
        const cell = cellOf(name, ablationSeries[i]!);
        const sd = cell?.sd === null ? "" : ` (${percent(cell?.sd)})`;
        return [name, cell === undefined ? "–" : `${percent(cell.mean)}${sd}`];
      })),
    })),
    data: own.cells.map(({ condition, series, mean, sd, values }): DataRow => ({
      condition,
      loss: series,
      mean,
      sd,
      trials: values.length,
    })),
    missing,
  };
}
