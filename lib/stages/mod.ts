// The stages of a trial: what each is named, what decides its numbers, what it measures, what it costs, and doing it.
// In: a trial and its stages. Out: stages as plain data, their costs; records in the store once they are done.
// TensorFlow comes with `loadRunner()` alone, in the process of a trial: each stage's work is a file that only it loads.
export { noWork, type StageDefinition, stageOf, type StageWork } from "./definition.ts";
export { stageDefinition, stages } from "./catalogue.ts";
export { attack, attackBudget, type AttackSettings } from "./attack.ts";
export { classes } from "./classes.ts";
export { clean } from "./clean.ts";
export { continual } from "./continual.ts";
export { corrupt } from "./corrupt.ts";
export { attackedCurves, curves } from "./curves.ts";
export { learnt } from "./learnt.ts";
export { type SceneOptions, sceneOptions } from "./scene_options.ts";
export { segmentation } from "./segmentation.ts";
export { training } from "./training.ts";
export { unknown } from "./unknown.ts";
export { pendingStages } from "./pending.ts";
export type { RunOptions, RunTrial } from "./work.ts";
export { loadRunner } from "./load_runner.ts";
export {
  evaluateNetwork,
  type EvaluateNetworkOptions,
  type StageMeasurements,
} from "./evaluate_network.ts";
