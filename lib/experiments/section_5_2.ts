/**
 * Section 5.2, learning with imbalanced data sets: long-tailed CIFAR10 and CIFAR100, imbalances 100 and 10, all seven losses
 * (A.2).
 *
 * Command:  deno task reproduce --section 5.2 --scale preview
 * Time:     as its own plan says (`--dry-run`); the preview is on long-tailed MNIST.
 * Expected: CE and HEM alike in clean accuracy, LA above HEM+ there; HEM and HEM+ above CE and LA on both rejections. The CE
 *           of Cao et al. (2019), with the same networks and a warm-up, has 70.4 % on CIFAR10 at an imbalance of 100.
 */
import { classes, stageOf } from "../stages/mod.ts";
import type { LossName } from "../losses/mod.ts";
import type { Recipe } from "../training/mod.ts";
import { cifar, mnist, mnistSmoke, stagesOn, tenth, withinReach } from "./common.ts";
import type { Condition, Experiment } from "./experiment.ts";

/** A.2.4: 200 epochs, the rate divided by 100 at the end of epochs 160 and 180. */
const longTailRecipe: Recipe = {
  ...cifar,
  epochs: 200,
  optimizer: { name: "sgd", learningRate: 0.1, momentum: 0.9, weightDecay: 2e-4 },
  schedule: { name: "steps", milestones: [160, 180], factor: 0.01 },
};

const losses: readonly LossName[] = ["ce", "ln", "la", "dice", "mm", "hem", "hem_plus"];

function condition(dataset: string, network: string, ratio: number): Condition {
  return {
    trial: {
      kind: "classification",
      dataset: { name: dataset, longTail: { ratio } },
      network: { name: network },
    },
    recipe: longTailRecipe,
    stages: [...stagesOn(dataset), stageOf(classes)],
    repeats: 5,
    source: "A.2",
    unconfirmed: ["warm-up of the cited code not mentioned: none taken"],
  };
}

/** Long-tailed MNIST in place of a long-tailed CIFAR10; captions say so. */
const onMnist = {
  network: { name: "lenet" },
  recipe: { ...mnist, epochs: 4 },
} as const;

/** Section 5.2 as data. */
export const section52: Experiment = {
  section: "5.2",
  title: "Learning with imbalanced data sets",
  losses,
  pairs: [["ce", "hem"], ["la", "hem_plus"]],
  conditions: [
    condition("cifar10", "resnet32", 100),
    condition("cifar10", "resnet32", 10),
    condition("cifar100", "resnet18", 100),
    condition("cifar100", "resnet18", 10),
  ],
  scales: {
    smoke: ({ trial: { dataset } }) =>
      dataset.name === "cifar10"
        ? {
          ...mnistSmoke,
          ...onMnist,
          network: { name: "mlp" },
          // So many that the last class keeps two at an imbalance of 100.
          dataset: { ...mnistSmoke.dataset, name: "mnist", trainCount: 2000 },
          stages: { attack: { images: 32, epsilon_linf: 0.3, epsilon_l2: 2 } },
        }
        : "no part of the smoke run: its code is that of CIFAR10",
    preview: ({ trial: { dataset } }) =>
      dataset.name === "cifar10"
        ? {
          ...onMnist,
          repeats: 2,
          dataset: { name: "mnist", testCount: 1000, unknownCount: 1000 },
          stages: { attack: { images: 50, epsilon_linf: 0.3, epsilon_l2: 2 } },
        }
        : "no part of the preview, which has long-tailed MNIST for CIFAR10's two conditions",
    short: (condition) =>
      condition.trial.network.name === "resnet32"
        ? tenth(condition)
        : tenth(condition, withinReach),
    paper: () => ({}),
  },
};
