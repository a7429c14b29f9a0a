import { type MnistCorruption, mnistCorruptions } from "../corruptions/mod.ts";
import { subset } from "./image_set.ts";
import { mnistC } from "./mnist_c.ts";
import { findMnistC } from "./mnist_c_archive.ts";
import { rawFolder } from "./raw_folder.ts";
import type { Dataset, ImageSet } from "./types.ts";

/** The test images of a data set under one corruption, with their labels. */
export interface CorruptedSet {
  /** Its name in results, e.g. "fog". */
  readonly name: string;
  /** Its name in figures, e.g. "Fog". */
  readonly title: string;
  /** Whether the images are those that its authors published, or made here by the same corruption. */
  readonly source: "published" | "generated";
  /** Throws MissingDataError when its files are not on this machine, DamagedDataError when they are others. */
  load(): Promise<ImageSet>;
}

/** What the sets are made of. */
export interface CorruptedOptions {
  /** The seed of what is random in generated images. */
  seed: number;
  /** The project's data folder, in whose raw/ published sets are looked for; default: data/ of this project. */
  data?: string;
}

/** How the corrupted sets of a data set are made; a new data set is a line here. */
const SETS: Record<
  string,
  (dataset: Dataset, options: CorruptedOptions) => Promise<CorruptedSet[]>
> = {
  mnist: mnistSets,
};

/**
 * The corrupted test sets that a network trained on `dataset` is tested with (paper, section 5.1): of MNIST the 15 of
 * MNIST-C, without its clean `identity`. None for a data set that the paper does not corrupt.
 *
 * Published sets are used where they are on this machine; else the images are made from `dataset.test`. Either way there are
 * no more images than in `dataset.test`.
 */
export async function corruptedSets(
  dataset: Dataset,
  options: CorruptedOptions,
): Promise<CorruptedSet[]> {
  return await SETS[dataset.name]?.(dataset, options) ?? [];
}

async function mnistSets({ test }: Dataset, { seed, data }: CorruptedOptions) {
  const published = await findMnistC(rawFolder("mnist_c", data));
  return Object.values<MnistCorruption>(mnistCorruptions).map(({ name, title }): CorruptedSet => ({
    name,
    title,
    source: published === undefined ? "generated" : "published",
    load: async () => {
      if (published === undefined) return mnistC(test, name, { seed });
      const images = await published.load(name);
      return subset(images, Math.min(images.count, test.count));
    },
  }));
}
