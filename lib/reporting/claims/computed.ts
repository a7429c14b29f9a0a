import type { ClaimStatistic, Unit } from "./claim.ts";

/** A number that no trial stands behind: it is handed in by its name, and exact unless it comes from a measurement. */
export function computedNumber(name: string, words: string, unit: Unit): ClaimStatistic {
  return {
    words,
    unit,
    find: ({ computed }) => {
      const found = computed[name];
      return found && { ...found, conditions: [], trials: [] };
    },
  };
}
