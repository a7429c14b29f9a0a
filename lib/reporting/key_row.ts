import type { LossName } from "../losses/mod.ts";
import { ink, lossStyle, ownColor } from "./display.ts";
import { fontSize, type SpecPart, stroke } from "./style.ts";
import { textWidth } from "./text_metrics.ts";

/** What a mark of a figure stands for. */
export interface KeyEntry {
  label: string;
  mark: keyof typeof marks;
  color: string;
  /** Of a line: px drawn and px left out in turns. */
  dash?: readonly number[];
}

/** The area of a dot, in square px: the mean of trials, and one trial. */
export const dotArea = { mean: 38, trial: 9, ring: 95 } as const;

/** The mark of the user's own networks. */
export const ownMark = {
  type: "point",
  shape: "diamond",
  filled: true,
  size: 46,
  opacity: 1,
} as const;

const dot = { type: "point", filled: true, opacity: 1 } as const;
const line = { type: "rule", strokeWidth: stroke.mark } as const;

// Each mark's width in px, and what it is drawn with; a line goes over the width.
const marks = {
  dot: { width: 8, drawn: [{ ...dot, size: dotArea.mean }] },
  trial: { width: 6, drawn: [{ ...dot, size: dotArea.trial }] },
  ring: {
    width: 12,
    drawn: [{ type: "point", filled: false, size: dotArea.ring, strokeWidth: 1.2 }],
  },
  own: { width: 9, drawn: [ownMark] },
  bar: { width: 10, drawn: [{ type: "square", size: 90, opacity: 0.7 }] },
  line: { width: 20, drawn: [line] },
  spread: { width: 20, drawn: [line, { ...dot, size: dotArea.mean }] },
} as const;

// Px between a mark and its label, between entries, before the first, and of a row of text.
const [beside, between, start, rowHeight] = [5, 14, 2, 10];

/** The entries of losses, a dot each. */
export function lossEntries(losses: readonly LossName[]): KeyEntry[] {
  return losses.map((loss) => {
    const { label, color } = lossStyle(loss);
    return { label, mark: "dot", color };
  });
}

/** The entry of the user's own networks. */
export const ownEntry: KeyEntry = { label: "the user's own", mark: "own", color: ownColor };

/**
 * The key of a figure in one row, and at its end the word on reduced runs; that stands in a row of its own where it would come
 * near the key, also in a browser's font, which may be wider.
 */
export function keyRow(
  entries: readonly KeyEntry[],
  { width, reduced }: { width: number; reduced: string | null },
): SpecPart {
  let x = start;
  const placed = entries.map(({ label, mark, color, dash = [1, 0] }) => {
    const end = x + marks[mark].width;
    const entry = { mark, label, color, dash, x, middle: (x + end) / 2, end, text: end + beside };
    x = entry.text + textWidth(label, fontSize.label) + between;
    return entry;
  });
  const last = placed.at(-1);
  const isBelow = reduced !== null && last !== undefined &&
    last.text + between + 1.2 * (textWidth(last.label, fontSize.label) +
              textWidth(reduced, fontSize.label, "bold")) > width;
  const place = (field: string) => ({ field, type: "quantitative", scale: null, axis: null });
  const y = { value: rowHeight / 2 };
  const own = (field: string) => ({ field, type: "nominal", scale: null, legend: null });
  return {
    width,
    height: isBelow ? 2.4 * rowHeight : rowHeight,
    layer: [
      ...[...Map.groupBy(placed, ({ mark }) => mark)].flatMap(([mark, values]) =>
        marks[mark].drawn.map((drawn) => ({
          data: { values },
          mark: drawn,
          encoding: {
            y,
            color: own("color"),
            ...(drawn.type === "rule"
              ? { x: place("x"), x2: { field: "end" }, strokeDash: own("dash") }
              : { x: place("middle") }),
          },
        }))
      ),
      {
        data: { values: placed },
        mark: { type: "text", align: "left" },
        encoding: { x: place("text"), y, text: { field: "label" } },
      },
      {
        data: { values: reduced === null ? [] : [{ label: reduced }] },
        mark: { type: "text", align: "right", color: ink.warning, fontWeight: "bold", x: width },
        encoding: {
          y: { value: isBelow ? 1.9 * rowHeight : rowHeight / 2 },
          text: { field: "label" },
        },
      },
    ],
  };
}
