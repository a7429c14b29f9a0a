import { writeAtomically } from "../files/mod.ts";

/** What a stage has measured of its sets so far, so that an interrupted one goes on with the next. */
export interface MeasuredSets<Value> {
  get(set: string): Value | undefined;
  /** Keeps what was measured of a set; it is on the disk when this returns. */
  add(set: string, value: Value): void;
}

/**
 * Opens the file in which a stage keeps what it has measured.
 *
 * @param identity Everything that the numbers depend on, such as the weights: what was measured under another one does not
 *   count, nor does a damaged file; the stage then starts anew
 */
export function openMeasuredSets<Value>(file: string, identity: string): MeasuredSets<Value> {
  const sets = new Map<string, Value>(Object.entries(readSets<Value>(file, identity)));
  return {
    get: (set) => sets.get(set),
    add(set, value) {
      sets.set(set, value);
      writeAtomically(file, JSON.stringify({ identity, sets: Object.fromEntries(sets) }));
    },
  };
}

function readSets<Value>(file: string, identity: string): Record<string, Value> {
  try {
    const stored = JSON.parse(Deno.readTextFileSync(file));
    return stored?.identity === identity ? stored.sets : {};
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return {};
    throw error;
  }
}
