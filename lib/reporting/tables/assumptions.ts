import { fromCSV } from "arquero";
import { join } from "node:path";
import type { Entry } from "../entry.ts";
import type { DataRow, Table } from "../figure.ts";
import { projectFolder } from "../settings.ts";

/**
 * Every symbol or setting that the paper's text lost or left open, with the default taken here and
 * what else it could be, from data/assumptions.csv.
 */
export const assumptions: Entry = {
  name: "assumptions",
  section: "assumptions",
  title: "What the paper's text lost or left open",
  needs: [],
  draw: assumptionsTable,
};

function assumptionsTable(): Table {
  const path = join(projectFolder, "data", "assumptions.csv");
  const rows = fromCSV(Deno.readTextFileSync(path)).objects() as DataRow[];
  return {
    name: "assumptions",
    title: "What the paper's text lost or left open",
    caption:
      `${rows.length} points. Formulas and many values are missing from the text that this ` +
      `project works from; what is "fixed" follows from other numbers of the paper.`,
    columns: {
      place: "Place",
      what: "What",
      open: "Open",
      taken: "Taken here",
      alternatives: "Alternatives",
      effect: "How it is known, or how much it matters",
      code: "Code",
    },
    rows,
    missing: [],
  };
}
