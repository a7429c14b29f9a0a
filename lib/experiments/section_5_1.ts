/**
 * Section 5.1, learning with standard data sets: fifteen conditions (Table 2) x five losses.
 *
 * Command:  deno task reproduce --section 5.1 --scale preview
 * Time:     smoke half a minute, preview about 10 minutes, paper (the three MNIST networks, five
 *           trials) about 3 hours; on 2 CPU cores.
 * Expected: on MNIST a clean accuracy of 97 to 99.5 %, CE and HEM within half a point of each other,
 *           and HEM's AUROC on unknown classes above CE's (5.1.2: in 14 of the 15 conditions).
 */
import type { Recipe } from "../trials/mod.ts";
import type { Condition, Experiment } from "./experiment.ts";

/** A.1.4, MNIST: 20 epochs of Adam at a fixed rate, batch 128. */
const mnist: Recipe = {
  epochs: 20,
  batchSize: 128,
  optimizer: { name: "adam", learningRate: 1e-3 },
  schedule: { name: "constant" },
  augmentation: "none",
  // Networks this small gain more from trials side by side than from threads.
  threads: 1,
};

/** A.1.4, CIFAR10 and CIFAR100, after Pang et al. (2021); A.1.1 for the augmentation. */
const cifar: Recipe = {
  epochs: 110,
  batchSize: 128,
  optimizer: { name: "sgd", learningRate: 0.1, momentum: 0.9, weightDecay: 5e-4 },
  schedule: { name: "steps", milestones: [100, 105], factor: 0.1 },
  augmentation: "crop_flip",
  threads: 2,
};

/** A.1.4: the rate that a search with CE on CIFAR100 found best for MobileNet. */
const cifarMobileNet: Recipe = { ...cifar, optimizer: { ...cifar.optimizer, learningRate: 0.02 } };

/** A.1.4, TinyImageNet: as CIFAR, longer, with other milestones. */
const tinyImageNet: Recipe = {
  ...cifar,
  epochs: 200,
  schedule: { name: "steps", milestones: [50, 100, 150], factor: 0.1 },
};

/** A.1.4, ImageNet1k with ResNet50; A.1.1: flips, resized to 256 pixels, centre crop. */
const imageNet: Recipe = {
  epochs: 100,
  batchSize: 512,
  optimizer: { name: "sgd", learningRate: 0.1, momentum: 0.9, weightDecay: 1e-4 },
  schedule: { name: "steps", milestones: [25, 50, 75], factor: 0.1 },
  augmentation: "flip",
  threads: 2,
};

/** A.1.4, ImageNet1k with the transformers: AdamW after an exponential warm-up; PyTorch's decay. */
const transformer = (warmupEpochs: number): Recipe => ({
  ...imageNet,
  batchSize: 256,
  optimizer: { name: "adamw", learningRate: 1e-3, weightDecay: 0.01 },
  schedule: { name: "exponential_warmup", epochs: warmupEpochs },
});

const lostRate = "learning rate lost in the text, 1e-3 taken";
const openDecay = "weight decay not stated, 0.01 taken";

const conditions: readonly Condition[] = [
  ...([["lenet", 20_194], ["convnet", 30_954], ["mlp", 239_410]] as const).map((
    [network, parameters],
  ): Condition => ({
    dataset: "mnist",
    network,
    parameters,
    recipe: mnist,
    repeats: 5,
    source: "A.1.4 MNIST",
    unconfirmed: [lostRate],
  })),
  notYet("cifar10", "resnet32", 464_154, cifar, "A.1.4 CIFAR10 and CIFAR100"),
  notYet("cifar10", "mobilenet_s", 1_528_106, cifarMobileNet, "A.1.4 CIFAR10 and CIFAR100"),
  notYet("cifar10", "wrn22_10", 27_977_146, cifar, "A.1.4 CIFAR10 and CIFAR100"),
  notYet("cifar100", "mobilenet_l", 4_330_132, cifarMobileNet, "A.1.4 CIFAR10 and CIFAR100"),
  notYet("cifar100", "resnet18", 11_173_962, cifar, "A.1.4 CIFAR10 and CIFAR100"),
  notYet("cifar100", "parn18", 11_218_340, cifar, "A.1.4 CIFAR10 and CIFAR100"),
  notYet("tiny_imagenet", "resnet18", 11_173_962, tinyImageNet, "A.1.4 TinyImageNet"),
  notYet("tiny_imagenet", "inception", 23_995_504, tinyImageNet, "A.1.4 TinyImageNet"),
  notYet("tiny_imagenet", "wrn28_10", 38_241_656, tinyImageNet, "A.1.4 TinyImageNet"),
  // A.1.4: three repeats of the two smaller models, one of the largest.
  { ...notYet("imagenet", "resnet50", 25_557_032, imageNet, "A.1.4 ImageNet1k"), repeats: 3 },
  {
    ...notYet("imagenet", "swin_t", 28_351_570, transformer(5), "A.1.4 ImageNet1k"),
    repeats: 3,
    unconfirmed: [lostRate, openDecay, "with CE the warm-up takes 10 epochs (footnote e)"],
  },
  {
    ...notYet("imagenet", "vit_b16", 86_567_656, transformer(10), "A.1.4 ImageNet1k"),
    repeats: 1,
    unconfirmed: [lostRate, openDecay],
  },
];

/** Section 5.1 as data. */
export const section51: Experiment = {
  section: "5.1",
  title: "Learning with standard data sets",
  figures: ["figure_02", "figure_03", "figure_04"],
  losses: ["ce", "ln", "dice", "mm", "hem"],
  evaluations: ["clean", "corrupt", "unknown", "attack"],
  conditions,
  scales: {
    smoke: {
      epochs: 1,
      repeats: 1,
      attackImages: 32,
      dataset: { trainCount: 512, testCount: 1000, unknownCount: 200 },
    },
    preview: { epochs: 2, repeats: 2, attackImages: 500 },
    paper: {},
  },
};

/** A condition whose network or data set is not in this project yet. */
function notYet(
  dataset: string,
  network: string,
  parameters: number,
  recipe: Recipe,
  source: string,
): Condition {
  const missing = "the data set and the network are not in this project yet";
  return { dataset, network, parameters, recipe, repeats: 5, source, missing };
}
