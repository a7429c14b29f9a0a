// Continual learning: one data set as a sequence of experiences, and strategies against forgetting.
// In: a data set, a learner, a strategy by name. Out: how many test images of each experience are right after each one.
// Strategies are hooks of a learner, and go with any loss and optimiser; their state is in checkpoints.
export { type BenchmarkName, type BenchmarkOptions, makeScenario } from "./benchmark.ts";
export { makeStrategy, strategyNames, type StrategyOptions } from "./catalogue.ts";
export { distillation } from "./distillation.ts";
export { ElasticWeightConsolidation, type EwcOptions } from "./ewc.ts";
export { experienceOrder, type OrderOptions } from "./experience_order.ts";
export { Joint } from "./joint.ts";
export {
  LearningWithoutForgetting,
  type LearningWithoutForgettingOptions,
} from "./learning_without_forgetting.ts";
export { LessForgetfulLearning, type LessForgetfulOptions } from "./less_forgetful_learning.ts";
export { ClassBalancedMemory, type Remembered } from "./memory.ts";
export { Naive } from "./naive.ts";
export { normalisationNames, normalisationOf } from "./normalisation.ts";
export { quadraticPenalty, type Term } from "./quadratic_penalty.ts";
export { Replay, type ReplayOptions } from "./replay.ts";
export { type ContinualOptions, type ContinualResults, learnExperiences } from "./run.ts";
export type { Scenario, ScenarioName, Stream } from "./scenario.ts";
export {
  classIncremental,
  domainIncremental,
  type SplitOptions,
  taskIncremental,
} from "./split_classes.ts";
export type { ImageOrder } from "./experience_set.ts";
export { type PermutedOptions, permutedPixels } from "./permuted_pixels.ts";
export type { ExperienceOrder, Strategy, StrategyContext } from "./strategy.ts";
export { experienceImages, streamBatches } from "./stream_batches.ts";
export { SynapticIntelligence, type SynapticIntelligenceOptions } from "./synaptic_intelligence.ts";
export { followTrace, type Trace, type TracedExperience } from "./trace.ts";
