import type { ImageShape } from "./types.ts";

/*
 * What is known of each data set without opening a file: the one place where experiments, figures and loaders look it up.
 */

/** A set that networks are trained on. */
export interface DatasetFacts {
  /** Its name in figures, as the paper has it. */
  title: string;
  /** What is labelled: images, or pixels. */
  task: "classification" | "segmentation";
  /** Grey digits and characters, photographs, or scenes: what has its corruptions and budgets in common. */
  family: "digits" | "photographs" | "scenes";
  classes: number;
  /** Height, width and channels of its images; absent where they differ. */
  shape?: ImageShape;
  /** How many images the official set has; 0 of one that is made. */
  images: { train: number; test: number };
  /** The sets of unknown classes that it is tested with (A.1.2), in the paper's order. */
  unknownSets: readonly string[];
  /** How many corrupted copies of its test set there are, severities counted one by one (A.1.2). */
  corruptedSets: number;
  /** Budgets of the attacks on networks trained on it, for pixels in [0, 1] (A.1.2). */
  epsilon?: { linf: number; l2: number };
}

// A.1.2; made of nothing (the first two) or of the test images
const MADE = {
  blobs: "Random blobs",
  uniform: "Uniform noise",
  permuted: "Permuted pixels",
  phase: "Random phase",
};
/** The names of the sets that are made, and need no files. */
export const madeNames = Object.keys(MADE);
const PHOTOGRAPHS = ["textures", "inaturalist", "imagenet_o", ...madeNames];

const DIGITS = {
  task: "classification",
  family: "digits",
  classes: 10,
  shape: [28, 28, 1],
  images: { train: 60_000, test: 10_000 },
  // MNIST-C, without its clean copy
  corruptedSets: 15,
  // A.1.2
  epsilon: { linf: 0.3, l2: 2 },
} as const;

const PHOTOGRAPH = {
  task: "classification",
  family: "photographs",
  // 19 corruptions at five severities
  corruptedSets: 19 * 5,
  // A.1.2; the L-infinity budget is lost in the paper's text: 8/255 is the library's default
  epsilon: { linf: 8 / 255, l2: 0.5 },
} as const;

const SCENES = {
  task: "segmentation",
  family: "scenes",
  unknownSets: [],
  corruptedSets: 0,
} as const;

/** The sets that networks are trained on (A.1.1), and Fashion-MNIST and KMNIST, which take MNIST's format and settings. */
const TRAINED = {
  mnist: {
    ...DIGITS,
    title: "MNIST",
    unknownSets: ["omniglot", "fashion_mnist", "kmnist", ...madeNames],
  },
  fashion_mnist: {
    ...DIGITS,
    corruptedSets: 0,
    title: "FashionMNIST",
    unknownSets: ["omniglot", "mnist", "kmnist", ...madeNames],
  },
  kmnist: {
    ...DIGITS,
    corruptedSets: 0,
    title: "KMNIST",
    unknownSets: ["omniglot", "mnist", "fashion_mnist", ...madeNames],
  },
  cifar10: {
    ...PHOTOGRAPH,
    title: "CIFAR10",
    classes: 10,
    shape: [32, 32, 3],
    images: { train: 50_000, test: 10_000 },
    unknownSets: ["textures", "svhn", "cifar100", ...madeNames],
  },
  cifar100: {
    ...PHOTOGRAPH,
    title: "CIFAR100",
    classes: 100,
    shape: [32, 32, 3],
    images: { train: 50_000, test: 10_000 },
    unknownSets: ["textures", "svhn", "cifar10", ...madeNames],
  },
  tiny_imagenet: {
    ...PHOTOGRAPH,
    title: "TinyImageNet",
    classes: 200,
    shape: [64, 64, 3],
    images: { train: 100_000, test: 10_000 },
    unknownSets: PHOTOGRAPHS,
  },
  imagenet: {
    ...PHOTOGRAPH,
    title: "ImageNet1k",
    classes: 1000,
    shape: [224, 224, 3],
    images: { train: 1_281_167, test: 50_000 },
    unknownSets: PHOTOGRAPHS,
  },
  // section 5.4: CamVid's SegNet split, tested on its test images; Cityscapes and SBD on their validation images
  camvid: {
    ...SCENES,
    title: "CamVid",
    classes: 11,
    shape: [360, 480, 3],
    images: { train: 367, test: 233 },
  },
  cityscapes: {
    ...SCENES,
    title: "Cityscapes",
    classes: 19,
    shape: [1024, 2048, 3],
    images: { train: 2975, test: 500 },
  },
  sbd: { ...SCENES, title: "SBD", classes: 21, images: { train: 8498, test: 2857 } },
  // made of MNIST's digits, as many as are asked for
  digit_scenes: {
    ...SCENES,
    title: "Scenes of MNIST digits",
    classes: 11,
    images: { train: 0, test: 0 },
  },
} as const satisfies Record<string, DatasetFacts>;

/** The name of a set that networks are trained on. */
export type TrainedName = keyof typeof TRAINED;

/** The names of the sets that networks are trained on, in the paper's order. */
export const trainedNames = Object.keys(TRAINED) as TrainedName[];

const TITLES: Readonly<Record<string, string>> = {
  omniglot: "Omniglot",
  textures: "Textures",
  svhn: "SVHN",
  inaturalist: "iNaturalist",
  imagenet_o: "ImageNet-O",
  ...MADE,
};

/**
 * What is known of a set that networks are trained on.
 *
 * @throws {RangeError} when there is none of that name
 */
export function datasetFacts(name: string): DatasetFacts {
  if (isTrained(name)) return TRAINED[name];
  throw new RangeError(
    `Nothing is known of a data set "${name}"; there are ${trainedNames.join(", ")}`,
  );
}

/** Whether networks are trained on a set of this name. */
export function isTrained(name: string): name is TrainedName {
  return Object.hasOwn(TRAINED, name);
}

/** What the paper calls a set of images, also one that serves as unknown classes only; undefined where it names none so. */
export function setTitle(name: string): string | undefined {
  if (isTrained(name)) return TRAINED[name].title;
  return Object.hasOwn(TITLES, name) ? TITLES[name] : undefined;
}

/** The sets of unknown classes of a data set (A.1.2); of one that the paper does not have, those that are made. */
export function unknownSetNames(name: string): readonly string[] {
  return isTrained(name) ? TRAINED[name].unknownSets : madeNames;
}

/** Whether a set of unknown classes is made, and needs no files. */
export function isMade(name: string): boolean {
  return Object.hasOwn(MADE, name);
}
