import { log, type Progress, startProgress } from "../progress/mod.ts";
import { conditionOf } from "../trials/mod.ts";
import type { ChildEvent } from "./child.ts";
import type { TaskEnd } from "./executor.ts";
import type { Task } from "./queue.ts";

/** What an execution tells its display. */
export interface ExecutionDisplay {
  onStart(task: Task): void;
  onEvent(task: Task, event: ChildEvent): void;
  onEnd(task: Task, end: TaskEnd): void;
  finish(note: string): void;
}

/** Where an execution is shown; by default where this process shows everything. */
export interface Place {
  startProgress(label: string, total: number): Progress;
  log(message: string): void;
}

/**
 * Shows an execution: one bar over all pending work, weighted by expected cost, with what each child
 * does beside it, and a line for each trial that ends.
 */
export function showExecution(
  tasks: readonly Task[],
  place: Place = { startProgress, log },
): ExecutionDisplay {
  const known = tasks.map((task) => task.seconds).filter((seconds) => seconds !== undefined);
  // A trial of unknown cost weighs as much as a usual one.
  const usual = known.reduce((sum, seconds) => sum + seconds, 0) / Math.max(1, known.length) || 1;
  const weight = (task: Task) => task.seconds ?? usual;
  const total = tasks.reduce((sum, task) => sum + weight(task), 0);
  const progress = place.startProgress("Trials", total);
  const fractions = new Map<string, number>();
  const running = new Map<string, string>();
  let ended = 0;

  function draw(): void {
    const done = tasks.reduce(
      (sum, t) => sum + weight(t) * (fractions.get(t.id) ?? 0),
      0,
    );
    const children = [...running].map(([id, note]) => {
      return `${note} ${Math.floor(100 * (fractions.get(id) ?? 0))}%`;
    });
    progress.update(
      done,
      [`${ended}/${tasks.length} trials`, ...children].join(" · "),
    );
  }

  return {
    onStart(task) {
      running.set(task.id, shortName(task));
      draw();
    },
    onEvent(task, event) {
      if (event.event === "note") place.log(`${shortName(task)}: ${event.message}`);
      if (event.event === "busy") {
        running.delete(task.id);
        const holder = event.holder === undefined ? "" : ` (${event.holder})`;
        place.log(`${shortName(task)}: another process runs it${holder}, waiting for that`);
      }
      if (event.event !== "progress") return;
      fractions.set(
        task.id,
        event.total > 0 ? Math.min(1, event.done / event.total) : 0,
      );
      running.set(
        task.id,
        [shortName(task), event.note].filter(Boolean).join(" "),
      );
      draw();
    },
    onEnd(task, end) {
      running.delete(task.id);
      if (end === "stopped") return;
      fractions.set(task.id, 1);
      ended++;
      if (end === "failed") place.log(`${shortName(task)}: failed`);
      draw();
    },
    finish: (note) => progress.finish(note),
  };
}

function shortName({ trial }: Task): string {
  return `${conditionOf(trial)} #${trial.index}`;
}
