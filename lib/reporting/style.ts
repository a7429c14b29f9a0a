import type { Config, TopLevelSpec } from "vega-lite";
import { ink } from "./display.ts";
import { fontFamily, wrapText } from "./text_metrics.ts";

/** A chart as Vega-Lite 5 takes it. */
export type VegaLiteSpec = TopLevelSpec;

/** A part of such a chart. */
export type SpecPart = Record<string, unknown>;

/** Width of a journal's two columns in px at 96 dpi: 183 mm (Nature's artwork guide). */
export const columnWidth = { double: 692 } as const;

/** Font sizes in px; at 96 dpi 9.33 px are 7 pt, the upper size of Nature's artwork guide. */
export const fontSize = { label: 9.5, title: 10, heading: 12 } as const;

/** Px around a figure, and between an axis and its labels. */
export const padding = 6;
export const labelPadding = 3;

/** Stroke widths in px. */
export const stroke = { axis: 0.7, grid: 0.5, mark: 1.3 } as const;

/** The look of every figure: one family, thin axes outside, faint grid, no frame. */
const styleConfig: Config = {
  font: fontFamily,
  background: "white",
  padding,
  view: { stroke: null },
  axis: {
    domainColor: ink.axis,
    domainWidth: stroke.axis,
    gridColor: ink.faint,
    gridWidth: stroke.grid,
    labelColor: ink.text,
    labelFontSize: fontSize.label,
    // 0: labels are never cut; Vega would cut by its own guess of their width.
    labelLimit: 0,
    labelPadding,
    // Labels stand under their ticks at the ends of an axis too.
    labelFlush: false,
    tickColor: ink.axis,
    tickSize: 3,
    tickWidth: stroke.axis,
    titleColor: ink.text,
    titleFontSize: fontSize.title,
    titleFontWeight: "normal",
    titleLimit: 0,
    titlePadding: 5,
  },
  title: {
    anchor: "start",
    color: ink.text,
    fontSize: fontSize.heading,
    fontWeight: "bold",
    frame: "bounds",
    limit: 0,
    offset: 10,
    subtitleColor: ink.muted,
    subtitleFontSize: fontSize.label,
    subtitleLineHeight: 13,
    subtitlePadding: 5,
  },
  text: { color: ink.text, fontSize: fontSize.label },
  concat: { spacing: 14 },
  legend: {
    labelColor: ink.text,
    labelFontSize: fontSize.label,
    labelLimit: 0,
    titleFontSize: fontSize.title,
    titleFontWeight: "normal",
  },
};

/** Heading, caption and charts of a figure before they become one specification. */
export interface FigureParts {
  heading: string;
  /** Sentences under the heading; broken into lines here. */
  caption: string;
  /** Of the whole figure, in px. */
  width: number;
  /** The charts: any part of a Vega-Lite specification, without $schema, title and config. */
  content: Record<string, unknown>;
}

/** Puts a figure's parts under the common style. */
export function figureSpec(parts: FigureParts): VegaLiteSpec {
  const { heading, caption, width, content } = parts;
  return {
    // JupyterLab's renderer knows Vega-Lite 5, not 6.
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    title: { text: heading, subtitle: wrapText(caption, width - 2 * padding - 1, fontSize.label) },
    ...content,
    config: styleConfig,
  } as unknown as VegaLiteSpec;
}

/** Title of one panel: its letter in bold, then its words. */
export function panelTitle(letter: string, words: string): Record<string, unknown> {
  return {
    // En spaces: SVG folds several ordinary ones into one.
    text: `${letter}\u2002${words}`,
    fontSize: fontSize.title,
    fontWeight: "bold",
    frame: "group",
    anchor: "start",
    offset: 5,
  };
}

/**
 * The same as a layer of the panel: always at one height, while Vega lifts a title above the top
 * label of an axis, which leaves the titles of a row uneven.
 */
export function panelName(words: string, color: string = ink.text): Record<string, unknown> {
  return {
    data: { values: [{ words }] },
    mark: {
      type: "text",
      align: "left",
      baseline: "bottom",
      x: 0,
      y: -7,
      color,
      fontSize: fontSize.title,
      fontWeight: "bold",
    },
    encoding: { text: { field: "words" } },
  };
}
