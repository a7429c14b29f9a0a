/**
 * Section 5.4, semantic segmentation: CamVid, Cityscapes and SBD with feature pyramid networks over four backbones, all seven
 * losses (A.4).
 *
 * Command:  deno task reproduce --section 5.4 --scale preview
 * Time:     as its own plan says (`--dry-run`); the preview is on scenes of MNIST's digits.
 * Expected: HEM+ above CE with every backbone on Cityscapes and SBD, LN and LA far below, DICE, CE and HEM alike; CE does not
 *           learn SBD at a rate of 0.1 (A.4.4).
 */
import { segmentation, stageOf, training } from "../stages/mod.ts";
import type { Options } from "../trials/mod.ts";
import type { LossName } from "../losses/mod.ts";
import type { Recipe } from "../training/mod.ts";
import type { Condition, Experiment } from "./experiment.ts";

/** A.4.4: SGD at a fixed rate of 0.1, CamVid's batch and epochs. */
const camvid: Recipe = {
  epochs: 100,
  batchSize: 12,
  optimizer: { name: "sgd", learningRate: 0.1, momentum: 0.9 },
  schedule: { name: "constant" },
  augmentation: "flip",
  threads: 2,
};

/** A.4.4: smaller batches, as the networks would not fit otherwise, and half of the epochs. */
const cityscapes: Recipe = { ...camvid, epochs: 50, batchSize: 4 };

/** A.4.4: half of the rate, since CE failed at 0.1. */
const sbd: Recipe = { ...cityscapes, optimizer: { ...camvid.optimizer, learningRate: 0.05 } };

const ownSize = "size of test scenes not stated, their own taken, padded to multiples of 32";

const sets: readonly { name: string; recipe: Recipe; options: Options; unconfirmed: string[] }[] = [
  {
    name: "camvid",
    recipe: camvid,
    options: { height: 320, width: 320 },
    unconfirmed: [
      "crop not stated, 320x320 taken",
      ownSize,
      "split and classes not stated, SegNet's taken, unlabelled pixels count nowhere",
    ],
  },
  {
    name: "cityscapes",
    recipe: cityscapes,
    options: { height: 512, width: 1024, resizeHeight: 512, resizeWidth: 1024 },
    unconfirmed: ["image size not stated, half of it taken, in training and test"],
  },
  {
    name: "sbd",
    recipe: sbd,
    options: { height: 320, width: 320 },
    unconfirmed: ["crop not stated, 320x320 taken", ownSize],
  },
];

/** A.4.3: the backbones. */
const encoders = ["resnet34", "efficientnet_b4", "densenet201", "resnext50_32x4d"] as const;

const losses: readonly LossName[] = ["ce", "ln", "la", "dice", "mm", "hem", "hem_plus"];

const conditions = sets.flatMap(({ name, recipe, options, unconfirmed }) =>
  encoders.map((encoder): Condition => ({
    trial: {
      kind: "segmentation",
      dataset: { name, options },
      network: { name: "fpn", options: { encoder } },
    },
    recipe,
    stages: [stageOf(training), stageOf(segmentation)],
    repeats: 5,
    source: "A.4",
    unconfirmed: [
      ...unconfirmed,
      "weights of the backbone not stated, random ones taken",
      "changes of training images not stated, crop and flip taken",
      "HEM's and HEM+'s number of training samples not stated for pixels, pixels taken, of scenes as stored",
      "weight decay not stated, none taken",
      "class balancing not stated, none taken",
      "normalisation of pixels not stated for scenes, [0, 1] taken",
    ],
  }))
);

/** The losses that a second backbone is trained with where there is no time for all: those that the paper finds best. */
const best: readonly LossName[] = ["ce", "dice", "hem", "hem_plus"];

const encoderOf = ({ trial }: Condition) => trial.network.options?.encoder;

/** Section 5.4 as data. */
export const section54: Experiment = {
  section: "5.4",
  title: "Semantic segmentation",
  losses,
  pairs: [["ce", "hem"], ["ce", "hem_plus"]],
  conditions,
  scales: {
    // One step of two scenes at the real size.
    smoke: () => ({
      epochs: 1,
      repeats: 1,
      batchSize: 2,
      dataset: { standIn: true, trainCount: 2, testCount: 1 },
      stages: { segmentation: { shown: 1 } },
    }),
    preview: (condition) =>
      condition.trial.dataset.name === "camvid" && encoderOf(condition) === "resnet34"
        ? {
          // Small batches and a smaller rate: few scenes, and enough steps to learn more than the ground, which at the paper's
          // rate is all that is learnt.
          recipe: {
            ...condition.recipe,
            optimizer: { ...condition.recipe.optimizer, learningRate: 0.02 },
            // Of scenes this small two trials side by side take a third less time than one after the other with two threads.
            threads: 1,
          },
          epochs: 2,
          batchSize: 4,
          repeats: 1,
          network: { name: "fpn", options: { encoder: "resnet18" } },
          dataset: {
            name: "digit_scenes",
            options: { height: 64, width: 96 },
            trainCount: 200,
            testCount: 60,
          },
        }
        : "no part of the preview, which has scenes of MNIST's digits for CamVid with ResNet34",
    // A tenth of the epochs, and images of half the size: a crop of 160x160 of these shows as much as the paper's does.
    short: (condition) => {
      if (condition.trial.dataset.name !== "camvid") {
        return "no part of scale short: too long for a CPU";
      }
      const encoder = encoderOf(condition);
      if (encoder !== "resnet34" && encoder !== "efficientnet_b4") {
        return "no part of scale short: one further backbone is";
      }
      return {
        epochs: 10,
        repeats: 2,
        dataset: { options: { height: 160, width: 160, resizeHeight: 180, resizeWidth: 240 } },
        ...(encoder !== "resnet34" && { runs: ({ loss }) => best.includes(loss.name) }),
      };
    },
    paper: () => ({}),
  },
};
