import { ink } from "./display.ts";
import { fontSize, type SpecPart } from "./style.ts";
import { textWidth } from "./text_metrics.ts";

// Px between a word and what is beside it.
const clearance = 4;

/** The vertical axis of a panel whose rows have names: those alone, `extent` px wide; at 0 none, where another panel has them. */
export function rowAxis(
  labels: readonly string[],
  { extent, color = ink.text }: { extent: number; color?: string },
) {
  return {
    field: "row",
    type: "nominal",
    sort: labels,
    scale: { domain: labels },
    axis: {
      title: null,
      domain: false,
      ticks: false,
      labels: extent > 0,
      labelColor: color,
      grid: false,
      ...(extent > 0 ? { minExtent: extent, maxExtent: extent } : {}),
    },
  };
}

/**
 * A word in rows that have no numbers.
 *
 * @param options `line`: px where a vertical line crosses the panel, beside which a word stands that it would cross; `y`: the axis
 *   of the rows, where the panel's layers do not share one
 */
export function absentLayer(
  rows: readonly { row: string; text: string }[],
  { line = 0, y }: { line?: number; y?: SpecPart } = {},
): SpecPart {
  const width = Math.max(0, ...rows.map(({ text }) => textWidth(text, fontSize.label)));
  const x = line < width + 2 * clearance ? Math.max(0, line) + clearance : clearance;
  return {
    data: { values: rows },
    mark: { type: "text", align: "left", color: ink.muted, fontSize: fontSize.label, x },
    encoding: { text: { field: "text" }, ...(y && { y }) },
  };
}
