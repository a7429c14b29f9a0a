import { loadTestSet } from "./catalogue.ts";
import { isMade, setTitle, unknownSetNames } from "./facts.ts";
import { IMAGENET_O } from "./imagenet_o.ts";
import { noLabels, subset } from "./image_set.ts";
import { loadImageTree } from "./image_tree.ts";
import { INATURALIST } from "./inaturalist.ts";
import { loadOmniglot, OMNIGLOT, type OmniglotOptions } from "./omniglot.ts";
import { keeping } from "./kept_images.ts";
import { loadSvhn } from "./svhn.ts";
import {
  blobs,
  permutedPixels,
  type PhaseChoices,
  randomPhases,
  uniformNoise,
} from "./synthetic.ts";
import { loadTextures, type TexturesOptions } from "./textures.ts";
import type { Dataset, FloatImageSet, ImageSet, ImageShape, LoadOptions } from "./types.ts";

/** A set of images of none of the classes that a network was trained on. */
export interface UnknownSet {
  /** Its name in results, e.g. "uniform". */
  readonly name: string;
  /** Its name in figures, e.g. "Uniform noise". */
  readonly title: string;
  /** Throws MissingDataError when its files are not on this machine. */
  load(): Promise<ImageSet | FloatImageSet>;
}

/** What the paper leaves open of the sets; each set's function says what it takes by default. */
export interface UnknownChoices {
  omniglot?: OmniglotOptions;
  textures?: TexturesOptions;
  blobs?: { sigma?: number; mixChannels?: boolean };
  uniform?: { values?: "continuous" | "bytes" };
  permuted?: { permutation?: "per_image" | "shared" };
  phase?: PhaseChoices;
}

// the paper's section 5.1 puts this many images in each synthetic set
const SYNTHETIC_COUNT = 10_000;

/** How a set is loaded for a network that takes `shape`. */
type Load = (
  shape: ImageShape,
  choices: UnknownChoices,
  options: LoadOptions,
) => Promise<ImageSet>;

/** The sets that serve as unknown classes only; the others are test sets of the catalogue. */
const OTHERS: Readonly<Record<string, Load>> = {
  omniglot: (_, { omniglot }, places) => loadOmniglot({ ...omniglot, ...places }),
  textures: (shape, { textures }, places) => loadTextures(shape, { ...textures, ...places }),
  svhn: (_shape, _choices, places) => loadSvhn(places),
  inaturalist: (shape, _, places) => loadImageTree(INATURALIST, shape, places),
  imagenet_o: (shape, _, places) => loadImageTree(IMAGENET_O, shape, places),
};

/**
 * The sets of unknown classes that a network trained on `dataset` is tested with (paper, section 5.1): the test sets of three
 * others, and four synthetic ones, of which "permuted" and "phase" are made from the images of `dataset.test`.
 *
 * The test sets are used whole and the synthetic ones have 10,000 images (those made from fewer test images as many as there
 * are), or the first `count` of each. No image of theirs has a label. Photographs are made to fit as `fitImage` says.
 */
export function unknownSets(
  dataset: Dataset,
  { count, seed, data, choices = {} }: {
    count?: number;
    seed: number;
    data?: string;
    choices?: UnknownChoices;
  },
): UnknownSet[] {
  const shape = dataset.imageShape;
  const places = data === undefined ? {} : { data };
  const all = { count: count ?? SYNTHETIC_COUNT, seed };
  const fromTest = { count: Math.min(all.count, dataset.test.count), seed };
  const asked = { ...places, ...(count !== undefined && { testCount: count }) };
  const others = unknownSetNames(dataset.name).filter((name) => !isMade(name)).map(
    (name): UnknownSet => {
      const load: Load = OTHERS[name] ??
        ((_shape, _choices, options) => loadTestSet(name, options));
      const loaded = () => load(shape, choices, asked);
      return {
        name,
        title: titleOf(name),
        load: async () => {
          const set = withoutLabels(await loaded(), { name, count, shape });
          if (name !== OMNIGLOT.name) return set;
          // Its pixels are known where they were checked, and resizing them takes long.
          const how = { omniglot: choices.omniglot, pixels: OMNIGLOT.pixels, origin: set.origin };
          return keeping(set, { data, how });
        },
      };
    },
  );
  const { test } = dataset;
  return [
    ...others,
    synthetic("blobs", () => {
      const how = { ...choices.blobs, ...all };
      return keeping(blobs(shape, how), { data, how: { blobs: how } });
    }),
    // Drawn about as fast as they would be read.
    synthetic("uniform", () => uniformNoise(shape, { ...choices.uniform, ...all })),
    synthetic("permuted", () => {
      const how = { ...choices.permuted, ...fromTest };
      return keeping(permutedPixels(test, how), {
        data,
        how: { permutedPixels: how },
        source: test,
      });
    }),
    synthetic("phase", () => {
      const how = { ...choices.phase, ...fromTest };
      return keeping(randomPhases(test, how), { data, how: { randomPhases: how }, source: test });
    }),
  ];
}

function synthetic(name: string, make: () => ImageSet | FloatImageSet): UnknownSet {
  // what goes wrong in making it rejects the promise, as with sets from files
  return { name, title: titleOf(name), load: () => Promise.resolve().then(make) };
}

function titleOf(name: string): string {
  return setTitle(name) ?? name;
}

function withoutLabels(
  set: ImageSet,
  { name, count = set.count, shape }: {
    name: string;
    count?: number | undefined;
    shape: ImageShape;
  },
): ImageSet {
  if (String(set.shape) !== String(shape)) {
    throw new TypeError(
      `Cannot use "${name}" as unknown classes: its images are [${set.shape}], wanted [${shape}]`,
    );
  }
  const first = subset(set, Math.min(count, set.count));
  return { ...first, name, labels: noLabels(first.count) };
}
