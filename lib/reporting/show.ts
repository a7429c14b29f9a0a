import { isNotebook } from "../progress/mod.ts";
import { folderOf, shortPath, writeFigure, writeTable } from "./files.ts";
import { type Figure, isEmpty, type Table } from "./figure.ts";
import { renderSvg } from "./render.ts";
import { readSettings, type Settings } from "./settings.ts";
import { tableHtml, tableMarkdown } from "./table_text.ts";

// Deno's kernel can call a cell done before its outputs have left; Jupyter then drops them. Measured:
// none of 300 outputs lost after 10 ms, none of 40 of 2 MB after 20 ms.
const settleMilliseconds = 40;

/**
 * Shows a figure or a table in the notebook, and writes its files to figures/<scale>/. Outside a
 * notebook it only writes, and prints where. One without any result is shown, and written nowhere; so
 * is a string. One that is still being drawn is awaited: `await show(draw("figure_02"))`.
 */
export async function show(
  shown: Figure | Table | string | Promise<Figure | Table | string>,
  options: { settings?: Settings } = {},
): Promise<void> {
  const item = await shown;
  if (typeof item === "string") {
    return isNotebook() ? await display({ "text/plain": item }) : console.log(item);
  }
  const { figures } = options.settings ?? readSettings();
  const stem = shortPath(`${folderOf(item, figures)}/${item.name}`);
  const isWritten = !isEmpty(item);
  if (!isWritten && !isNotebook()) return console.log(`${stem}: not written, no result yet`);
  if ("spec" in item) {
    const svg = isWritten ? (await writeFigure(item, figures)).svg : await renderSvg(item.spec);
    if (!isNotebook()) return console.log(`${stem}.{svg,png,vl.json,csv}: ${item.summary}`);
    return await display({
      "application/vnd.vegalite.v5+json": item.spec,
      "image/svg+xml": svg,
      "text/plain": item.summary,
    });
  }
  if (isWritten) writeTable(item, figures);
  if (!isNotebook()) return console.log(`${stem}.{md,csv}`);
  const markdown = tableMarkdown(item);
  await display({
    "text/html": tableHtml(item),
    "text/markdown": markdown,
    "text/plain": markdown,
  });
}

async function display(bundle: Record<string, unknown>): Promise<void> {
  await Deno.jupyter.display(bundle, { raw: true });
  await new Promise((done) => setTimeout(done, settleMilliseconds));
}
