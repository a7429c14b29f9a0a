/**
 * What the paper's text lost or left open, measured where a preview can: the same trials under each reading.
 *
 * Command:  deno task reproduce --section assumptions --scale preview
 * Expected: nothing; the assumptions notebook shows what each reading changes.
 */
import { attack, attackBudget, clean, corrupt, stageOf, training, unknown } from "../stages/mod.ts";
import type { Scale, Setting, Stage } from "../trials/mod.ts";
import { mnist, mnistOptions, mnistSmoke, stagesOn } from "./common.ts";
import type { LossName } from "../losses/mod.ts";
import type { Condition, Experiment, Run, ScaleChange, ScaleOfCondition } from "./experiment.ts";
import { section52 } from "./section_5_2.ts";
import { continualReadings, section53 } from "./section_5_3.ts";
import { section54 } from "./section_5_4.ts";

/** Eq. 6: the exponent of the errors is lost; Table 1 needs 1/2, later code of the authors has 1. */
const exponents: readonly Run[] = (["mm", "hem"] as const).flatMap((name) => [
  { loss: { name } },
  { loss: { name, options: { exponent: 0.5 } }, variant: "exponent=0.5" },
]);

/** Other values that the text lost or left open. */
const readings: readonly Run[] = [
  { loss: { name: "ce" } },
  { loss: { name: "ln" } },
  { loss: { name: "ln", options: { temperature: 0.01 } }, variant: "temperature=0.01" },
  { loss: { name: "dice" } },
  { loss: { name: "dice", options: { denominator: "plain" } }, variant: "denominator=plain" },
  { loss: { name: "mm", options: { margin: 0.5 } }, variant: "margin=0.5" },
  { loss: { name: "hem", options: { samples: 500 } }, variant: "samples=500" },
  { loss: { name: "hem", options: { samples: 8000 } }, variant: "samples=8000" },
  ...(["ce", "hem"] as const).flatMap((name) =>
    [3e-4, 3e-3].map((learningRate): Run => ({
      loss: { name },
      variant: `rate=${learningRate}`,
      recipe: { optimizer: { name: "adam", learningRate } },
    }))
  ),
];

function onMnist(network: string, runs: readonly Run[]): Condition {
  return {
    trial: { kind: "classification", dataset: { name: "mnist" }, network: { name: network } },
    recipe: mnist,
    runs,
    stages: stagesOn("mnist"),
    // Of a reading that is lost, two trials show whether it matters.
    repeats: 2,
    source: "A.1.4 MNIST",
  };
}

/** Readings of the networks that A.1.3 does not describe to the last parameter. */
const networkReadings: readonly Condition[] = ([
  ["lenet", "extra", ["prelu", "plain"]],
  ["convnet", "head", ["b", "c"]],
] as const).map(([name, option, others]) => ({
  ...onMnist(name, [
    { loss: { name: "hem" } },
    ...others.map((other): Run => ({
      loss: { name: "hem" },
      variant: `${option}=${other}`,
      trial: { network: { name, options: { [option]: other } } },
    })),
  ]),
  stages: [stageOf(training), stageOf(clean), stageOf(unknown)],
}));

/** What A.1.2 leaves open of how a network is measured: of the same weights, with one setting of one stage changed. */
const measuredOtherwise: readonly Condition[] = [
  measuring("hem", stageOf(corrupt), {
    "severity=1": { severity: 1 },
    "severity=5": { severity: 5 },
    "rounding=truncate": { rounding: "truncate" },
  }),
  measuring("ln", stageOf(unknown), { "logits=normalised": { temperature: 0.04 } }),
  measuring("hem", stageOf(unknown), {
    "omniglot=original": { polarity: "original" },
    "noise=bytes": { values: "bytes" },
    "permutation=shared": { permutation: "shared" },
    "phases=independent": { phases: "independent" },
  }),
  measuring("hem", stageOf(attack, attackBudget("mnist")), {
    "iterations=100": { iterations: 100 },
    "step=own": { apgdtL2SharedStep: false },
    "iterate=first": { earlyStop: true },
    "scored=fooled": { fooledOnly: true },
    "quantile=linear": { quantile: "linear" },
  }),
];

/** The stage of a network as it usually is, and with other settings, by the variants that name them. */
function measuring(
  name: LossName,
  stage: Stage,
  others: Readonly<Record<string, Readonly<Record<string, Setting>>>>,
): Condition {
  const variants = Object.entries(others).map(([variant, settings]): Stage => ({
    ...stage,
    variant,
    settings: { ...stage.settings, ...settings },
  }));
  return {
    ...onMnist("mlp", [{ loss: { name } }]),
    stages: [stageOf(training), stage, ...variants],
  };
}

/** HEM+'s two readings of the margin's index, and what the paper says of them: HEM+ above HEM, LA above HEM+. */
const marginIndex: readonly Condition[] = section52.conditions
  .filter(({ trial }) => trial.dataset.name === "cifar10")
  .map((condition) => ({
    ...condition,
    runs: [
      { loss: { name: "la" } },
      { loss: { name: "hem" } },
      { loss: { name: "hem_plus" } },
      {
        loss: { name: "hem_plus", options: { marginIndex: "competitor" } },
        variant: "index=competitor",
      },
    ],
  }));

