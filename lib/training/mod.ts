// Training a network with a loss, and checking networks against PyTorch.
// In: a Module, a Loss, batches of images, a recipe. Out: trained variables, losses per epoch, checkpoints, logits.
// Seeded throughout: the same trial gives the same numbers, also when it was interrupted and resumed.
export { accumulatedStep } from "./accumulation.ts";
export { augment } from "./augmentation.ts";
export type { EpochRecord } from "./checkpoint.ts";
export * from "./golden.ts";
export { imagesFromBytes } from "./images.ts";
export { InputPipeline, orderedBatches, trainingBatches, workersFor } from "./input_pipeline.ts";
export { buildOptimizer, type Optimizer, type Parameters } from "./optimizer.ts";
export { predictLogits } from "./predict.ts";
export { learningRateAt } from "./schedule.ts";
export { DivergenceError, train, type TrainOptions, trainStep } from "./train.ts";
export { loadWeights, saveWeights } from "./weights.ts";
