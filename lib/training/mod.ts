// Training a network with a loss, and its predictions.
// In: a Network, a Loss, batches of images, a recipe. Out: trained variables, losses per epoch, checkpoints, logits.
// Seeded throughout: the same trial gives the same numbers, also when it was interrupted and resumed.
export { augment, type Augmentation } from "./augmentation.ts";
export type { EpochRecord } from "./checkpoint.ts";
export { loadEncoderWeights } from "./encoder_weights.ts";
export type { Batch, Experience, Gradients, Hooks, StepContext, UpdateContext } from "./hooks.ts";
export { imagesFromBytes } from "./images.ts";
export {
  type BatchPlan,
  InputPipeline,
  orderedBatches,
  trainingBatches,
  workersFor,
} from "./input_pipeline.ts";
export { checkLabels } from "./labels.ts";
export { learntImages, type SkippingOptions, trainSkipping } from "./learnt.ts";
export { Learner, type LearnerOptions, type LearnerStanding } from "./learner.ts";
export { DivergenceError, type LoopOptions, runEpochs } from "./loop.ts";
export { buildOptimizer, type Optimizer, type Parameters } from "./optimizer.ts";
export { prefixed, setToZero, zerosBeside } from "./variable_maps.ts";
export { givesNumbers, predictLogits } from "./predict.ts";
export { type PixelPredictor, predictPixels } from "./predict_pixels.ts";
export type { AugmentationName, OptimizerChoice, Recipe, ScheduleChoice } from "./recipe.ts";
export { learningRateAt } from "./schedule.ts";
export { type BatchSource, readBatches, train, type TrainOptions } from "./train.ts";
export { loadWeights, saveWeights } from "./weights.ts";
