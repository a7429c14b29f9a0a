import {
  type ImageCorruptionName,
  imageCorruptions,
  type ImageSide,
  type MnistCorruption,
  mnistCorruptions,
  type MnistOptions,
} from "../corruptions/mod.ts";
import { CIFAR100_C, CIFAR10_C, findCifarC, type PublishedCorruptions } from "./cifar_c.ts";
import { frostTextures } from "./frost_textures.ts";
import { imageC } from "./image_c.ts";
import { findImageFolderC } from "./image_folder_c.ts";
import { IMAGENET_C, TINY_IMAGENET_C } from "./image_folder_c_sources.ts";
import { select, subset } from "./image_set.ts";
import { keeping } from "./kept_images.ts";
import { mnistC } from "./mnist_c.ts";
import { findMnistC, MNIST_C } from "./mnist_c_archive.ts";
import type { Dataset, ImageSet } from "./types.ts";

/** The test images of a data set under one corruption, with their labels. */
export interface CorruptedSet {
  /** Its name in results, e.g. "fog"; with its severity where there are several, e.g. "fog/3". */
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
  /**
   * MNIST-C otherwise than its authors made it: its sets are made here, and those of corruptions with fewer severities at
   * their highest.
   */
  mnist?: MnistOptions;
}

/** How the corrupted sets of a data set are made; a new data set is a line here. */
const SETS: Record<
  string,
  (dataset: Dataset, options: CorruptedOptions) => Promise<CorruptedSet[]>
> = {
  mnist: mnistSets,
  cifar10: async (dataset, options) =>
    imageSets(dataset, options, { published: await findCifarC(CIFAR10_C, options), some: subset }),
  cifar100: async (dataset, options) =>
    imageSets(dataset, options, { published: await findCifarC(CIFAR100_C, options), some: subset }),
  tiny_imagenet: async (dataset, options) => {
    const published = await findImageFolderC(TINY_IMAGENET_C, classesAndPlace(dataset, options));
    return imageSets(dataset, options, { published, some: evenly });
  },
  imagenet: async (dataset, options) => {
    const published = await findImageFolderC(IMAGENET_C, classesAndPlace(dataset, options));
    return imageSets(dataset, options, { published, some: evenly });
  },
};

/**
 * The corrupted test sets that a network trained on `dataset` is tested with (paper, section 5.1): of MNIST the 15 of
 * MNIST-C, without its clean `identity`; of colour images all 19 at five severities, of which `imageCorruptionLists` names
 * those of a mean. None for a data set that the paper does not corrupt.
 *
 * Published sets are used where they are on this machine; else the images are made from `dataset.test`. Either way there are
 * no more images than in `dataset.test`.
 *
 * Made images of MNIST are kept in the data folder, where one is named, for as long as this code is the same; a core makes them
 * in 20 seconds. CIFAR10's, 2.9 GB, are made anew in two minutes. ImageNet's take half a day: for it the published archives are
 * the better choice.
 */
export async function corruptedSets(
  dataset: Dataset,
  options: CorruptedOptions,
): Promise<CorruptedSet[]> {
  return await SETS[dataset.name]?.(dataset, options) ?? [];
}

async function mnistSets({ test }: Dataset, options: CorruptedOptions) {
  const { seed, mnist } = options;
  const published = mnist === undefined ? await findMnistC(MNIST_C, options) : undefined;
  return Object.values<MnistCorruption>(mnistCorruptions).map((corruption): CorruptedSet => {
    const { name, title, severities } = corruption;
    const { severity } = mnist ?? {};
    const how = {
      ...mnist,
      ...(severity !== undefined && { severity: Math.min(severity, severities) }),
    };
    return {
      name,
      title,
      source: published === undefined ? "generated" : "published",
      load: async () => {
        if (published === undefined) {
          const images = mnistC(test, name, { seed, ...how });
          return keeping(images, {
            data: options.data,
            how: { mnistC: { seed, ...how } },
            source: test,
          });
        }
        const images = await published.load(name);
        return subset(images, Math.min(images.count, test.count));
      },
    };
  });
}

/** @param some takes fewer images of a published set */
function imageSets(
  { test }: Dataset,
  { seed, data }: CorruptedOptions,
  { published, some }: {
    published: PublishedCorruptions | undefined;
    some: typeof subset<ImageSet>;
  },
): CorruptedSet[] {
  const places = data === undefined ? {} : { data };
  const names = Object.keys(imageCorruptions) as ImageCorruptionName[];
  return names.flatMap((name) =>
    [1, 2, 3, 4, 5].map((severity): CorruptedSet => ({
      name: `${name}/${severity}`,
      title: `${imageCorruptions[name].title}, severity ${severity}`,
      source: published === undefined ? "generated" : "published",
      async load() {
        if (published !== undefined) {
          const images = await published.load(name, severity);
          return some(images, Math.min(images.count, test.count));
        }
        const images = imageC(test, name, severity, { seed, ...places });
        // without the textures it is this set that is missing, and not an image of it
        if (name === "frost") await frostTextures(test.shape[0] as ImageSide, places);
        return images;
      },
    }))
  );
}

/** `count` images of a set, evenly spaced: where it is sorted by class, of every class. All of them are in its order. */
function evenly(set: ImageSet, count: number): ImageSet {
  if (count === set.count) return set;
  return select(
    set,
    Uint32Array.from({ length: count }, (_, i) => Math.floor(i * set.count / count)),
  );
}

/** The WordNet ids, where the data set calls its classes by them. */
function classesAndPlace({ classNames }: Dataset, { data }: CorruptedOptions) {
  const known = classNames.every((name) => /^n\d{8}$/.test(name));
  return { ...(data !== undefined && { data }), ...(known && { wnids: classNames }) };
}
