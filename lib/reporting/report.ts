import { cpus } from "node:os";
import type { Evidence } from "./evidence.ts";
import { catalogue } from "./catalogue.ts";
import { draw, itemsInOrder, sourceOf } from "./draw.ts";
import { fontFaces } from "./text_metrics.ts";
import { experiments } from "../experiments/mod.ts";
import { startProgress } from "../progress/mod.ts";
import { counted, isOfPaper, scaleTitles } from "./display.ts";
import type { Figure, Table } from "./figure.ts";
import { renderSvg } from "./render.ts";
import { projectFolder, type Settings } from "./settings.ts";
import { closingTable } from "./tables/closing.ts";
import { escapeHtml, toHtmlTable } from "./table_text.ts";
import type { Entry } from "./entry.ts";

/** What a section of the report is called, in the order of the report. */
const sections: readonly [section: string, title: string][] = [
  ["1", "Every task at a glance"],
  ["claims", "What the paper claims"],
  ["2", "The losses"],
  ["5.1", "Standard data sets"],
  ["5.2", "Long-tailed data"],
  ["5.3", "Continual learning"],
  ["5.4", "Semantic segmentation"],
  ["A.1", "Networks"],
  ["B.1", "The losses' hyper-parameters"],
  ["B.2", "From MM to HEM"],
  ["B.3", "The course of training"],
  ["beyond", "Beyond the paper"],
  ["assumptions", "What the paper's text left open"],
];

/**
 * The whole workbook as one HTML page without any other file: the closing table, then section by section each figure as SVG with
 * its numbers, and each table, as `draw()` has them; at the end where the results come from.
 */
export async function report(settings: Settings): Promise<string> {
  const drawn: { entry: Entry; item: Figure | Table }[] = [];
  const progress = startProgress("Drawing", catalogue.length, { unit: "figures and tables" });
  try {
    for (const entry of catalogue) {
      drawn.push({ entry, item: await draw(entry.name, { settings }) });
      progress.update(drawn.length, entry.name);
    }
  } finally {
    progress.finish();
  }
  const items = itemsInOrder().map((entry) => ({
    entry,
    drawn: drawn.find((one) => one.entry === entry)!.item,
  }));
  const claims = catalogue.find(({ name }) => name === "claims")!;
  const source = sourceOf(claims, settings, settings.scale);
  const parts: string[] = [];
  for (const [section, title] of sections) {
    const own = drawn.filter(({ entry }) => entry.section === section);
    parts.push(`<section id="${anchor(section)}"><h2>${heading(section, title)}</h2>`);
    if (section === "1") parts.push(tableBlock(await closingTable(items, source)));
    for (const { item } of own) {
      parts.push("spec" in item ? await figureBlock(item) : tableBlock(item));
    }
    parts.push("</section>");
  }
  const links = sections.map(([section, title]) =>
    `<a href="#${anchor(section)}">${heading(section, title)}</a>`
  );
  return page(
    `<nav>${links.join("")}</nav>${parts.join("\n")}${
      provenanceBlock([source.evidence, ...source.lesser])
    }`,
  );
}

function heading(section: string, title: string): string {
  return isOfPaper(section) ? `${section} ${escapeHtml(title)}` : escapeHtml(title);
}

function anchor(section: string): string {
  return `section-${section.replaceAll(".", "-")}`;
}