/** And which of them agrees with it, which two trials do not tell: clean accuracy of more. */
const marginIndexAgrees: readonly Condition[] = marginIndex.map((condition) => ({
  ...condition,
  stages: [stageOf(training), stageOf(clean)],
}));

/** Section 5.2 keeps the first images of each class; the program that it cites for the rest takes them at random. */
const shuffledTail: Condition = {
  ...marginIndexAgrees[0]!,
  repeats: 2,
  stages: [stageOf(training), stageOf(clean), stageOf(unknown)],
  runs: (["ce", "hem"] as const).flatMap((name): Run[] => [
    { loss: { name } },
    {
      loss: { name },
      variant: "selection=shuffled",
      trial: {
        dataset: { name: "cifar10", longTail: { ratio: 100, selection: "shuffled" } },
      },
    },
  ]),
};

/**
 * Where every pixel has a label, the other readings of "the number of training samples" (4.3), on CamVid with ResNet34. LA takes
 * shares alone, which images' worth of pixels leave as they are.
 */
const sampleUnits: Condition = {
  ...section54.conditions[0]!,
  repeats: 2,
  runs: [
    ...(["la", "hem", "hem_plus"] as const).map((name): Run => ({ loss: { name } })),
    ...([
      ["la", "images_containing"],
      ["hem", "images_equivalent"],
      ["hem", "images_containing"],
      ["hem_plus", "images_equivalent"],
      ["hem_plus", "images_containing"],
    ] as const).map(([name, sampleUnit]): Run => ({
      loss: { name, options: { sampleUnit } },
      variant: `unit=${sampleUnit}`,
    })),
  ],
};

/** Training scenes that are changed in more than the crop and the mirroring. */
const changes = { scale: 0.5, colour: 0.2, noise: 0.05 };
const { trial: scenes } = sampleUnits;
const sceneChanges: Condition = {
  ...sampleUnits,
  trial: {
    ...scenes,
    dataset: { ...scenes.dataset, options: { ...scenes.dataset.options, ...changes } },
  },
  runs: [{ loss: { name: "hem" }, variant: "scenes=changed" }],
};

const isOnMnist = ({ trial }: Condition) => trial.dataset.name === "mnist";

/** Two trials of each reading, the least that give an interval, on what is quick to train; each with the losses that it concerns. */
const preview: ScaleOfCondition = (condition) => {
  const { kind, network } = condition.trial;
  if (kind === "continual") {
    const change = section53.scales.preview(condition);
    return typeof change === "string" ? change : { ...change, repeats: 2, runs: isOfCeOrHem };
  }
  if (kind === "segmentation") {
    // Half of the preview's scenes.
    const { dataset, ...change } = section54.scales.preview(condition) as ScaleChange;
    const options = condition === sceneChanges && { options: { ...dataset?.options, ...changes } };
    return {
      ...change,
      repeats: 2,
      dataset: { ...dataset, ...options, trainCount: 100, testCount: 40 },
    };
  }
  if (!isOnMnist(condition)) {
    const change = section52.scales.preview(condition);
    return typeof change !== "string" && marginIndexAgrees.includes(condition)
      ? { ...change, repeats: 5 }
      : change;
  }
  if (measuredOtherwise.includes(condition)) return fewAttacked;
  // The ConvNet's step takes longer than all others'.
  if (networkReadings.includes(condition)) {
    return network.name === "convnet" ? { ...mnistOptions, epochs: 1 } : mnistOptions;
  }
  return network.name === "mlp"
    ? { ...mnistOptions, stages: { corrupt: null, attack: null } }
    : "of the preview no exponents, which it has of the MLP for all three networks";
};

const fewAttacked: ScaleChange = { ...mnistOptions, stages: { attack: { images: 250 } } };

const isOfCeOrHem = ({ loss }: Run) => loss.name === "ce" || loss.name === "hem";

/** The assumptions as data. */
export const assumptions: Experiment = {
  section: "assumptions",
  title: "Readings of what the paper's text lost",
  losses: ["ce", "ln", "la", "dice", "mm", "hem", "hem_plus"],
  pairs: [],
  conditions: [
    onMnist("lenet", exponents),
    onMnist("convnet", exponents),
    onMnist("mlp", exponents),
    { ...onMnist("mlp", readings), stages: [stageOf(training), stageOf(clean), stageOf(unknown)] },
    ...marginIndex,
    ...marginIndexAgrees,
    shuffledTail,
    ...continualReadings,
    sampleUnits,
    sceneChanges,
    ...networkReadings,
    ...measuredOtherwise,
  ],
  scales: {
    smoke: (condition) => ownScale(condition, "smoke") ?? mnistSmoke,
    preview,
    short: (condition) =>
      ownScale(condition, "short") ?? "no part of scale short: the paper's own is in reach",
    paper: (condition) =>
      [...networkReadings, ...measuredOtherwise].includes(condition)
        ? "no part of the paper's scale: the preview shows it"
        : ownScale(condition, "paper") ?? {},
  },
};

/** What the section that a condition is of makes of a scale; undefined for those of this experiment alone. */
function ownScale(condition: Condition, scale: Scale) {
  if (condition.trial.kind === "continual") return section53.scales[scale](condition);
  if (condition.trial.kind === "segmentation") {
    return scale === "short"
      ? "no part of scale short: the preview shows it"
      : section54.scales[scale](condition);
  }
  return isOnMnist(condition) ? undefined : section52.scales[scale](condition);
}
