import { isTrialRunning, type Store, type Trial } from "../trials/mod.ts";
import { type ChildEvent, logFile, runChild } from "./child.ts";
import { coresOf } from "./cores.ts";
import { isFinished, type Task } from "./queue.ts";

/** What `execute()` takes. */
export interface ExecuteOptions {
  store: Store;
  /** Trials side by side, at most. */
  jobs: number;
  /** Cores that the trials' threads share, so that those of fewer threads run side by side and the others alone; default: no limit. */
  cores?: number;
  /** GPUs to spread the children over; with fewer than two, TensorFlow chooses. */
  gpus?: readonly string[];
  /** The program that runs one trial; by default `lib/cli/run_trial.ts`. */
  script?: URL;
  /** Asks every child to stop at its next step; nothing new is started. */
  stop?: AbortSignal;
  /** Kills every child. */
  kill?: AbortSignal;
  onStart?: (task: Task) => void;
  onEvent?: (task: Task, event: ChildEvent) => void;
  onEnd?: (task: Task, end: TaskEnd) => void;
}

/** How a task ended: here, in another process, not at all. */
export type TaskEnd = "done" | "elsewhere" | "stopped" | "failed";

/** A trial that failed: why, and where to read more. */
export interface Failure {
  id: string;
  message: string;
  log: string;
}

/** Ids by what became of them. */
export interface ExecutionResult {
  done: string[];
  /** Finished by another process that worked on the same store. */
  elsewhere: string[];
  failed: Failure[];
  /** Stopped, or not started, because a stop was asked for or nothing more could be written. */
  stopped: string[];
  /** Why all was stopped, where that is not because it was asked for: the disk is full. */
  halted?: string;
}

// How often a trial that another process runs is looked at.
const pollMilliseconds = 500;

/**
 * Runs the pending tasks, each in a process of its own, several side by side. One that fails does
 * not stop the others, but a full disk stops all, once. One that another process runs is put last, waited for, and run here only if
 * that process leaves it unfinished.
 */
export async function execute(
  tasks: readonly Task[],
  options: ExecuteOptions,
): Promise<ExecutionResult> {
  const { store, jobs, gpus = [] } = options;
  const halt = new AbortController();
  const stop = AbortSignal.any([halt.signal, ...(options.stop ? [options.stop] : [])]);
  const kill = options.kill ?? new AbortController().signal;
  const script = options.script ??
    new URL("../cli/run_trial.ts", import.meta.url);
  const result: ExecutionResult = {
    done: [],
    elsewhere: [],
    failed: [],
    stopped: [],
  };
  const queue = tasks.filter((task) => task.pending.length > 0);
  const elsewhere: Task[] = [];
  const cores = coresOf(options.cores ?? Infinity);

  async function next(): Promise<Task | undefined> {
    while (!stop.aborted) {
      const ready = queue.shift() ?? takeFree();
      if (ready || elsewhere.length === 0) return ready;
      await delay(pollMilliseconds, stop);
    }
    return undefined;
  }

  /** A trial that another process held and holds no longer. */
  function takeFree(): Task | undefined {
    const at = elsewhere.findIndex((task) => !isTrialRunning(store.runFolder(task.id)));
    return at < 0 ? undefined : elsewhere.splice(at, 1)[0];
  }

  async function work(slot: number): Promise<void> {
    const gpu = gpus.length > 1 ? gpus[slot % gpus.length] : undefined;
    for (let task = await next(); task; task = await next()) {
      await cores.take(task.trial.recipe.threads);
      try {
        await runOne(task, gpu);
      } finally {
        cores.give(task.trial.recipe.threads);
      }
    }
  }

  async function runOne(task: Task, gpu: string | undefined): Promise<void> {
    if (stop.aborted) return finish(task, "stopped");
    if (isFinished(task, store)) return finish(task, "elsewhere");
    options.onStart?.(task);
    const onEvent = (event: ChildEvent) => options.onEvent?.(task, event);
    const ended = await runChild(task, {
      store,
      script,
      gpu,
      stop,
      kill,
      onEvent,
    });
    if (ended.end === "busy") elsewhere.push(task);
    else if (ended.end === "disk_full") {
      result.halted ??=
        `The disk of ${store.data} is full (${ended.message}): make room and give the same ` +
        "command again, to go on from the checkpoints";
      halt.abort();
      finish(task, "stopped");
    } else finish(task, ended.end, ended.end === "failed" ? ended.message : "");
  }

  function finish(task: Task, end: TaskEnd, message = ""): void {
    const { id } = task;
    if (end === "failed") {
      result.failed.push({ id, message, log: logFile(store, id) });
    } else result[end].push(id);
    options.onEnd?.(task, end);
  }

  await Promise.all(
    Array.from(
      { length: Math.min(jobs, queue.length) },
      (_, slot) => work(slot),
    ),
  );
  for (const task of [...queue, ...elsewhere]) finish(task, "stopped");
  return result;
}

/** How many trials to run side by side at most: one per GPU, else as many of the fewest threads as there are cores. */
export function defaultJobs(
  trials: readonly Trial[],
  gpus: readonly string[],
): number {
  if (gpus.length > 0) return gpus.length;
  const threads = trials.reduce((least, { recipe }) => Math.min(least, recipe.threads), Infinity);
  return Math.max(1, Math.floor(navigator.hardwareConcurrency / threads));
}

function delay(milliseconds: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stop.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    stop.addEventListener("abort", end);
  });
}
