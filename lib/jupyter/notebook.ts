import { z } from "zod";

// nbformat 4: https://nbformat.readthedocs.io/en/latest/format_description.html
const NOTEBOOK = z.object({
  cells: z.array(z.object({
    cell_type: z.string(),
    source: z.union([z.string(), z.array(z.string())]),
    outputs: z.array(z.unknown()).optional(),
  })),
});

/** A cell of a notebook. */
export interface Cell {
  /** Counted from 1 over all cells. */
  readonly number: number;
  readonly isCode: boolean;
  readonly source: string;
  readonly outputs: number;
}

/**
 * Reads a notebook's cells.
 *
 * @throws {TypeError} When the file is no notebook of format 4
 */
export async function readNotebook(path: string): Promise<Cell[]> {
  let content: unknown;
  try {
    content = JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new TypeError(`${path} is no notebook: ${error.message}`);
    }
    throw error;
  }
  const { success, data } = NOTEBOOK.safeParse(content);
  if (!success) throw new TypeError(`${path} is no notebook of format 4: it has no list of cells.`);
  return data.cells.map((cell, index) => ({
    number: index + 1,
    isCode: cell.cell_type === "code",
    source: Array.isArray(cell.source) ? cell.source.join("") : cell.source,
    outputs: cell.outputs?.length ?? 0,
  }));
}

/**
 * The code cells that should display something and have no output: what an execution lost, or never made.
 *
 * A cell should display when its last statement is an expression, or when it calls `show`, `display` or `console.log`
 * anywhere; cells of imports and declarations need not.
 */
export async function missingOutputs(path: string): Promise<Cell[]> {
  return (await readNotebook(path))
    .filter(({ isCode, source, outputs }) => isCode && outputs === 0 && shouldDisplay(source));
}

const DISPLAYS = /\b(show\w*|display|console\.(log|table))\(/;
const DECLARES =
  /^(import|export|const|let|var|type|interface|function|async function|class|for|while|if|try)\b/;

function shouldDisplay(source: string): boolean {
  // A statement starts where a line is neither indented, nor a comment, nor the end of the statement before.
  const starts = source.split("\n").filter((line) => /^[^\s})\]/*]/.test(line));
  const last = starts.at(-1);
  if (last === undefined) return false;
  return DISPLAYS.test(source) || !DECLARES.test(last);
}

/**
 * A notebook's code as one TypeScript module, so that it can be type-checked; each cell under a comment with its
 * number. Names must be declared once per notebook. Relative imports hold in the notebook's own folder.
 */
export async function notebookToScript(path: string): Promise<string> {
  return (await readNotebook(path))
    .filter(({ isCode }) => isCode)
    .map(({ number, source }) => `// Cell ${number}\n${source.trimEnd()}\n`)
    .concat("export {};\n")
    .join("\n");
}
