import { attack, attackBudget, clean, corrupt, stageOf, training, unknown } from "../stages/mod.ts";
import type { Stage } from "../trials/mod.ts";
import type { Recipe } from "../training/mod.ts";
import type { Condition, ScaleChange, ScaleOfCondition } from "./experiment.ts";

/** A.1.4, MNIST: 20 epochs of Adam at a fixed rate, batch 128. */
export const mnist: Recipe = {
  epochs: 20,
  batchSize: 128,
  optimizer: { name: "adam", learningRate: 1e-3 },
  schedule: { name: "constant" },
  augmentation: "none",
  // Networks this small gain more from trials side by side than from threads.
  threads: 1,
};

/** A.1.4, CIFAR10 and CIFAR100, after Pang et al. (2021); A.1.1 for the augmentation. */
export const cifar: Recipe = {
  epochs: 110,
  batchSize: 128,
  optimizer: { name: "sgd", learningRate: 0.1, momentum: 0.9, weightDecay: 5e-4 },
  schedule: { name: "steps", milestones: [100, 105], factor: 0.1 },
  augmentation: "crop_flip",
  threads: 2,
};

/** What is measured of every network on a data set (A.1.2). */
export const evaluationsOn = (dataset: string): Stage[] => [
  stageOf(clean),
  stageOf(corrupt),
  stageOf(unknown),
  stageOf(attack, attackBudget(dataset)),
];

/** The training of a network, and what is measured of it. */
export const stagesOn = (dataset: string): Stage[] => [
  stageOf(training),
  ...evaluationsOn(dataset),
];

/** Of CIFAR's test images the first, which is what an evening has time for: 95 corrupted copies of each are made. */
export const shortTestImages = 1000;

/**
 * Scale `short`: the paper's recipe over a tenth of the epochs with its schedule stretched alike, AutoAttack on 500 images, the
 * first 1000 test images, two trials.
 */
export function tenth({ recipe }: Condition, change: ScaleChange = {}): ScaleChange {
  return {
    epochs: Math.round(recipe.epochs / 10),
    repeats: 2,
    stages: { attack: { images: 500 } },
    ...change,
    dataset: { testCount: shortTestImages, ...change.dataset },
  };
}

/** ResNet32 in place of a network that a CPU does not train in a night; captions name both. */
export const withinReach = { network: { name: "resnet32" } } as const;

/**
 * Preview of a loss's own options: two epochs on MNIST, and of each set of unknown classes a fifth, which tells options apart as
 * well as all of it.
 */
export const mnistOptions = { epochs: 2, repeats: 2, dataset: { unknownCount: 2000 } } as const;

/** A few hundred of MNIST's images, once. */
export const mnistSmoke: ScaleChange = {
  epochs: 1,
  repeats: 1,
  stages: { attack: { images: 32 } },
  dataset: { trainCount: 512, testCount: 1000, unknownCount: 200 },
};

/** A few steps of every network at its real input shape, on images made for the purpose in the official formats. */
export const smoke: ScaleOfCondition = ({ trial: { dataset } }) => {
  if (dataset.name === "mnist") return mnistSmoke;
  return {
    epochs: 1,
    repeats: 1,
    batchSize: 4,
    stages: { attack: { images: 1, targets: 1, iterations: 2, queries: 5 } },
    dataset: { standIn: true, trainCount: 8, testCount: 2, unknownCount: 2 },
  };
};
