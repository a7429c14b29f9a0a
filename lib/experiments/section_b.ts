/**
 * Appendix B: what the losses' own hyper-parameters do (B.1), HEM's two modifications of MM one by one (B.2), and the course of
 * training (B.3).
 *
 * Command:  deno task reproduce --section B.1 B.2 B.3 --scale preview
 *           deno task reproduce --section attacks_by_epoch --scale preview
 * Time:     as the plan says (`--dry-run`); the preview is on MNIST.
 * Expected: B.1: clean accuracy flat over two orders of magnitude of HEM's margin. B.2: MM lowest, HEM highest. B.3: HEM's
 *           loss rises and falls, and drops with the learning rate; half the rate is better on all four metrics.
 */
import { attackedCurves, clean, curves, stageOf, training, unknown } from "../stages/mod.ts";
import type { LossName } from "../losses/mod.ts";
import type { Recipe } from "../training/mod.ts";
import { cifar, mnist, mnistOptions, mnistSmoke, stagesOn, tenth, withinReach } from "./common.ts";
import type { Condition, Experiment, Run, ScaleChange } from "./experiment.ts";

/**
 * A loss under each value of one of its options. The value that the catalogue takes anyway is the loss without a variant, so
 * that other sections share its trainings.
 */
export function sweep(
  loss: LossName,
  option: string,
  values: readonly number[],
  usual: number,
): Run[] {
  return values.map((value) =>
    value === usual ? { loss: { name: loss } } : {
      loss: { name: loss, options: { [option]: value } },
      variant: `${option}=${value}`,
    }
  );
}

