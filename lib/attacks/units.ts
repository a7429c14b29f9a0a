/** In which order AutoAttack's attacks and batches come: what an attack leaves is put into new batches for the next. */
import { type AttackName, attackNames, type Preset } from "./presets.ts";
import { fooledByEntry, ROBUST } from "./state.ts";

/** One attack on one batch. */
export interface Unit {
  attack: AttackName;
  /** Which images. */
  images: number[];
  /** How much of the whole run is done before it and after it, 0 to 1. */
  from: number;
  to: number;
}

/** How long an attack takes about, in forward passes; a backward pass takes two. */
function costOf(attack: AttackName, { iterations, targets, queries }: Preset): number {
  switch (attack) {
    case "apgd-ce":
      return 3 * iterations;
    case "apgd-t":
      return 3 * iterations * targets;
    case "fab-t":
      return 4 * iterations * targets;
    case "square":
      return queries;
  }
}

/**
 * The units of a run. They depend on what was fooled before, and so the next is only known when the one before is done; those
 * that a resumed run has behind it come again, the same.
 *
 * @param fooledBy As in the run's standing, which the run writes to between the units
 */
export function* unitsOf({ fooledBy, attacks, batchSize, preset }: {
  fooledBy: Uint8Array;
  attacks: readonly AttackName[];
  batchSize: number;
  preset: Preset;
}): Generator<Unit> {
  const costs = attacks.map((attack) => costOf(attack, preset));
  const total = costs.reduce((sum, cost) => sum + cost, 0);
  const before = attacks.map((_, i) => costs.slice(0, i).reduce((sum, cost) => sum + cost, 0));
  const all = Array.from(fooledBy.keys());
  for (const [i, attack] of attacks.entries()) {
    const batches = batched(all.filter((image) => isLeft(fooledBy[image]!, attack)), batchSize);
    for (const [b, images] of batches.entries()) {
      const at = (batch: number) => (before[i]! + costs[i]! * batch / batches.length) / total;
      yield { attack, images, from: at(b), to: at(b + 1) };
    }
  }
}

/** Whether an image was not fooled before `attack`, whatever happened since. */
export function isLeft(entry: number, attack: AttackName): boolean {
  return entry === ROBUST || entry >= fooledByEntry(attack);
}

/** The attack of an entry of `fooledBy`, `"clean"` or null. */
export function nameOf(entry: number): AttackName | "clean" | null {
  if (entry === ROBUST) return null;
  return attackNames[entry - fooledByEntry(attackNames[0])] ?? "clean";
}

function batched(images: readonly number[], size: number): number[][] {
  return Array.from(
    { length: Math.ceil(images.length / size) },
    (_, i) => images.slice(i * size, (i + 1) * size),
  );
}
