// What a trial is (plain data with an identity), where its results lie, and how pending ones are run.
// In: trials as data, a data folder. Out: result records, plans, child processes that run trials.
// No TensorFlow here: a trial runs in a process of its own (lib/cli/run_trial.ts, lib/runner).
export * from "./trial.ts";
export * from "./record.ts";
export { type DamagedResult, openStore, type ResultFilter, type Store } from "./store.ts";
export { isTrialRunning, type Lock, lockTrial, TrialBusyError } from "./lock.ts";
export {
  arrivedDatasets,
  hashOfFile,
  type IsPresent,
  lackingMetrics,
  type StageMetrics,
} from "./completion.ts";
export {
  cheapFirst,
  isDone,
  isFinished,
  type Task,
  type TaskOptions,
  tasksOf,
  weightsFile,
} from "./queue.ts";
export { type ChildEvent, logFile } from "./child.ts";
export {
  defaultJobs,
  execute,
  type ExecuteOptions,
  type ExecutionResult,
  type Failure,
} from "./executor.ts";
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
  type AttackWork,
  fittingBatch,
  type NetworkWork,
  stageFlops,
  type StageWork,
  stageWork,
  type TrainingMemory,
  trainingMemory,
} from "./work.ts";
export { describePlan, describeSeconds, type Plan, planOf } from "./plan.ts";
export { type RunOptions, type RunTrial, serveTrial } from "./serve.ts";
export { beWatched, runWatched, type Watched } from "./watched.ts";
export { type Place, showExecution } from "./display.ts";
export { dataFolder } from "./data_folder.ts";
export { gpuMemory, visibleGpus } from "./gpus.ts";
