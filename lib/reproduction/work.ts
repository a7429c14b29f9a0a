import type { StageWork } from "../stages/mod.ts";
import type { Recipe } from "../training/mod.ts";

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
