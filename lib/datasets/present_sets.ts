import { hasIdxSplit, idxSources, idxState } from "./idx_set.ts";
import type { DataSource } from "./source.ts";
import { type SourceState, sourceState } from "./source_files.ts";
import { dataSources } from "./sources.ts";
import type { PlaceOptions } from "./types.ts";

// unknown_sets.ts makes these, of nothing or of the test images
const MADE_HERE = ["blobs", "uniform", "permuted", "phase"];

/**
 * The names of the data sets whose test images are on this machine, by their files' names and lengths: enough to try and load
 * them, when their hashes are compared. The synthetic sets are always there.
 */
export async function presentSets(places: PlaceOptions = {}): Promise<Set<string>> {
  const present = new Set(MADE_HERE);
  for (const source of dataSources) {
    const idx = idxOf(source);
    const isThere = idx === undefined
      ? (await sourceState(source, places)).state === "present"
      : hasIdxSplit(idx, "test", places);
    if (isThere) present.add(source.name);
  }
  return present;
}

/** What is there of a data set, by names and lengths, or by hashes with `verify`; `installed`: where a package installs it. */
export async function setState(
  source: DataSource,
  options: PlaceOptions & { verify?: boolean } = {},
): Promise<SourceState & { installed: boolean }> {
  const idx = idxOf(source);
  if (idx !== undefined) return await idxState(idx, options);
  return { ...await sourceState(source, options), installed: false };
}

function idxOf({ name }: DataSource) {
  return idxSources.find((source) => source.name === name);
}
