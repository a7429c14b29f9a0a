import { FASHION_MNIST } from "./fashion_mnist.ts";
import { hasIdxSplit } from "./idx_set.ts";
import { KMNIST } from "./kmnist.ts";
import { MNIST } from "./mnist.ts";
import { sourceState } from "./source_files.ts";
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
  const idx = new Map([MNIST, FASHION_MNIST, KMNIST].map((source) => [source.name, source]));
  for (const source of dataSources) {
    const idxSource = idx.get(source.name);
    const isThere = idxSource === undefined
      ? (await sourceState(source, places)).state === "present"
      // also where a package installs it
      : await hasIdxSplit(idxSource, "test", places);
    if (isThere) present.add(source.name);
  }
  return present;
}
