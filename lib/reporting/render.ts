import { Resvg } from "@resvg/resvg-js";
import { Error as ErrorLevel, parse, View } from "vega";
import { compile } from "vega-lite";
import type { VegaLiteSpec } from "./style.ts";
import { fontFiles, installTextMetrics } from "./text_metrics.ts";

/**
 * Draws a chart without a browser. The same specification gives the same bytes: text is measured by
 * the font's own advances, and the numbers of generated ids start anew at each call.
 *
 * @throws {Error} what Vega-Lite has to say about a specification that it warns of.
 */
export async function renderSvg(spec: VegaLiteSpec): Promise<string> {
  installTextMetrics();
  const warnings: string[] = [];
  const logger = quietLogger(warnings);
  const compiled = compile(spec, { logger });
  if (warnings.length > 0) {
    throw new Error(`Cannot draw the figure as it is meant: ${warnings.join("; ")}`);
  }
  const view = new View(parse(compiled.spec), { renderer: "none", logLevel: ErrorLevel });
  try {
    return renumberIds(await view.toSVG());
  } finally {
    view.finalize();
  }
}

/** Draws an SVG of ours as PNG, two pixels per px of it (192 dpi), by the same font files and without those of the system. */
export function renderPng(svg: string): Uint8Array<ArrayBuffer> {
  const image = new Resvg(svg, {
    fitTo: { mode: "zoom", value: 2 },
    background: "white",
    font: { fontFiles: fontFiles(), loadSystemFonts: false, defaultFontFamily: "Arimo" },
  });
  return new Uint8Array(image.render().asPng());
}

// Vega counts gradients and clip paths over the life of the process.
function renumberIds(svg: string): string {
  const names = new Map<string, string>();
  return svg.replace(/\b(clip|gradient)_?(\d+)\b/g, (name, kind) => {
    if (!names.has(name)) names.set(name, `${kind}${names.size}`);
    return names.get(name)!;
  });
}

function quietLogger(warnings: string[]) {
  const logger = {
    level: () => logger,
    error: (...words: unknown[]) => (warnings.push(words.join(" ")), logger),
    warn: (...words: unknown[]) => (warnings.push(words.join(" ")), logger),
    info: () => logger,
    debug: () => logger,
  };
  return logger as unknown as NonNullable<Parameters<typeof compile>[1]>["logger"] & object;
}
