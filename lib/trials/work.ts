import { trainingStage } from "./record.ts";
import type { Recipe, Trial } from "./trial.ts";

/** What a network costs, as lib/models measures it by running the network. */
export interface NetworkWork {
  parameters: number;
  /** Those that an optimiser moves. */
  trainedParameters: number;
  /** Multiply-accumulates for one image, forward; while training an auxiliary head may add to them. */
  macs: number;
  trainingMacs: number;
  /** Bytes of activations that wait for their gradients, per image. */
  keptBytes: number;
}

/** How much an attack computes. */
export interface AttackWork {
  images: number;
  /** Forward passes for each of them, on average; a backward pass counts two. */
  passes: number;
}

/** What a stage takes through the network. */
export interface StageWork {
  /** Images that are learnt from: forward and backward. */
  learnt: number;
  /** Forward passes of single images. */
  seen: number;
  /** Images that are corrupted, or of unknown classes: they have to be made or read. */
  corrupted: number;
  unknown: number;
}

// Sizes of the standard splits; of TinyImageNet and ImageNet1k those of validation, which serve as test sets.
const setSizes: Record<string, { train: number; test: number }> = {
  mnist: { train: 60_000, test: 10_000 },
  fashion_mnist: { train: 60_000, test: 10_000 },
  cifar10: { train: 50_000, test: 10_000 },
  cifar100: { train: 50_000, test: 10_000 },
  tiny_imagenet: { train: 100_000, test: 10_000 },
  imagenet: { train: 1_281_167, test: 50_000 },
};

// Section A.1.2: the corrupted copies of the test set; of colour images 19 corruptions at five severities.
const colour = 19 * 5;
const corruptedSets: Record<string, number> = {
  mnist: 15,
  cifar10: colour,
  cifar100: colour,
  tiny_imagenet: colour,
  imagenet: colour,
};

// Section A.1.2: seven unknown-class sets, the synthetic ones of 10000 images each.
const unknownSetCount = 7;
const unknownSetSize = 10_000;

/** What a stage takes through the network; undefined where nothing is known of the data set, or of the attack. */
export function stageWork(trial: Trial, stage: string, attack?: AttackWork): StageWork | undefined {
  const { dataset, recipe } = trial;
  const sizes = setSizes[dataset.name];
  if (sizes === undefined) return undefined;
  const { trainCount = sizes.train, testCount = sizes.test } = dataset;
  const none = { learnt: 0, seen: 0, corrupted: 0, unknown: 0 };
  switch (stage) {
    case trainingStage:
      return { ...none, learnt: trainCount * recipe.epochs };
    case "corrupt": {
      const corrupted = (corruptedSets[dataset.name] ?? 0) * testCount;
      return { ...none, seen: corrupted, corrupted };
    }
    case "unknown": {
      const unknown = unknownSetCount * (dataset.unknownCount ?? unknownSetSize);
      return { ...none, seen: testCount + unknown, unknown };
    }
    case "attack": {
      if (attack === undefined) return undefined;
      // The clean test set gives the threshold.
      return { ...none, seen: testCount + attack.images * attack.passes };
    }
    default:
      return { ...none, seen: testCount };
  }
}

// A multiplication and an addition; a backward pass costs two forward ones.
const flopsPerMac = 2;
const backwardPasses = 2;

/** FLOPs of a stage: those of convolutions, linear maps and attention. */
export function stageFlops({ learnt, seen }: StageWork, recipe: Recipe, network: NetworkWork) {
  // A batch in parts goes through the network once more, for the logits of the whole.
  const passes = 1 + backwardPasses + (isInParts(recipe) ? 1 : 0);
  return flopsPerMac * (learnt * passes * network.trainingMacs + seen * network.macs);
}

function isInParts({ batchSize, microBatch = batchSize }: Recipe): boolean {
  return microBatch < batchSize;
}

/** Bytes of a training on its device at their peak, by what they are for. */
export interface TrainingMemory {
  parameters: number;
  gradients: number;
  optimizer: number;
  /** Activations that wait for their gradients. */
  activations: number;
  /** Gradients of activations, and what is freed only at the end of a pass. */
  temporary: number;
  total: number;
}

const bytesPerNumber = Float32Array.BYTES_PER_ELEMENT;

// Times the activations; measured as the growth of a process's peak memory with the batch, on a CPU: ViT-B/16 1.2,
// MobileNetV3-Large 1.5, ResNet18 and ResNet32 1.8, ResNet50 2.0.
const temporaryShare = 2;

/** What a training needs while a batch, or a part of one, is learnt from. */
export function trainingMemory(recipe: Recipe, network: NetworkWork): TrainingMemory {
  const { optimizer, batchSize, microBatch = batchSize } = recipe;
  // Momentum; Adam's means and squares.
  const states = optimizer.name === "sgd" ? (optimizer.momentum ? 1 : 0) : 2;
  // The sums of the parts before.
  const sums = isInParts(recipe) ? 2 : 1;
  const activations = Math.min(microBatch, batchSize) * network.keptBytes;
  const parts = {
    parameters: network.parameters * bytesPerNumber,
    gradients: sums * network.trainedParameters * bytesPerNumber,
    optimizer: states * network.trainedParameters * bytesPerNumber,
    activations,
    temporary: temporaryShare * activations,
  };
  return { ...parts, total: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0) };
}

/**
 * The largest part of a batch, halved as often as needed, whose training fits a memory; the batch itself where that fits,
 * undefined where one image does not.
 */
export function fittingBatch(
  recipe: Recipe,
  network: NetworkWork,
  memory: number,
): number | undefined {
  for (let size = recipe.batchSize; size >= 1; size = Math.floor(size / 2)) {
    if (trainingMemory({ ...recipe, microBatch: size }, network).total <= memory) return size;
  }
  return undefined;
}
