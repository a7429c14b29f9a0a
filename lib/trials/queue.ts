import { join } from "node:path";
import { isFile } from "../files/mod.ts";
import { arrivedDatasets, type IsPresent, type StageMetrics } from "./completion.ts";
import { bases, type Basis, type Costs, durationsOf, estimateStage, startSeconds } from "./cost.ts";
import { isTrialRunning } from "./lock.ts";
import { trainingStage } from "./record.ts";
import type { Store } from "./store.ts";
import { type Trial, trialId } from "./trial.ts";

/** A trial with what is there of it and what is to do. */
export interface Task {
  trial: Trial;
  id: string;
  /** All stages it should have: the training, then its evaluations. */
  stages: readonly string[];
  /** Stages with a trusted record. */
  done: string[];
  /** Stages without one; none when the trial is finished. */
  pending: string[];
  /** Data sets that its records lack, or have without a metric, and that can be added: these stages are pending. */
  arrived: string[];
  /** The metrics of its stages by which that was found. */
  metrics: StageMetrics;
  /** The weights are gone, and an evaluation needs them: the training runs again first. */
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
  /** The evaluations that each trial should have, beside its training. */
  evaluations: readonly string[];
  /** Tells whether a data set is on this machine: a stage that lacks one that is there now is pending. Default: none. */
  isPresent?: IsPresent;
  /** The metrics that a record of a stage should have, which older ones gain without a training. Default: those it has. */
  metrics?: StageMetrics;
  /** What is known of costs beside stored durations. */
  costs?: Costs;
  /** Durations of GPUs, or of CPUs, alone; default: all. */
  onGpu?: boolean;
}

/** What is done and what is pending of each trial, in the order of the trials. */
export function tasksOf(
  trials: readonly Trial[],
  options: TaskOptions,
): Task[] {
  const { store, evaluations, isPresent = () => false, metrics = {}, costs = {}, onGpu } = options;
  const durations = durationsOf(store.read(), onGpu);
  return trials.map((trial): Task => {
    const id = trialId(trial);
    const stages = [trainingStage, ...evaluations];
    const wanted = { isPresent, metrics };
    const done = stages.filter((stage) => isDone(store, id, stage, wanted));
    const arrived = stages.flatMap((stage) => arrivedOf(store, id, stage, wanted));
    const pending = stages.filter((stage) => !done.includes(stage));
    const retrains = pending.length > 0 && !pending.includes(trainingStage) &&
      !isFile(weightsFile(store, id));
    const work = retrains ? [trainingStage, ...pending] : pending;
    const estimates = work.map((stage) => estimateStage(trial, stage, durations, costs));
    const known = estimates.every((estimate) => estimate !== undefined);
    const start = work.length > 0 ? startSeconds : 0;
    return {
      trial,
      id,
      stages,
      done,
      pending,
      arrived: [...new Set(arrived)],
      metrics,
      retrains,
      running: isTrialRunning(store.runFolder(id)),
      seconds: known ? estimates.reduce((sum, e) => sum + e!.seconds, start) : undefined,
      basis: known ? weakest(estimates.map((estimate) => estimate!.basis)) : "unknown",
    };
  });
}

function weakest(of: readonly Basis[]): Basis {
  return bases[Math.max(0, ...of.map((basis) => bases.indexOf(basis)))]!;
}

/** Whether a stage has a record to which nothing can be added. */
export function isDone(store: Store, id: string, stage: string, wanted: Wanted): boolean {
  return store.has(id, stage) && arrivedOf(store, id, stage, wanted).length === 0;
}

/** What a record may have gained a reason to have. */
interface Wanted {
  isPresent: IsPresent;
  metrics?: StageMetrics;
}

/** Whether another run has done meanwhile what was pending of a task. */
export function isFinished({ id, stages, arrived, metrics }: Task, store: Store): boolean {
  const isPresent = (dataset: string) => arrived.includes(dataset);
  return stages.every((stage) => isDone(store, id, stage, { isPresent, metrics }));
}

function arrivedOf(store: Store, id: string, stage: string, wanted: Wanted): string[] {
  const record = store.get(id, stage);
  if (record === undefined) return [];
  return arrivedDatasets(record, { ...wanted, weights: weightsFile(store, id) });
}

/** The order of work: cheap before dear, of equal cost the first repeats before the second ones. */
export function cheapFirst(tasks: readonly Task[]): Task[] {
  return [...tasks].sort((a, b) =>
    order(a.seconds) - order(b.seconds) || a.trial.index - b.trial.index
  );
}

/** Where a trial's final weights lie (PyTorch names and layout). */
export function weightsFile(store: Store, id: string): string {
  return join(store.runFolder(id), "weights.safetensors");
}

function order(seconds: number | undefined): number {
  return seconds ?? Number.MAX_VALUE;
}