// The paper's values are lost with its figures: a decade or two around the value that it takes.
const temperatures = sweep("ln", "temperature", [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 1], 0.04);
const margins = sweep("mm", "margin", [0.1, 0.3, 1, 3, 10], 1);
const hemMargins = [0, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

const onCifar = (name: string, network: string, perClass?: number): Condition["trial"] => ({
  kind: "classification",
  dataset: { name, ...(perClass !== undefined && { perClass }) },
  network: { name: network },
});

/** MNIST and a small network in place of CIFAR10 and a ResNet; captions say so. */
const onMnist: ScaleChange = {
  dataset: { name: "mnist" },
  network: { name: "mlp" },
  recipe: mnist,
};

/** Preview of a loss's own options there. */
const optionsOnMnist: ScaleChange = {
  ...onMnist,
  ...mnistOptions,
  dataset: { ...onMnist.dataset, ...mnistOptions.dataset },
};

/** A few runs of a sweep: its first, its last, and that of the usual value. */
const fewRuns = ({ variant }: Run) => variant === undefined || /=(0|0\.01|0\.1|10)$/.test(variant);

/** The runs of a sweep that show its shape: the ends, the usual value, and what lies between in steps of three or so. */
const shapeOfSweep = ({ variant }: Run) =>
  variant === undefined || /=(0|0\.01|0\.05|0\.1|0\.16|0\.5|1|2|10)$/.test(variant);

/** Section B.1 as data: Figures 9 and 10. */
export const sectionB1: Experiment = {
  section: "B.1",
  title: "Loss hyper-parameters",
  losses: ["ln", "mm", "hem"],
  pairs: [],
  conditions: [
    {
      trial: onCifar("cifar10", "resnet18"),
      recipe: cifar,
      runs: [...temperatures, ...margins, ...sweep("hem", "margin", hemMargins, 0.2)],
      stages: [stageOf(training), stageOf(clean), stageOf(unknown)],
      repeats: 5,
      source: "B.1; training as A.1.4 CIFAR10",
      unconfirmed: ["the values of the sweeps are lost with the figures: ours taken"],
    },
    {
      // sqrt(2000 / 500) is 2.
      trial: onCifar("cifar10", "resnet18", 50),
      recipe: cifar,
      runs: sweep("hem", "margin", hemMargins, 2),
      stages: [stageOf(training), stageOf(clean)],
      repeats: 5,
      source: "B.1, 50 samples per class",
      unconfirmed: ["the values of the sweep are lost with the figure: ours taken"],
    },
  ],
  scales: {
    smoke: () => ({
      ...onMnist,
      ...mnistSmoke,
      dataset: { ...mnistSmoke.dataset, name: "mnist" },
      runs: fewRuns,
    }),
    preview: ({ trial: { dataset } }) =>
      dataset.perClass === undefined
        ? { ...optionsOnMnist, runs: shapeOfSweep }
        // Of so few images the whole sweep is a matter of seconds.
        : { ...onMnist, epochs: 2, repeats: 2 },
    short: (condition) => tenth(condition, withinReach),
    paper: () => ({}),
  },
};

/** MM with HEM's modifications, one by one (Table 3); MM itself with its margin of 1, the others with HEM's. */
const ablation: readonly Run[] = [
  { loss: { name: "mm" } },
  ...["above_zero", "thresholded"].map((errors) => ({
    loss: { name: "mm" as const, options: { errors } },
    variant: `errors=${errors}`,
  })),
  { loss: { name: "hem" } },
];

const ablationOn = (dataset: string): Condition => ({
  trial: onCifar(dataset, "resnet18"),
  recipe: cifar,
  runs: ablation,
  stages: [stageOf(training), stageOf(clean)],
  repeats: 5,
  source: "B.2, Table 3; training as A.1.4",
  unconfirmed: ["with which margin the rows between MM and HEM were trained: HEM's taken"],
});

/** Section B.2 as data: Table 3. */
export const sectionB2: Experiment = {
  section: "B.2",
  title: "Ablation of HEM",
  losses: ["mm", "hem"],
  pairs: [["mm", "hem"]],
  conditions: [ablationOn("cifar10"), ablationOn("cifar100")],
  scales: {
    smoke: ({ trial: { dataset } }) =>
      dataset.name === "cifar10"
        ? { ...onMnist, ...mnistSmoke, dataset: { ...mnistSmoke.dataset, name: "mnist" } }
        : "no part of the smoke run: its code is that of CIFAR10",
    preview: ({ trial: { dataset } }) =>
      dataset.name === "cifar10"
        ? optionsOnMnist
        : "no part of the preview, which has MNIST for CIFAR10",
    short: (condition) => tenth(condition, withinReach),
    paper: () => ({}),
  },
};

/** B.3: an initial rate of 0.05 in place of 0.1. */
const halfRate: Run = {
  loss: { name: "hem" },
  variant: "rate=0.05",
  recipe: { optimizer: { ...cifar.optimizer, learningRate: 0.05 } },
};

/** Section 3.3: cross-entropy with LN's small temperature, which the paper says does not train. */
const coldCrossEntropy: Run = {
  loss: { name: "ce", options: { temperature: 0.04 } },
  variant: "temperature=0.04",
};

/** CIFAR's recipe, whose rate drops near the end, on MNIST; its digits are not mirrored. */
const cifarOnMnist: Recipe = { ...cifar, augmentation: "none", threads: 1 };

const smokeB3: ScaleChange = {
  ...onMnist,
  ...mnistSmoke,
  recipe: cifarOnMnist,
  dataset: { ...mnistSmoke.dataset, name: "mnist" },
  stages: {
    attack: { images: 32, epsilon_linf: 0.3, epsilon_l2: 2 },
    curves: { trainImages: 200, unknownImages: 50 },
  },
};

const previewB3: ScaleChange = {
  ...onMnist,
  recipe: cifarOnMnist,
  epochs: 11,
  repeats: 2,
  dataset: { name: "mnist", trainCount: 40_000, testCount: 1000, unknownCount: 1000 },
  stages: { attack: { images: 50, epsilon_linf: 0.3, epsilon_l2: 2 } },
};

/** Section B.3 as data: Figure 11, the check of the learning rate, and the claims on how losses train. */
export const sectionB3: Experiment = {
  section: "B.3",
  title: "Analysis of learning",
  losses: ["ce", "ln", "mm", "hem"],
  pairs: [["ce", "hem"]],
  conditions: [{
    trial: onCifar("cifar10", "wrn22_10"),
    recipe: cifar,
    runs: [
      ...(["ce", "hem", "mm", "ln"] as const).map((name) => ({ loss: { name } })),
      halfRate,
      coldCrossEntropy,
    ],
    stages: [...stagesOn("cifar10"), stageOf(curves)],
    repeats: 5,
    source: "B.3; training as A.1.4 CIFAR10",
    unconfirmed: ["network of Figure 11: that of the learning-rate check taken"],
  }],
  scales: {
    smoke: () => smokeB3,
    preview: () => previewB3,
    short: (condition) => tenth(condition, withinReach),
    paper: () => ({}),
  },
};

/**
 * The rejection of attacked images in Figure 11, on request since it takes longer than the training: AutoAttack after each epoch
 * of the trainings of section B.3.
 */
export const attacksByEpoch: Experiment = {
  ...sectionB3,
  section: "attacks_by_epoch",
  title: "AutoAttack after each epoch, for Figure 11",
  onRequest: true,
  losses: ["ce", "hem"],
  conditions: sectionB3.conditions.map(({ unconfirmed: _, ...condition }) => ({
    ...condition,
    runs: [{ loss: { name: "ce" } }, { loss: { name: "hem" } }],
    // The error and the other accuracies of the same epochs are B.3's.
    stages: [
      stageOf(training),
      stageOf(curves, { trainImages: 0, unknownImages: 0, ...attackedCurves("cifar10", 1000) }),
    ],
  })),
  scales: {
    smoke: () => ({ ...smokeB3, stages: { curves: attackedCurves("mnist", 8) } }),
    preview: () => ({ ...previewB3, stages: { curves: attackedCurves("mnist", 50) } }),
    short: (condition) => ({
      ...tenth(condition, withinReach),
      stages: { curves: { attackImages: 100 } },
    }),
    paper: () => ({}),
  },
};