async function figureBlock(figure: Figure): Promise<string> {
  const svg = await renderSvg(figure.spec);
  // Ids of clip paths are of one drawing; on one page they need names of their own.
  const own = svg.replace(/\b(id="|url\(#|href="#)(clip|gradient)(\d+)/g, `$1${figure.name}_$2$3`)
    .replace("<svg ", `<svg role="img" aria-label="${escapeHtml(figure.summary)}" `);
  const columns = Object.fromEntries(Object.keys(figure.data[0] ?? {}).map((key) => [key, key]));
  const rows = figure.data.map((row) =>
    Object.fromEntries(Object.entries(row).map(([key, value]) => [key, rounded(value)]))
  );
  const numbers = rows.length === 0
    ? ""
    : `<details><summary>${counted(rows.length, "number")} behind it</summary>` +
      `<div class="wide">${toHtmlTable(columns, rows)}</div></details>`;
  return `<figure id="${figure.name}"><div class="wide">${own}</div>${numbers}</figure>`;
}

function rounded(value: string | number | null): string | number | null {
  return typeof value === "number" ? Number(value.toPrecision(5)) : value;
}

function tableBlock({ name, title, caption, columns, rows }: Table): string {
  return `<figure id="${name}"><h3>${escapeHtml(title)}</h3>` +
    `<div class="wide">${toHtmlTable(columns, rows)}</div>` +
    `<figcaption>${escapeHtml(caption)}</figcaption></figure>`;
}

/** By which code and on what the results were computed. */
function provenanceBlock(scales: readonly Evidence[]): string {
  const rows = scales.flatMap((evidence) =>
    Object.keys(experiments).flatMap((section) => {
      const { records } = evidence.results(section);
      if (records.length === 0) return [];
      const list = (of: (record: (typeof records)[number]) => string | undefined) =>
        [...new Set(records.map((record) => of(record) ?? "not recorded"))].join(", ");
      return [{
        section,
        scale: scaleTitles[evidence.scale],
        records: records.length,
        hours: (records.reduce((sum, { seconds }) => sum + seconds, 0) / 3600).toFixed(1),
        commit: list(({ provenance }) => provenance.commit?.slice(0, 8)),
        device: list(({ provenance }) => provenance.device),
        tensorflow: list(({ provenance }) => provenance.tensorflow),
        hardware: list(({ provenance }) => provenance.hardware ?? provenance.platform),
      }];
    })
  );
  const columns = {
    section: "Section",
    scale: "Scale",
    records: "Records",
    hours: "Hours",
    commit: "Commit",
    device: "Device",
    tensorflow: "TensorFlow",
    hardware: "Hardware",
  };
  return `<section id="provenance"><h2>Where the results come from</h2><p>${drawnBy()}</p><div class="wide">${
    toHtmlTable(columns, rows)
  }</div></section>`;
}

/**
 * What a mark stands for, under the pointer or a finger: Vega writes it on each mark of a drawing. Without script the page is the
 * same without it.
 */
const tooltips = `
const tip = document.createElement("div");
tip.id = "tip";
tip.hidden = true;
document.body.append(tip);
addEventListener("pointerover", (event) => {
  const mark = event.target.closest?.("figure svg [aria-roledescription$=point], figure svg [aria-roledescription~=mark][aria-label]");
  const text = (mark?.getAttribute("aria-label") ?? "").split("; ")
    .filter((part) => !/#[0-9a-f]{6}|^(x|y|text|fill|stroke|color|label|words|line)\\b/.test(part))
    .map((part) => part.replace(/\\d+\\.\\d{3,}/, (number) => Number(number).toPrecision(5))).join("\\n");
  tip.hidden = text === "";
  tip.textContent = text;
  const { innerWidth } = window;
  tip.style.left = Math.max(4, Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 4)) + "px";
  tip.style.top = event.clientY + 14 + "px";
});
`;

/** By which code the page itself was drawn, and where. */
export function drawnBy(): string {
  const commit = commitHere();
  const processors = cpus();
  return escapeHtml(
    `This page was drawn ${
      commit === "" ? "at an unknown commit" : `at commit ${commit}`
    } by Deno ` +
      `${Deno.version.deno} on ${processors[0]?.model.trim() ?? "an unnamed processor"} ` +
      `(${processors.length} cores). Each result below names its own commit and hardware; where the processor was not recorded, ` +
      "the platform.",
  );
}

/** The commit of this folder; "" outside a repository, and where there is no git. */
function commitHere(): string {
  try {
    const { stdout } = new Deno.Command("git", {
      args: ["describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"],
      cwd: projectFolder,
      stderr: "null",
    }).outputSync();
    return new TextDecoder().decode(stdout).trim();
  } catch {
    return "";
  }
}

const style = `
:root { color-scheme: light; }
body { font: 15px/1.5 Arimo, Arial, Helvetica, sans-serif; color: #222; margin: 0 auto; max-width: 60rem; padding: 1rem; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { font-size: 1.25rem; margin-top: 2.5rem; border-bottom: 1px solid #ddd; }
h3 { font-size: 1rem; margin: 0 0 .4rem; }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1rem; } a { color: #0072b2; }
figure { margin: 1.5rem 0; } figcaption { color: #666; font-size: .85rem; }
td div + div, td details + div { margin-top: .35rem; } td details, td summary { color: #666; font-size: .95em; }
.wide { overflow-x: auto; max-width: 100%; } .wide svg { max-width: 100%; height: auto; display: block; }
table { border-collapse: collapse; font-size: .8rem; } th, td { padding: .2rem .5rem; border-bottom: 1px solid #e6e6e6; text-align: left; vertical-align: top; }
th { border-bottom: 2px solid #555; white-space: nowrap; } td:first-child { min-width: 4.6em; } #claims td:nth-child(2) { min-width: 15em; } #claims td:nth-child(4) { min-width: 30em; } summary { cursor: pointer; color: #0072b2; font-size: .85rem; }
#tip { position: fixed; background: #222; color: #fff; font-size: .8rem; line-height: 1.35; padding: .3rem .5rem; border-radius: 3px; white-space: pre; max-width: 90vw; pointer-events: none; }
figure svg [aria-roledescription] path { pointer-events: all; }
@media (max-width: 600px) { body { padding: .6rem; font-size: 14px; } h1 { font-size: 1.3rem; } .wide svg { min-width: 34rem; } table:has(th:nth-child(6)) { min-width: 46rem; } nav { gap: .2rem .8rem; font-size: .9rem; }
  :is(#claims, #closing) table { min-width: 0; } :is(#claims, #closing) :is(table, tbody, td) { display: block; } :is(#claims, #closing) thead { display: none; } :is(#claims, #closing) tr { display: flex; flex-wrap: wrap; border-bottom: 1px solid #bbb; padding: .4rem 0; }
  :is(#claims, #closing) td { box-sizing: border-box; border: 0; padding: .1rem .8rem .1rem 0; text-align: left !important; } :is(#claims, #closing) td:nth-child(2) { font-weight: bold; min-width: 100%; } :is(#claims, #closing) td:nth-child(6)::before { content: "trials: "; }
  #claims td:nth-child(4) { min-width: 100%; } #claims td:nth-child(3) { order: -1; } #claims td:nth-child(1) { order: -2; }
  #closing td:nth-child(8) { order: -1; } #closing td:nth-child(1) { order: -2; } #closing td:nth-child(3)::before { content: "ours: "; } #closing td:nth-child(4)::before { content: "paper: "; } #closing td:nth-child(5)::before { content: "scale: "; } #closing td:nth-child(-n+4):nth-child(n+3) { min-width: 100%; } }
@media print { @page { margin: 14mm; } #tip { display: none; } a { color: inherit; text-decoration: none; } h2, h3 { break-after: avoid; } tr { break-inside: avoid; } body { max-width: none; font-size: 10pt; } nav, details { display: none; } td details { display: block; } td details::details-content { content-visibility: visible; } td summary, td details::details-content { display: inline; } td summary::after { content: ": "; } figure { break-inside: avoid; } .wide { overflow: visible; } table { font-size: 6.2pt; } figcaption { font-size: 7pt; } th, td { padding: 1pt 2pt; white-space: normal; overflow-wrap: break-word; } #claims td:nth-child(n) { min-width: 0; } }
`;

function page(body: string): string {
  const title = "A margin-based replacement for cross-entropy loss: a reproduction";
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${fontFaces()}${style}</style></head>
<body><h1>${title}</h1>
<p>Every figure, table and claim, drawn from stored results. Each stands at the best scale that has results of it, a sweep at the best that has all of it, a comparison at that of its figure, and says so; results of different scales never share a figure or a mean.</p>
${body}
<script>${tooltips}</script>
</body></html>
`;
}
