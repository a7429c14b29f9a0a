import { writeAtomically } from "../files/mod.ts";

/** What a stage has measured so far, by name and on the disk, so that an interrupted one goes on with the next. */
export interface Kept<Value> {
  get(name: string): Value | undefined;
  /** Keeps a value; it is on the disk when this returns. One that is there stays. */
  add(name: string, value: Value): void;
  /** Forgets all values, where what they were measured of begins anew. */
  clear(): void;
}

/**
 * Opens the file in which a stage keeps what it has measured.
 *
 * @param identity Everything that the numbers depend on: what was measured under another one does not count, nor does a
 *   damaged file; the stage then starts anew
 */
export function openKept<Value>(file: string, identity: unknown): Kept<Value> {
  const key = JSON.stringify(identity);
  const values = new Map<string, Value>(Object.entries(readKept<Value>(file, key)));
  const write = () =>
    writeAtomically(file, JSON.stringify({ key, values: Object.fromEntries(values) }));
  return {
    get: (name) => values.get(name),
    add(name, value) {
      if (values.has(name)) return;
      values.set(name, value);
      write();
    },
    clear() {
      if (values.size === 0) return;
      values.clear();
      write();
    },
  };
}

function readKept<Value>(file: string, key: string): Record<string, Value> {
  try {
    const stored = JSON.parse(Deno.readTextFileSync(file));
    return stored?.key === key ? stored.values : {};
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return {};
    throw error;
  }
}
