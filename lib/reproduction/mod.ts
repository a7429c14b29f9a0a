// From experiments to results: which trials and stages a plan has, what is pending of them, and running that.
// In: sections, a scale, globs, a data folder. Out: plans, child processes that run trials, what became of them.
// No TensorFlow here: a trial runs in a process of its own (lib/cli/run_trial.ts).
export { conditionsAt, planOf, type ScaledCondition, type TrialOptions } from "./expand.ts";
export {
  type MissingCondition,
  missingConditions,
  type MissingCorrupted,
  type MissingData,
  type MissingUnknown,
} from "./missing.ts";
export { select, type Selection } from "./select.ts";
export { type Anew, anewOf } from "./anew.ts";
export { cheapFirst, isFinished, type Task, type TaskOptions, tasksOf } from "./queue.ts";
export { type ConditionPlan, flopsOf, secondsOf, type StagePlan } from "./condition_plan.ts";
export {
  type Basis,
  type Costs,
  type Device,
  type Durations,
  durationsOf,
  type Estimate,
  estimateStage,
} from "./cost.ts";
export {
  fittingBatch,
  type NetworkWork,
  stageFlops,
  type TrainingMemory,
  trainingMemory,
} from "./work.ts";
export { type Shard, trialsOfShard } from "./shard.ts";
export { describePlan, describeSeconds, type Plan, runPlanOf } from "./plan.ts";
export { type ChildEvent, logFile } from "./child.ts";
export {
  defaultJobs,
  execute,
  type ExecuteOptions,
  type ExecutionResult,
  type Failure,
} from "./executor.ts";
export { serveTrial } from "./serve.ts";
export { beWatched, runWatched, type Watched } from "./watched.ts";
export { type Place, showExecution } from "./display.ts";
export { gpuMemory, visibleGpus } from "./gpus.ts";
export {
  describeFailures,
  describeMissing,
  noTrials,
  planReproduction,
  reproduce,
  type ReproduceOptions,
  type RunControl,
  runPlan,
  type SectionPlan,
} from "./reproduce.ts";
export {
  findGarbage,
  type Garbage,
  type GarbageKind,
  garbageKinds,
  removeGarbage,
} from "./garbage.ts";
export {
  type Changed,
  trialsToVerify,
  type Verified,
  type VerifyOptions,
  verifyTrial,
} from "./verify.ts";
