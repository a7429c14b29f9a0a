// Runs one trial in this process: trains its network, or takes its stored weights, and measures it.
// In: a trial and the data folder. Out: result records in the store, weights and checkpoints in `runs/`.
// The only room that brings data, networks, losses, training and evaluation together.
export { runTrial } from "./run_trial.ts";
export { evaluationOf, evaluations } from "./evaluations.ts";
export {
  type Evaluation,
  type EvaluationContext,
  type Measurements,
  StoppedError,
} from "./evaluation.ts";
export { environment } from "./environment.ts";
