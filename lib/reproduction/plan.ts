import type { Scale, Trial } from "../trials/mod.ts";
import { bases, type Basis } from "./cost.ts";
import { defaultJobs } from "./executor.ts";
import { cheapFirst, type Task } from "./queue.ts";

/** What a run will do, before it does it. */
export interface Plan {
  scale: Scale;
  /** The cheap ones first. */
  tasks: Task[];
  /** Trials side by side, at most. */
  jobs: number;
  /** Cores that the threads of these share; absent where their number was given, and on GPUs. */
  cores?: number;
  /** GPUs that the trials are spread over; none means the CPU. */
  gpus: readonly string[];
  /** Expected seconds of all pending work on the clock, of the part whose cost is known. */
  seconds: number;
  /** Pending trials of unknown cost. */
  unknownCost: number;
}

/** What `runPlanOf()` takes. */
export interface PlanOptions {
  scale: Scale;
  gpus: readonly string[];
  /** Trials side by side; by default one per GPU, else what the cores allow. */
  jobs?: number;
}

/** Adds up tasks to a plan. */
export function runPlanOf(tasks: readonly Task[], options: PlanOptions): Plan {
  const { scale, gpus } = options;
  const pending = tasks.filter((task) => task.pending.length > 0);
  const jobs = options.jobs ??
    defaultJobs(pending.map((task) => task.trial), gpus);
  const costs = pending.map((task) => task.seconds).filter((cost) => cost !== undefined);
  // There may be more trials than a call takes arguments.
  const longest = costs.reduce((most, cost) => Math.max(most, cost), 0);
  const cores = options.jobs === undefined && gpus.length === 0
    ? navigator.hardwareConcurrency
    : undefined;
  // Of the clock a trial takes its share of the cores, or of the jobs where these are fewer.
  const shareOf = ({ recipe: { threads } }: Trial) => {
    const ofCores = Math.min(1, threads / navigator.hardwareConcurrency);
    if (cores !== undefined) return ofCores;
    return gpus.length > 0 ? 1 / jobs : Math.max(1 / jobs, ofCores);
  };
  const total = pending.reduce(
    (sum, { seconds = 0, trial }) => sum + seconds * shareOf(trial),
    0,
  );
  return {
    scale,
    tasks: cheapFirst(tasks),
    jobs,
    ...(cores !== undefined && { cores }),
    gpus,
    // Side by side, but never shorter than the longest trial.
    seconds: Math.max(total, longest),
    unknownCost: pending.length - costs.length,
  };
}

/**
 * The plan in a sentence or two: how much is there, how much will run, where, for how long.
 *
 * @param isMeasured Whether networks and the device were measured for it; else what is unknown is said to be there for the asking
 */
export function describePlan(plan: Plan, isMeasured = false): string {
  const { scale, tasks, jobs, gpus, unknownCost } = plan;
  const pending = tasks.filter((task) => task.pending.length > 0);
  const there = tasks.length - pending.length;
  const found = `Scale ${scale}: ${there} of ${tasks.length} trials are there.`;
  if (pending.length === 0) return `${found}\nNothing to run.`;
  const device = gpus.length > 0 ? `GPU ${gpus.join(", ")}` : "the CPU";
  const isMixed = pending.some(({ trial }) =>
    jobs * trial.recipe.threads > (plan.cores ?? Infinity)
  );
  const hint = isMeasured ? "" : " (`--dry-run` estimates them)";
  const unknown = unknownCost > 0
    ? [
      `${unknownCost} ${unknownCost === 1 ? "trial" : "trials"} of unknown cost${hint}`,
    ]
    : [];
  const rest = bases.filter((basis) => pending.some((task) => task.basis === basis))
    .map((basis) => basisTitles[basis]).join(", ");
  const known = unknownCost === pending.length
    ? []
    : [`about ${describeSeconds(plan.seconds)}${rest === "" ? "" : ` (${rest})`}`];
  return `${found}\nTo run: ${pending.length} trials, ${
    isMixed && jobs > 1 ? `up to ${jobs}` : jobs
  } side by side on ${device}, ` +
    `${[...known, ...unknown].join(", and ")}.`;
}

/** What an expectation rests on, in words. */
const basisTitles: Readonly<Record<Basis, string>> = {
  measured: "from earlier trials",
  model: "from the stated cost model",
  flops: "from FLOPs and the device's speed",
};

/** An expected duration, as roughly as it is known: `45 s`, `12 min`, `3.5 h`, `4 d`, `10 years`. */
export function describeSeconds(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${(seconds / 3600).toFixed(1)} h`;
  const days = seconds / 86_400;
  return days < 1000 ? `${Math.round(days)} d` : `${Math.round(days / 365)} years`;
}
