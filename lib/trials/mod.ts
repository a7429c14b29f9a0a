// What a trial, a stage and a record are, and where results lie: the words that all other rooms use.
// In: plain data, a data folder. Out: identities, checked records, the store, what a plan asks for of it.
// No TensorFlow and no data set here; a trial is of one of three kinds, and a new section needs no change of this room.
export * from "./recipe.ts";
export * from "./trial.ts";
export {
  canonicalForm,
  conditionNameOf,
  conditionOf,
  datasetLabel,
  labelsOf,
  lossLabel,
  methodLabel,
  scaleOfId,
  seedOf,
  trialId,
} from "./identity.ts";
export {
  isSameStage,
  parseStages,
  type Setting,
  type Stage,
  stageKey,
  stageLabel,
} from "./stage.ts";
export { type MetricRange, rangeOf } from "./metrics.ts";
export * from "./record.ts";
export { type DamagedResult, openStore, type ResultFilter, type Store } from "./store.ts";
export { type PlannedTrial, recordsOf, recordsOfTrial } from "./planned.ts";
export { isTrialRunning, type Lock, lockTrial, requireLocks, TrialBusyError } from "./lock.ts";
export { arrivedDatasets, hashOfFile, type IsPresent, lackingMetrics } from "./completion.ts";
export {
  isOwnName,
  type OwnResult,
  type OwnResults,
  type OwnStage,
  readOwnResults,
  writeOwnResult,
} from "./own_result.ts";
export { weightsFile } from "./weights_file.ts";
export { dataFolder } from "./data_folder.ts";
export { migrateRecord, migrateResults, type Migration } from "./migration.ts";
