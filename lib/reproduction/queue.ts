import { isFile } from "../files/mod.ts";
import { pendingStages, stageDefinition } from "../stages/mod.ts";
import {
  type IsPresent,
  isTrialRunning,
  type PlannedTrial,
  type Stage,
  stageKey,
  type Store,
  type Trial,
  trialId,
  weightsFile,
} from "../trials/mod.ts";
import type { Anew } from "./anew.ts";
import {
  bases,
  type Basis,
  type Costs,
  type Durations,
  estimateStage,
  startSeconds,
} from "./cost.ts";

/** A trial with what is there of it and what is to do. */
export interface Task {
  trial: Trial;
  id: string;
  /** All stages it should have: the one that makes its weights, then those that measure them. */
  stages: readonly Stage[];
  /** Stages with a record that counts. */
  done: Stage[];
  /** Stages without one; none when the trial is finished. */
  pending: Stage[];
  /** Data sets that its records lack, or have without a metric, and that can be added: these stages are pending. */
  arrived: string[];
  /** Its training diverged, and is not tried again. */
  diverged: boolean;
  /** All of it is done anew: when the stored training began that is replaced. */
  again?: string;
  /** The training runs again: the weights are gone, and an evaluation needs them, or a pending stage watches it. */
  retrains: boolean;
  /** Another process works on it at this moment. */
  running: boolean;
  /** Expected seconds of what is pending; undefined where nothing is known about the network. */
  seconds: number | undefined;
  /** What the expectation rests on: the weakest part of it. */
  basis: Basis | "unknown";
}

/** What `tasksOf()` takes. */
export interface TaskOptions {
  store: Store;
  /** Tells whether a data set is on this machine: a stage that lacks one that is there now is pending. Default: none. */
  isPresent?: IsPresent;
  /** What is known of costs beside stored durations. */
  costs?: Costs;
  /** Of stored stages on such a device; default: none are known. */
  durations?: Durations;
  /** What to do anew. Default: nothing. */
  replaced?: Anew["replaced"];
}

/** What is done and what is pending of each trial that is asked for, each trial once with all stages that are wanted of it. */
export function tasksOf(planned: readonly PlannedTrial[], options: TaskOptions): Task[] {
  const { store, isPresent, costs = {}, durations = new Map(), replaced = {} } = options;
  return together(planned).map(({ trial, stages }): Task => {
    const id = trialId(trial);
    const standing = pendingStages({ trial, stages }, store, isPresent);
    const { arrived, made } = standing;
    const anew = made !== undefined && made.startedAt === replaced[id];
    const [done, pending] = anew ? [[], [...stages]] : [standing.done, standing.pending];
    const diverged = standing.diverged && !anew;
    const [first] = stages;
    const retrains = pending.length > 0 && !pending.includes(first!) &&
      (!isFile(weightsFile(store, id)) ||
        pending.some(({ name }) => stageDefinition(name).follows === true));
    const work = workOf({ stages, pending, retrains });
    const estimates = work.map((stage) => estimateStage(trial, stage, durations, costs));
    const known = estimates.every((estimate) => estimate !== undefined);
    const start = work.length > 0 ? startSeconds : 0;
    return {
      trial,
      id,
      stages,
      done,
      pending,
      arrived,
      diverged,
      ...(anew && { again: made.startedAt }),
      retrains,
      running: isTrialRunning(store.runFolder(id)),
      seconds: known ? estimates.reduce((sum, e) => sum + e!.seconds, start) : undefined,
      basis: known ? weakest(estimates.map((estimate) => estimate!.basis)) : "unknown",
    };
  });
}

/** The stages that run: the pending ones, and before them a training that runs again. */
export function workOf(
  { stages, pending, retrains }: Pick<Task, "stages" | "pending" | "retrains">,
): readonly Stage[] {
  return retrains ? [stages[0]!, ...pending] : pending;
}

/** Each trial once, with the stages that any of its sections asks for. */
export function together(planned: readonly PlannedTrial[]): PlannedTrial[] {
  return [...Map.groupBy(planned, ({ trial }) => trialId(trial)).values()].map((same) => ({
    trial: same[0]!.trial,
    stages: [
      ...new Map(
        same.flatMap(({ stages }) => stages.map((stage) => [stageKey(stage), stage] as const)),
      ).values(),
    ],
  }));
}

function weakest(of: readonly Basis[]): Basis {
  return bases[Math.max(0, ...of.map((basis) => bases.indexOf(basis)))]!;
}

/** Whether another run has done meanwhile what was pending of a task. */
export function isFinished({ trial, stages, arrived, again }: Task, store: Store): boolean {
  const isPresent = (dataset: string) => arrived.includes(dataset);
  const { pending, made } = pendingStages({ trial, stages }, store, isPresent);
  return pending.length === 0 && (again === undefined || made?.startedAt !== again);
}

/** The order of work: the first repeat of everything before the second of anything, among them the cheap before the dear. */
export function cheapFirst(tasks: readonly Task[]): Task[] {
  return [...tasks].sort((a, b) =>
    a.trial.index - b.trial.index || order(a.seconds) - order(b.seconds)
  );
}

function order(seconds: number | undefined): number {
  return seconds ?? Number.MAX_VALUE;
}
