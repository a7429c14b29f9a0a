import { defaultJobs } from "./executor.ts";
import { cheapFirst, type Task } from "./queue.ts";
import type { Scale } from "./trial.ts";

/** What a run will do, before it does it. */
export interface Plan {
  scale: Scale;
  /** The cheap ones first. */
  tasks: Task[];
  /** Trials side by side. */
  jobs: number;
  /** GPUs that the trials are spread over; none means the CPU. */
  gpus: readonly string[];
  /** Expected seconds of all pending work on the clock, of the part whose cost is known. */
  seconds: number;
  /** Pending trials of unknown cost. */
  unknownCost: number;
}

/** What `planOf()` takes. */
export interface PlanOptions {
  scale: Scale;
  gpus: readonly string[];
  /** Trials side by side; by default one per GPU, else what the cores allow. */
  jobs?: number;
}

/** Adds up tasks to a plan. */
export function planOf(tasks: readonly Task[], options: PlanOptions): Plan {
  const { scale, gpus } = options;
  const pending = tasks.filter((task) => task.pending.length > 0);
  const jobs = options.jobs ??
    defaultJobs(pending.map((task) => task.trial), gpus);
  const costs = pending.map((task) => task.seconds).filter((cost) => cost !== undefined);
  const total = costs.reduce((sum, cost) => sum + cost, 0);
  return {
    scale,
    tasks: cheapFirst(tasks),
    jobs,
    gpus,
    // Side by side, but never shorter than the longest trial.
    seconds: Math.max(total / jobs, 0, ...costs),
    unknownCost: pending.length - costs.length,
  };
}

/** The plan as text: how much is there, what will run, where, for how long. */
export function describePlan(plan: Plan): string {
  const { scale, tasks, jobs, gpus, unknownCost } = plan;
  const pending = tasks.filter((task) => task.pending.length > 0);
  const there = tasks.length - pending.length;
  const lines = [
    `Scale ${scale}: ${there} of ${tasks.length} trials are there.`,
  ];
  if (pending.length === 0) return [...lines, "Nothing to run."].join("\n");
  const device = gpus.length > 0 ? `GPU ${gpus.join(", ")}` : "the CPU";
  const unknown = unknownCost > 0 ? `, and ${unknownCost} trials of unknown cost` : "";
  const measured = pending.every((task) => task.basis === "measured");
  const basis = measured ? "from earlier trials" : "from the stated cost model";
  lines.push(
    `To run: ${pending.length} trials, ${jobs} side by side on ${device}, ` +
      `about ${describeSeconds(plan.seconds)} (${basis})${unknown}:`,
  );
  for (const task of pending) lines.push(`  ${describeTask(task)}`);
  return lines.join("\n");
}

function describeTask(task: Task): string {
  const cost = task.seconds === undefined ? "?" : describeSeconds(task.seconds);
  const notes = [task.pending.join(", "), cost];
  if (task.arrived.length > 0) notes.push(`adds ${task.arrived.join(", ")}`);
  if (task.retrains) notes.push("trains again: its weights are gone");
  if (task.running) notes.push("another process runs it now");
  return `${task.id}  ${notes.join(" | ")}`;
}

/** An expected duration, as roughly as it is known: `45 s`, `12 min`, `3.5 h`, `4 d`. */
export function describeSeconds(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${(seconds / 3600).toFixed(1)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
