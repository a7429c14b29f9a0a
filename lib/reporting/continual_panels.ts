import type { Condition } from "./conditions.ts";
import { settingOf } from "./continual_setting.ts";
import { dataTitle, ink, titleOf } from "./display.ts";
import { type KeyEntry, keyRow } from "./key_row.ts";
import { columnWidth, fontSize, labelPadding, padding, type SpecPart } from "./style.ts";

/** A panel of one condition of continual learning. */
export interface ContinualPanel {
  condition: Condition;
  /** Behind strategy and task in its title, such as a loss. */
  words?: string;
  /** What it draws; undefined: no result yet. */
  content: SpecPart | undefined;
}

/** What the panels have in common. */
export interface ContinualPanels {
  rows: readonly (readonly ContinualPanel[])[];
  /** Columns at least, so that few panels do not grow wide. */
  least: number;
  /** Px for the labels of a vertical axis. */
  axisExtent: number;
  /** The height of a panel for its width, in px. */
  heightOf: (width: number) => number;
  key: readonly KeyEntry[];
  reduced: string | null;
}

const gap = 14;

/** Panels of one size, in rows; above them the key and the word on reduced runs. */
export function continualPanels(
  { rows, least, axisExtent, heightOf, key, reduced }: ContinualPanels,
): SpecPart {
  const across = Math.max(least, ...rows.map((row) => row.length));
  const labels = axisExtent + labelPadding;
  const width = Math.floor((columnWidth.double - 2 * padding - gap * (across - 1)) / across) -
    labels;
  const height = heightOf(width);
  const all = across * width + (across - 1) * (gap + labels);
  return {
    spacing: 12,
    vconcat: [
      ...(key.length === 0 && reduced === null ? [] : [keyRow(key, { width: all, reduced })]),
      ...rows.map((row) => ({
        spacing: gap + labels,
        bounds: "flush",
        hconcat: row.map(({ condition, words, content }) => ({
          title: titleWithSetting(condition, words),
          width,
          height,
          ...(content ?? absent(height)),
        })),
      })),
    ],
  };
}

function titleWithSetting({ name, method, data }: Condition, words?: string): SpecPart {
  return {
    text: [titleOf(method), dataTitle(data), ...(words === undefined ? [] : [words])].join(", "),
    subtitle: settingOf(name),
    fontSize: fontSize.label,
    subtitleFontSize: fontSize.label,
    frame: "group",
    anchor: "start",
    offset: 3,
  };
}

function absent(height: number): SpecPart {
  return {
    data: { values: [{ label: "no result yet" }] },
    mark: { type: "text", align: "left", color: ink.muted, x: 4, y: height / 2 },
    encoding: { text: { field: "label" } },
  };
}
