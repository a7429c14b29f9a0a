import { fromCSV } from "arquero";
import { join } from "node:path";
import { projectFolder } from "./settings.ts";

/** A row of one of the tables in data/paper/. */
export type PaperRow = Record<string, string | number | null>;

const known = new Map<string, PaperRow[]>();

/**
 * The paper's own numbers, from data/paper/<name>.csv. Every row says where in the paper it stands;
 * a value that the paper's text lost is empty, and null here.
 */
export function readPaperTable(name: string): PaperRow[] {
  const cached = known.get(name);
  if (cached !== undefined) return cached;
  const path = join(projectFolder, "data", "paper", `${name}.csv`);
  const rows = (fromCSV(Deno.readTextFileSync(path)).objects() as PaperRow[]).map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([key, value]) => [key, value === "" ? null : value ?? null]),
    )
  );
  known.set(name, rows);
  return rows;
}

/** The paper's statement with an id of data/paper/statements.csv: its words, place and number. */
export function paperStatement(id: string): {
  id: string;
  place: string;
  statement: string;
  value: number | null;
  unit: string;
  note: string;
} {
  const row = readPaperTable("statements").find((row) => row.id === id);
  if (row === undefined) {
    throw new RangeError(`Cannot quote the paper: data/paper/statements.csv has no row "${id}"`);
  }
  return {
    id,
    place: String(row.place),
    statement: String(row.statement),
    value: row.value === null ? null : Number(row.value),
    unit: String(row.unit),
    note: String(row.note ?? ""),
  };
}
