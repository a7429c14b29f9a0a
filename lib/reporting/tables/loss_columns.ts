/** The columns of tables that compare losses: one for each. */
import { percent, seriesLabel } from "../display.ts";
import type { Cell } from "../measured.ts";

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
