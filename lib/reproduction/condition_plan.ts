import { lossLabel, type Stage, stageKey, type Trial, trialId } from "../trials/mod.ts";
import type { Recipe } from "../training/mod.ts";
import { stageDefinition } from "../stages/mod.ts";
import { type Basis, type Costs, type Durations, estimateStage } from "./cost.ts";
import type { ScaledCondition } from "./expand.ts";
import { type Task, workOf } from "./queue.ts";
import {
  fittingBatch,
  type NetworkWork,
  stageFlops,
  type TrainingMemory,
  trainingMemory,
} from "./work.ts";

/** What one condition asks for: its trials differ in the loss and the repeat alone, and cost the same. */
export interface ConditionPlan {
  section: string;
  /** `<data>/<method>`. */
  condition: string;
  /** With their variants. */
  losses: string[];
  /** Trials of each loss. */
  repeats: number;
  trials: number;
  /** Trials that have something to do. */
  pending: number;
  /** Pending trials that train once more: their weights are gone, or a pending stage watches the training. */
  retraining: number;
  /** Pending trials that another process runs now. */
  running: number;
  /** Trials whose training diverged, and is not tried again. */
  diverged: number;
  /** Data sets that results lack and that are there now. */
  arrived: string[];
  recipe: Recipe;
  /** Of one whole trial; a stage without figures is one that nothing is known about. */
  stages: StagePlan[];
  /** Of all that is pending, as far as it is known. */
  left: { flops: number; seconds: number };
  network?: NetworkWork;
  /** Of one training. */
  memory?: TrainingMemory;
  /** Images at once that the device's memory holds, the batch or a part of it; null where it does not hold one. */
  fittingBatch?: number | null;
  /** The condition's name in the paper, where something stands in for it. */
  standsFor?: string;
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

/**
 * Tasks by condition, with what one of its trials costs from beginning to end; those without a task are left out. A task that
 * several conditions ask for is the first one's; trials of which other stages are asked for are a line of their own.
 */
export function conditionPlans(
  conditions: readonly ScaledCondition[],
  tasks: readonly Task[],
  options: {
    costs: Costs;
    durations: Durations;
    /** Trials that share the device's memory with one. */
    sharingOf: (trial: Trial) => number;
    /** Why a condition cannot run yet. */
    reasonOf: (condition: ScaledCondition) => string | undefined;
  },
): ConditionPlan[] {
  const { costs, durations, sharingOf, reasonOf } = options;
  const stageOf = (trial: Trial, stage: Stage): StagePlan => {
    const network = costs.networkOf?.(trial);
    const work = stageDefinition(stage.name).work(trial, stage);
    const estimate = estimateStage(trial, stage, durations, costs);
    return {
      stage: stage.name,
      ...(network && work && { flops: stageFlops(work, trial.recipe, network) }),
      ...estimate,
    };
  };
  const planOf = (one: ScaledCondition, group: readonly Task[]): ConditionPlan => {
    const { trial, stages } = group[0]!;
    const pending = group.filter((task) => task.pending.length > 0);
    const losses = [...new Set(group.map((task) => lossLabel(task.trial)))];
    const network = costs.networkOf?.(trial);
    const memory = costs.device && costs.device.memory / sharingOf(trial);
    const missing = reasonOf(one);
    const costOf = new Map(stages.map((stage) => [stageKey(stage), stageOf(trial, stage)]));
    const flops = pending.flatMap(workOf).map((stage) => costOf.get(stageKey(stage))?.flops ?? 0);
    return {
      section: one.section,
      condition: one.name,
      losses,
      repeats: group.length / losses.length,
      trials: group.length,
      pending: pending.length,
      retraining: pending.filter((task) => task.retrains).length,
      running: pending.filter((task) => task.running).length,
      diverged: group.filter((task) => task.diverged).length,
      arrived: [...new Set(pending.flatMap((task) => task.arrived))],
      recipe: trial.recipe,
      stages: [...costOf.values()],
      left: {
        flops: flops.reduce((sum, some) => sum + some, 0),
        seconds: pending.reduce((sum, { seconds = 0 }) => sum + seconds, 0),
      },
      ...(network && { network, memory: trainingMemory(trial.recipe, network) }),
      ...(network && memory !== undefined && {
        fittingBatch: fittingBatch(trial.recipe, network, memory) ?? null,
      }),
      ...(one.standsFor !== undefined && { standsFor: one.standsFor }),
      ...(missing !== undefined && { missing }),
    };
  };
  const counted = new Set<string>();
  return conditions.flatMap((one) => {
    const ids = new Set(one.planned.map(({ trial }) => trialId(trial)));
    const group = tasks.filter(({ id }) => ids.has(id) && !counted.has(id));
    group.forEach(({ id }) => counted.add(id));
    const alike = Map.groupBy(group, (task) => task.stages.map((stage) => stageKey(stage)).join());
    return [...alike.values()].map((same) => planOf(one, same));
  });
}

/** FLOPs of a trial's training and of its evaluations; undefined where one is not known. */
export function flopsOf({ stages }: ConditionPlan): { training?: number; evaluations?: number } {
  const total = (of: StagePlan[]) =>
    of.every(({ flops }) => flops !== undefined)
      ? of.reduce((sum, { flops }) => sum + flops!, 0)
      : undefined;
  // The first makes the weights.
  const training = total(stages.slice(0, 1));
  const evaluations = total(stages.slice(1));
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
