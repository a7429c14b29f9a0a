import { datasetFacts, setTitle, trainedNames, unknownSetNames } from "../datasets/mod.ts";
import type { Scale } from "../trials/mod.ts";
import type { LossName } from "../losses/mod.ts";

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

/** The neutral colours of every figure. */
export const ink = {
  text: "#222222",
  muted: "#767676",
  faint: "#e6e6e6",
  axis: "#555555",
  warning: "#b03a00",
} as const;

/** The colour of what is the user's own, and no loss. */
export const ownColor = "#6a3d9a";

/** Label, colour and name of a loss. */
export function lossStyle(name: LossName): LossStyle {
  const style = lossStyles.find((style) => style.name === name);
  if (style === undefined) {
    throw new RangeError(`Cannot show the loss "${name}": lib/reporting/display.ts has no style`);
  }
  return style;
}

/** How a loss or one of its variants is called: `hem@margin=0.5` is "HEM, margin 0.5". */
export function seriesLabel(series: string): string {
  const [loss, variant] = series.split("@");
  const { label } = lossStyle(loss as LossName);
  return variant === undefined
    ? label
    : `${label}, ${variant.replaceAll("_", " ").replaceAll("=", " ").replaceAll(",", ", ")}`;
}

/** The colour of a loss, the same for its variants. */
export function colorOf(series: string): string {
  return lossStyle(series.split("@")[0] as LossName).color;
}

const titles: Record<string, string> = {
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
  // Strategies of continual learning (A.3).
  replay: "Replay",
  si: "SI",
  ewc: "EWC",
  lfl: "LFL",
  lwf: "LwF",
  naive: "Naive, lower bound",
  joint: "Joint, upper bound",
  // Encoders of segmentation (A.4).
  resnet34: "ResNet34",
  efficientnet_b4: "EfficientNet-B4",
  densenet201: "DenseNet201",
  resnext50_32x4d: "ResNeXt50",
};

/** What the reader calls a data set or network; its name where it has no title yet. */
export function titleOf(name: string): string {
  return setTitle(name) ?? titles[name] ?? name;
}

/** What the reader calls the images of a condition: `cifar10_lt100` are "CIFAR10-LT 100", `split_mnist` is "SplitMNIST". */
export function dataTitle(data: string): string {
  if (setTitle(data) !== undefined) return titleOf(data);
  const [, benchmark, base, tail, each] =
    /^(?:(permuted|split)_)?(.*?)(?:_lt([\d_]+)s?)?(?:_(\d+)each)?$/.exec(data)!;
  return [
    benchmark ? `${benchmark[0]!.toUpperCase()}${benchmark.slice(1)}` : "",
    titleOf(base!),
    tail === undefined ? "" : `-LT ${tail.replace("_", ".")}`,
    each === undefined ? "" : `, ${each} per class`,
  ].join("");
}

/**
 * How many classes the images have, by their label: `cifar10_lt100` has ten.
 *
 * @throws {RangeError} where the label names no data set.
 */
export function classesOf(data: string): number {
  return datasetFacts(datasetOf(data)).classes;
}

/** Whether a section is one of the paper, by its number there: "5.1", "B.2"; the others are of this project. */
export function isOfPaper(section: string): boolean {
  return /^[\dA-B]/.test(section);
}

/** The data set that a label of images is of: `cifar10` of `cifar10_lt100`, `mnist` of `split_mnist`. */
export function datasetOf(data: string): string {
  const found = trainedNames.filter((name) => `_${data}_`.includes(`_${name}_`))
    .sort((a, b) => b.length - a.length)[0];
  if (found !== undefined) return found;
  throw new RangeError(`Cannot tell the data set of "${data}"`);
}

/** The names of the sets of unknown classes of a condition's data (A.1.2). */
export function unknownSetsOf(data: string): readonly string[] {
  return unknownSetNames(datasetOf(data));
}

/** What the reader calls a scale. */
export const scaleTitles: Record<Scale, string> = {
  smoke: "Smoke scale",
  preview: "Preview scale",
  short: "Short scale",
  paper: "Paper scale",
};

/** A fraction as percent with a fixed number of digits and a minus sign below zero; an en dash where there is none. */
export function percent(value: number | null | undefined, digits = 2): string {
  if (value === null || value === undefined) return "–";
  const text = Math.abs(100 * value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** A difference with its sign, "+0.31", "−0.06" or "0.00". */
export function signed(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? text : `${value < 0 ? "−" : "+"}${text}`;
}

/** A count with commas between thousands, as the paper writes them. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `2` where some counts are all the same, else `2–5`; `0` where there are none. */
export function rangeText(counts: readonly number[]): string {
  if (counts.length === 0) return "0";
  const [low, high] = [Math.min(...counts), Math.max(...counts)];
  return low === high ? grouped(low) : `${grouped(low)}–${grouped(high)}`;
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
    `${listed([...new Set(same.map(({ data }) => dataTitle(data)))])}: ${text}`
  );
}
