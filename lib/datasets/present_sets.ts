import { madeNames } from "./facts.ts";
import { hasIdxSplit, idxSources, idxState } from "./idx_set.ts";
import type { DataSource } from "./source.ts";
import { type SourceState, sourceState } from "./source_state.ts";
import { dataSources } from "./sources.ts";
import type { PlaceOptions } from "./types.ts";

/** What there is of a set on this machine. */
export interface Presence {
  /** Whether its training images are there. */
  train: boolean;
  /** How many of its test images are there, where not all: its first. */
  testImages?: number;
}

/**
 * The data sets whose test images are on this machine, all or some, by their files' names and lengths: enough to try and load
 * them, when their hashes are compared. The synthetic sets are always there.
 */
export async function presentSets(places: PlaceOptions = {}): Promise<Map<string, Presence>> {
  const present = new Map<string, Presence>(madeNames.map((name) => [name, { train: false }]));
  for (const source of dataSources) {
    const idx = idxOf(source);
    if (idx !== undefined) {
      if (!hasIdxSplit(idx, "test", places)) continue;
      present.set(source.name, { train: hasIdxSplit(idx, "train", places) });
      continue;
    }
    const { state, train = true, testImages } = await sourceState(source, places);
    if (state !== "present" && state !== "partial") continue;
    present.set(source.name, { train, ...(testImages !== undefined && { testImages }) });
  }
  return present;
}

/** Whether a set has the test images that are asked for, all by default, and its training images where those are. */
export function isPresentFor(
  { train = false, testCount = Infinity }: { train?: boolean; testCount?: number | undefined },
  presence: Presence | undefined,
): boolean {
  if (presence === undefined || (train && !presence.train)) return false;
  return presence.testImages === undefined || testCount <= presence.testImages;
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
