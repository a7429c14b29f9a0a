import { type LossName, type Scale } from "../trials/mod.ts";

/** How one loss looks everywhere: its label and its colour. */
export interface LossStyle {
  name: LossName;
  label: string;
  color: string;
}

/**
 * The seven losses in display order. Colours: Okabe & Ito (2008), "Color Universal Design", told
 * apart by colour-blind readers; black is kept for the reference, CE, and the strongest for HEM.
 */
export const lossStyles: readonly LossStyle[] = [
  { name: "ce", label: "CE", color: "#2b2b2b" },
  { name: "ln", label: "LN", color: "#0072b2" },
  { name: "la", label: "LA", color: "#56b4e9" },
  { name: "dice", label: "DICE", color: "#009e73" },
  { name: "mm", label: "MM", color: "#cc79a7" },
  { name: "hem", label: "HEM", color: "#d55e00" },
  { name: "hem_plus", label: "HEM+", color: "#e69f00" },
];

/** The losses of section 5.1; on balanced data LA is CE and HEM+ is HEM (sections 3.4, 4.3). */
export const balancedLosses: readonly LossName[] = ["ce", "ln", "dice", "mm", "hem"];

/** The losses that Figures 2 and 3 compare in each condition. */
export const comparedPair: readonly LossName[] = ["ce", "hem"];

/** The neutral colours of every figure. */
export const ink = {
  text: "#222222",
  muted: "#767676",
  faint: "#e6e6e6",
  axis: "#555555",
  warning: "#b03a00",
} as const;

/** Label, colour and name of a loss. */
export function lossStyle(name: LossName): LossStyle {
  const style = lossStyles.find((style) => style.name === name);
  if (style === undefined) {
    throw new RangeError(`Cannot show the loss "${name}": lib/reporting/display.ts has no style`);
  }
  return style;
}

const titles: Record<string, string> = {
  // Training data (A.1.1).
  mnist: "MNIST",
  cifar10: "CIFAR10",
  cifar100: "CIFAR100",
  tiny_imagenet: "TinyImageNet",
  imagenet: "ImageNet1k",
  // Unknown classes of MNIST (A.1.2).
  omniglot: "Omniglot",
  fashion_mnist: "FashionMNIST",
  kmnist: "KMNIST",
  // Unknown classes of the other data sets.
  textures: "Textures",
  svhn: "SVHN",
  inaturalist: "iNaturalist",
  imagenet_o: "ImageNet-O",
  // Those that are made.
  blobs: "Random blobs",
  uniform: "Uniform noise",
  permuted: "Permuted pixels",
  phase: "Random phase",
  test: "Test set",
  // Networks (Table 2).
  lenet: "LeNet",
  convnet: "ConvNet",
  mlp: "MLP",
  resnet32: "ResNet32",
  mobilenet_v3_small: "MobileNetS",
  wrn22_10: "WRN22-10",
  mobilenet_v3_large: "MobileNetL",
  resnet18: "ResNet18",
  parn18: "PARN18",
  inception: "inception",
  wrn28_10: "WRN28-10",
  resnet50: "ResNet50",
  swin_v2_t: "SwinT",
  vit_b_16: "ViT-B/16",
};

/** What the reader calls a data set or network; its name where it has no title yet. */
export function titleOf(name: string): string {
  return titles[name] ?? name;
}

const madeSets = ["blobs", "uniform", "permuted", "phase"];
const photographs = ["textures", "inaturalist", "imagenet_o"];

/** The seven unknown-class sets of each data set, in the order of A.1.2. */
const unknownSets: Record<string, readonly string[]> = {
  mnist: ["omniglot", "fashion_mnist", "kmnist", ...madeSets],
  cifar10: ["textures", "svhn", "cifar100", ...madeSets],
  cifar100: ["textures", "svhn", "cifar10", ...madeSets],
  tiny_imagenet: [...photographs, ...madeSets],
  imagenet: [...photographs, ...madeSets],
};

/** The names of the unknown-class sets of a data set; of one that the paper does not have, those that are made. */
export function unknownSetsOf(data: string): readonly string[] {
  return unknownSets[data] ?? madeSets;
}

/** What the reader calls a scale. */
export const scaleTitles: Record<Scale, string> = {
  smoke: "Smoke scale",
  preview: "Preview scale",
  short: "Short scale",
  paper: "Paper scale",
};

/** A fraction as percent with a fixed number of digits; an en dash where there is none. */
export function percent(value: number | null | undefined, digits = 2): string {
  return value === null || value === undefined ? "–" : (100 * value).toFixed(digits);
}

/** A count with commas between thousands, as the paper writes them. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 trial`, `3 trials`. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${grouped(count)} ${count === 1 ? singular : plural}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/** What holds for data sets, those with the same text together: "CIFAR10 and CIFAR100: 110 epochs". */
export function together(settings: readonly { data: string; text: string }[]): string[] {
  return [...Map.groupBy(settings, ({ text }) => text)].map(([text, same]) =>
    `${listed([...new Set(same.map(({ data }) => titleOf(data)))])}: ${text}`
  );
}
