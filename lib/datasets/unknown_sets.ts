import { datasetTitle, loadTestSet } from "./catalogue.ts";
import { IMAGENET_O } from "./imagenet_o.ts";
import { noLabels, subset } from "./image_set.ts";
import { loadImageTree } from "./image_tree.ts";
import { INATURALIST } from "./inaturalist.ts";
import { loadOmniglot, OMNIGLOT, type OmniglotOptions } from "./omniglot.ts";
import { loadSvhn, SVHN } from "./svhn.ts";
import { blobs, permutedPixels, randomPhases, uniformNoise } from "./synthetic.ts";
import { loadTextures, TEXTURES, type TexturesOptions } from "./textures.ts";
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
  permuted?: { permutation?: "per_image" | "shared" };
  phase?: { field?: "per_image" | "per_channel" };
}

// the paper's section 5.1 puts this many images in each synthetic set
const SYNTHETIC_COUNT = 10_000;

const PHOTOGRAPHS = ["textures", "inaturalist", "imagenet_o"];

/** The test sets of other classes, per data set, as in section 5.1; those of Fashion-MNIST and KMNIST follow MNIST's. */
const OTHER_CLASSES: Record<string, readonly string[]> = {
  mnist: ["omniglot", "fashion_mnist", "kmnist"],
  fashion_mnist: ["omniglot", "mnist", "kmnist"],
  kmnist: ["omniglot", "mnist", "fashion_mnist"],
  cifar10: ["textures", "svhn", "cifar100"],
  cifar100: ["textures", "svhn", "cifar10"],
  tiny_imagenet: PHOTOGRAPHS,
  imagenet: PHOTOGRAPHS,
};

/** How a set is loaded for a network that takes `shape`. */
interface Other {
  title: string;
  load(shape: ImageShape, choices: UnknownChoices, options: LoadOptions): Promise<ImageSet>;
}

/** The sets that serve as unknown classes only; the others are test sets of the catalogue. */
const OTHERS: Record<string, Other> = {
  omniglot: {
    title: OMNIGLOT.title,
    load: (_, { omniglot }, places) => loadOmniglot({ ...omniglot, ...places }),
  },
  textures: {
    title: TEXTURES.title,
    load: (shape, { textures }, places) => loadTextures(shape, { ...textures, ...places }),
  },
  svhn: { title: SVHN.title, load: (_shape, _choices, places) => loadSvhn(places) },
  inaturalist: {
    title: INATURALIST.title,
    load: (shape, _, places) => loadImageTree(INATURALIST, shape, places),
  },
  imagenet_o: {
    title: IMAGENET_O.title,
    load: (shape, _, places) => loadImageTree(IMAGENET_O, shape, places),
  },
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
  const others = (OTHER_CLASSES[dataset.name] ?? []).map((name): UnknownSet => {
    const { title, load } = OTHERS[name] ?? ofCatalogue(name);
    const loaded = () => load(shape, choices, asked);
    return {
      name,
      title,
      load: async () => withoutLabels(await loaded(), { name, count, shape }),
    };
  });
  return [
    ...others,
    synthetic("blobs", "Blobs", () => blobs(shape, { ...choices.blobs, ...all })),
    synthetic("uniform", "Uniform noise", () => uniformNoise(shape, all)),
    synthetic(
      "permuted",
      "Permuted pixels",
      () => permutedPixels(dataset.test, { ...choices.permuted, ...fromTest }),
    ),
    synthetic(
      "phase",
      "Random phases",
      () => randomPhases(dataset.test, { ...choices.phase, ...fromTest }),
    ),
  ];
}

function ofCatalogue(name: string): Other {
  return {
    title: datasetTitle(name),
    load: (_shape, _choices, options) => loadTestSet(name, options),
  };
}

function synthetic(
  name: string,
  title: string,
  make: () => ImageSet | FloatImageSet,
): UnknownSet {
  // what goes wrong in making it rejects the promise, as with sets from files
  return { name, title, load: () => Promise.resolve().then(make) };
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
