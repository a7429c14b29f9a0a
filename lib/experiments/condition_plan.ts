import {
  type Basis,
  type Costs,
  durationsOf,
  estimateStage,
  fittingBatch,
  type NetworkWork,
  type Recipe,
  stageFlops,
  stageWork,
  type Store,
  type Task,
  type TrainingMemory,
  trainingMemory,
  trainingStage,
  type Trial,
} from "../trials/mod.ts";

/** What one condition asks for: its trials differ in the loss and the repeat alone, and cost the same. */
export interface ConditionPlan {
  section: string;
  /** `<data set>/<network>`. */
  condition: string;
  losses: string[];
  /** Trials of each loss. */
  repeats: number;
  trials: number;
  /** Trials that have something to do. */
  pending: number;
  /** Pending trials that train once more because their weights are gone. */
  retraining: number;
  /** Pending trials that another process runs now. */
  running: number;
  /** Data sets that results lack and that are there now. */
  arrived: string[];
  recipe: Recipe;
  /** Of one whole trial; a stage without figures is one that nothing is known about. */
  stages: StagePlan[];
  network?: NetworkWork;
  /** Of one training. */
  memory?: TrainingMemory;
  /** Images at once that the device's memory holds, the batch or a part of it; null where it does not hold one. */
  fittingBatch?: number | null;
  /** Why it cannot run yet. */
  missing?: string;
}

/** What a stage of a trial costs. */
export interface StagePlan {
  stage: string;
  flops?: number;
  seconds?: number;
  basis?: Basis;
}

/** Tasks by condition, with what one of its trials costs from beginning to end. */
export function conditionPlans(tasks: readonly Task[], options: {
  store: Store;
  costs: Costs;
  onGpu: boolean;
  /** Trials that share the device's memory with one. */
  sharingOf: (trial: Trial) => number;
  /** Why a condition cannot run yet. */
  reasonOf: (section: string, condition: string) => string | undefined;
}): ConditionPlan[] {
  const { store, costs, onGpu, sharingOf, reasonOf } = options;
  const durations = durationsOf(store.read(), onGpu);
  const stageOf = (trial: Trial, stage: string): StagePlan => {
    const network = costs.networkOf?.(trial);
    const work = stageWork(trial, stage, costs.attackOf?.(trial));
    const estimate = estimateStage(trial, stage, durations, costs);
    return {
      stage,
      ...(network && work && { flops: stageFlops(work, trial.recipe, network) }),
      ...estimate,
    };
  };
  return [...Map.groupBy(tasks, ({ trial }) => `${trial.section} ${nameOf(trial)}`).values()]
    .map((group): ConditionPlan => {
      const { trial, stages } = group[0]!;
      const pending = group.filter((task) => task.pending.length > 0);
      const losses = [...new Set(group.map((task) => task.trial.loss.name))];
      const network = costs.networkOf?.(trial);
      const memory = costs.device && costs.device.memory / sharingOf(trial);
      const missing = reasonOf(trial.section, nameOf(trial));
      return {
        section: trial.section,
        condition: nameOf(trial),
        losses,
        repeats: group.length / losses.length,
        trials: group.length,
        pending: pending.length,
        retraining: pending.filter((task) => task.retrains).length,
        running: pending.filter((task) => task.running).length,
        arrived: [...new Set(pending.flatMap((task) => task.arrived))],
        recipe: trial.recipe,
        stages: stages.map((stage) => stageOf(trial, stage)),
        ...(network && { network, memory: trainingMemory(trial.recipe, network) }),
        ...(network && memory !== undefined && {
          fittingBatch: fittingBatch(trial.recipe, network, memory) ?? null,
        }),
        ...(missing !== undefined && { missing }),
      };
    });
}

/** FLOPs of a trial's training and of its evaluations; undefined where one is not known. */
export function flopsOf({ stages }: ConditionPlan): { training?: number; evaluations?: number } {
  const total = (of: StagePlan[]) =>
    of.every(({ flops }) => flops !== undefined)
      ? of.reduce((sum, { flops }) => sum + flops!, 0)
      : undefined;
  const training = total(stages.filter(({ stage }) => stage === trainingStage));
  const evaluations = total(stages.filter(({ stage }) => stage !== trainingStage));
  return {
    ...(training !== undefined && { training }),
    ...(evaluations !== undefined && { evaluations }),
  };
}

/** Expected seconds of a whole trial; undefined where a stage's are not known. */
export function secondsOf({ stages }: ConditionPlan): number | undefined {
  if (stages.some(({ seconds }) => seconds === undefined)) return undefined;
  return stages.reduce((sum, { seconds }) => sum + seconds!, 0);
}

function nameOf({ dataset, network }: Trial): string {
  return `${dataset.name}/${network.name}`;
}
