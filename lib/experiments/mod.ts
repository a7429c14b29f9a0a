// Which trials each section of the paper needs at each scale: data, and how to run what is pending of them.
// In: a section, a scale, globs. Out: trials, plans, finished results in the store.
// No TensorFlow here: trials run in processes of their own.
export { type AttackSettings, attackSettingsOf, attackWork } from "./attacks.ts";
export { type ConditionPlan, flopsOf, secondsOf, type StagePlan } from "./condition_plan.ts";
export {
  type Condition,
  type Experiment,
  type ScaleChange,
  type ScaleOfCondition,
  type TrialOptions,
  withEpochs,
} from "./experiment.ts";
export { experimentOf, experiments, trialsOf } from "./catalogue.ts";
export { type NetworkInput, networkInputs } from "./inputs.ts";
export { type MissingCondition, missingConditions, type MissingData } from "./missing.ts";
export { select, type Selection } from "./select.ts";
export {
  describeFailures,
  describeMissing,
  planReproduction,
  reproduce,
  type ReproduceOptions,
  type RunControl,
  runPlan,
  type SectionPlan,
} from "./reproduce.ts";
