import { ink } from "./display.ts";
import { fontSize, type SpecPart } from "./style.ts";

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

/** A word in rows that have no numbers. */
export function absentLayer(rows: readonly { row: string; text: string }[]): SpecPart {
  return {
    data: { values: rows },
    mark: { type: "text", align: "left", color: ink.muted, fontSize: fontSize.label, x: 4 },
    encoding: { text: { field: "text" } },
  };
}
