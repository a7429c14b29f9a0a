import { datasetTitle, loadTestSet } from "./catalogue.ts";
import { MissingDataError } from "./errors.ts";
import { noLabels, subset } from "./image_set.ts";
import { blobs, permutedPixels, randomPhases, uniformNoise } from "./synthetic.ts";
import type { Dataset, FloatImageSet, ImageSet, ImageShape, PlaceOptions } from "./types.ts";

/** A set of images of none of the classes that a network was trained on. */
export interface UnknownSet {
  /** Its name in results, e.g. "uniform". */
  readonly name: string;
  /** Its name in figures, e.g. "Uniform noise". */
  readonly title: string;
  /** Throws MissingDataError when its files are not on this machine. */
  load(): Promise<ImageSet | FloatImageSet>;
}

// the paper's section 5.1 puts this many images in each synthetic set
const DEFAULT_COUNT = 10_000;

/** The test sets of other classes, per data set. MNIST's are those of section 5.1; the others follow them. */
const OTHER_CLASSES: Record<string, readonly string[]> = {
  mnist: ["omniglot", "fashion_mnist", "kmnist"],
  fashion_mnist: ["omniglot", "mnist", "kmnist"],
  kmnist: ["omniglot", "mnist", "fashion_mnist"],
};

/**
 * The sets of unknown classes that a network trained on `dataset` is tested with (paper, section 5.1): test sets of other
 * classes, and four synthetic ones, of which "permuted" and "phase" are made from the images of `dataset.test`.
 *
 * Every set has its first `count` images, or all where it has fewer. No image of theirs has a label.
 */
export function unknownSets(
  dataset: Dataset,
  { count = DEFAULT_COUNT, seed, data }: { count?: number; seed: number; data?: string },
): UnknownSet[] {
  const shape = dataset.imageShape;
  const places = data === undefined ? {} : { data };
  const all = { count, seed };
  const fromTest = { count: Math.min(count, dataset.test.count), seed };
  const others = (OTHER_CLASSES[dataset.name] ?? []).map((name): UnknownSet => ({
    name,
    title: name === "omniglot" ? "Omniglot" : datasetTitle(name),
    load: async () => withoutLabels(await loadOther(name, places), { name, count, shape }),
  }));
  return [
    ...others,
    synthetic("blobs", "Blobs", () => blobs(shape, all)),
    synthetic("uniform", "Uniform noise", () => uniformNoise(shape, all)),
    synthetic("permuted", "Permuted pixels", () => permutedPixels(dataset.test, fromTest)),
    synthetic("phase", "Random phases", () => randomPhases(dataset.test, fromTest)),
  ];
}

function synthetic(
  name: string,
  title: string,
  make: () => ImageSet | FloatImageSet,
): UnknownSet {
  // what goes wrong in making it rejects the promise, as with sets from files
  return { name, title, load: () => Promise.resolve().then(make) };
}

async function loadOther(name: string, places: PlaceOptions): Promise<ImageSet> {
  if (name !== "omniglot") return await loadTestSet(name, places);
  throw new MissingDataError("omniglot", {
    reason: "its archive of PNG images cannot be read yet",
    whatToDo: "Nothing to do: the other sets are evaluated without it",
  });
}

function withoutLabels(
  set: ImageSet,
  { name, count, shape }: { name: string; count: number; shape: ImageShape },
): ImageSet {
  if (String(set.shape) !== String(shape)) {
    throw new TypeError(
      `Cannot use "${name}" as unknown classes: its images are [${set.shape}], wanted [${shape}]`,
    );
  }
  const first = subset(set, Math.min(count, set.count));
  return { ...first, name, labels: noLabels(first.count) };
}
