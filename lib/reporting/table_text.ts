import { from } from "arquero";
import type { DataRow, Table } from "./figure.ts";

/** A table as Markdown: its title, the table, its caption. Arquero escapes the cells. */
export function tableMarkdown({ title, caption, columns, rows }: Table): string {
  const shown = rows.map((row) => inOneLine(shownRow(row, columns), "<br>"));
  const body = from(shown).toMarkdown({
    limit: Infinity,
    align: alignments(columns, rows),
  });
  return `**${title}**\n\n${body}\n${caption}\n`;
}

/** A table as HTML, for a notebook. */
export function tableHtml({ title, caption, columns, rows }: Table): string {
  return `<p><b>${escapeHtml(title)}</b></p>\n${toHtmlTable(columns, rows)}\n<p><small>${
    escapeHtml(caption)
  }</small></p>`;
}

/**
 * The rows of a table as HTML; Arquero escapes the cells. A cell's lines stand below each other; one that begins with a tab is
 * folded away, but for what stands before its colon.
 */
export function toHtmlTable(columns: Record<string, string>, rows: readonly DataRow[]): string {
  if (rows.length === 0) return "";
  const html = from(rows.map((row) => shownRow(row, columns))).toHTML({
    limit: Infinity,
    align: alignments(columns, rows),
  });
  return html.replace(
    /(?<=<td[^>]*>)[^<]*\n[^<]*/g,
    (cell) =>
      cell.split("\n").map((line) =>
        line.replace(/^\t(.*?): (.*)$/, "<details><summary>$1</summary>$2</details>")
          .replace(/^[^<].*$/, "<div>$&</div>")
      ).join(""),
  );
}

/** The numbers of a figure or table as CSV; an absent number is an empty field. */
export function toCsv(rows: readonly DataRow[]): string {
  return rows.length === 0
    ? ""
    : from(rows.map((row) => inOneLine(row, "; "))).toCSV().trimEnd() + "\n";
}

/** A row whose cells are of one line each. */
function inOneLine(row: DataRow, between: string): DataRow {
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [
      key,
      typeof value === "string" ? value.replaceAll(/\n\t?/g, between) : value,
    ]),
  );
}

function shownRow(
  row: DataRow,
  columns: Record<string, string>,
): DataRow {
  return Object.fromEntries(
    Object.entries(columns).map(([key, heading]) => [heading, String(row[key] ?? "–")]),
  );
}

/** Numbers to the right, words to the left. */
function alignments(
  columns: Record<string, string>,
  rows: readonly DataRow[],
): Record<string, "l" | "r"> {
  return Object.fromEntries(
    Object.entries(columns).map(([key, heading]) => [
      heading,
      rows.every((row) => /^[-+−–\d]/.test(String(row[key] ?? "–"))) ? "r" : "l",
    ]),
  );
}

/** A text as it stands in HTML. */
export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(
    '"',
    "&quot;",
  );
}
