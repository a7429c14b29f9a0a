/** The benchmark's file: one row per name, of this run and of earlier ones. */
import { writeAtomically } from "../../lib/files/mod.ts";

interface Row {
  name: string;
  disturbed?: string;
}

/** Rows in a file, written after each one; or nowhere, where there is no file. */
export class StoredRows {
  readonly #path: string | undefined;
  readonly #rows: Map<string, Row>;

  private constructor(path: string | undefined, rows: readonly Row[]) {
    this.#path = path;
    this.#rows = new Map(rows.map((row) => [row.name, row]));
  }

  /**
   * @param path undefined to store nothing
   * @throws {Error} where the file cannot be written, or holds something else
   */
  static async open(path: string | undefined): Promise<StoredRows> {
    if (path === undefined) return new StoredRows(path, []);
    (await Deno.open(path, { write: true, create: true })).close();
    const text = await Deno.readTextFile(path);
    const rows = text.trim() === "" ? [] : JSON.parse(text);
    if (!Array.isArray(rows)) throw new Error("it holds no rows of this benchmark");
    return new StoredRows(path, rows);
  }

  /** Whether that row was measured, and not disturbed. */
  has(name: string): boolean {
    const row = this.#rows.get(name);
    return row !== undefined && row.disturbed === undefined;
  }

  /** Stores a row in the place of the one of its name. */
  put(row: Row): void {
    this.#rows.set(row.name, row);
    if (this.#path === undefined) return;
    writeAtomically(this.#path, `${JSON.stringify([...this.#rows.values()], null, 2)}\n`);
  }
}
