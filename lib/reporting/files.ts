import { join, relative } from "node:path";
import { writeAtomically } from "../files/mod.ts";
import type { Figure, Table } from "./figure.ts";
import { renderPng, renderSvg } from "./render.ts";
import { projectFolder } from "./settings.ts";
import { tableMarkdown, toCsv } from "./table_text.ts";

/** The folder below figures/ of a figure or table: its scale's, or none. */
export function folderOf({ scale }: Pick<Figure, "scale">, figures: string): string {
  return scale === undefined ? figures : join(figures, scale);
}

/**
 * Writes a figure as <name>.svg, .png, .vl.json and .csv; each file whole or not at all.
 *
 * @returns the drawing, and the paths written.
 */
export async function writeFigure(
  figure: Figure,
  figures: string,
): Promise<{ svg: string; paths: string[] }> {
  const svg = await renderSvg(figure.spec);
  const paths = writeAll(join(folderOf(figure, figures), figure.name), {
    ".svg": svg,
    ".png": renderPng(svg),
    ".vl.json": JSON.stringify(figure.spec, null, 1) + "\n",
    ".csv": toCsv(figure.data),
  });
  return { svg, paths };
}

/** Writes a table as <name>.md and .csv. */
export function writeTable(table: Table, figures: string): string[] {
  return writeAll(join(folderOf(table, figures), table.name), {
    ".md": tableMarkdown(table),
    ".csv": toCsv(table.data ?? table.rows),
  });
}

/** A path as a reader in the project's folder would write it. */
export function shortPath(path: string): string {
  const inside = relative(projectFolder, path);
  return inside.startsWith("..") ? path : inside;
}

function writeAll(stem: string, contents: Record<string, string | Uint8Array>): string[] {
  return Object.entries(contents).map(([ending, content]) => {
    const path = `${stem}${ending}`;
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    // One that has these bytes already is left alone.
    if (!sameBytes(readIfThere(path), bytes)) writeAtomically(path, bytes);
    return path;
  });
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && a.length === b.length && a.every((byte, i) => byte === b[i]);
}
