import { experimentOf, usualSections } from "../experiments/mod.ts";
import { removeIfThere, writeAtomically } from "../files/mod.ts";
import {
  dataFolder,
  type IsPresent,
  openStore,
  type Scale,
  type Store,
  type Trial,
  trialId,
} from "../trials/mod.ts";
import { type Anew, anewOf } from "./anew.ts";
import { type ConditionPlan, conditionPlans } from "./condition_plan.ts";
import { type Costs, durationsOf } from "./cost.ts";
import { type Place, showExecution } from "./display.ts";
import { defaultJobs, execute, type ExecutionResult } from "./executor.ts";
import { conditionsAt, type ScaledCondition } from "./expand.ts";
import { visibleGpus } from "./gpus.ts";
import {
  type MissingCondition,
  missingConditions,
  type MissingCorrupted,
  type MissingData,
  type MissingUnknown,
} from "./missing.ts";
import { type Plan, runPlanOf } from "./plan.ts";
import { type Task, tasksOf, together } from "./queue.ts";
import { select } from "./select.ts";
import { type Shard, trialsOfShard } from "./shard.ts";
import { runWatched } from "./watched.ts";

/** Which trials to run, and how. */
export interface ReproduceOptions {
  /** Globs over `<data>/<method>/<loss>`; by default everything. */
  only?: string | readonly string[];
  /** By default "preview". */
  scale?: Scale;
  /** Repeats of each condition and loss; by default the scale's own number. */
  trials?: number;
  /** Trials side by side; by default one per GPU, else what the cores allow. */
  jobs?: number;
  /** The data folder; by default HEM_DATA, else the project's. */
  data?: string;
  /** The results of the data folder, where they are open already: a damaged file is told once. */
  store?: Store;
  /** Which data sets are not on this machine; by default none is known to be missing. */
  missingData?: MissingData;
  /** The same of sets of unknown classes; trials run without them. */
  missingUnknown?: MissingUnknown;
  /** The same of corrupted images. */
  missingCorrupted?: MissingCorrupted;
  /** Tells whether a data set is on this machine: results that lack one that is there now are completed. */
  isPresent?: IsPresent;
  /** Images that go through the network at once, where a batch does not fit the device; part of the trials' identity. */
  microBatch?: number;
  /** What to do anew though it is stored: everything, or trainings that diverged. */
  again?: "all" | "diverged";
  /** What networks cost and how fast the device is, where that was measured. */
  costs?: Pick<Costs, "networkOf" | "device">;
  /** One part of the trials; the others are for other processes or machines. */
  shard?: Shard;
}

/** What a run will do, and what it cannot do yet. */
export interface SectionPlan extends Plan {
  data: string;
  missing: MissingCondition[];
  /** Trials that cannot run yet, since data is missing. */
  waiting: Task[];
  /** The part of the trials that this is, and how many there are in all; absent: all of them. */
  shard?: Shard & { of: number };
  /** What is done anew; absent: nothing. */
  anew?: Anew;
  /** All that was asked for by condition, in the paper's order; those that wait for data too. */
  conditions: ConditionPlan[];
}

/** How a run may be ended, and what runs a trial. */
export interface RunControl {
  /** Asks every trial to stop at its next step, with a checkpoint. */
  stop?: AbortSignal;
  /** Kills every trial. */
  kill?: AbortSignal;
  /** The program that runs one trial; by default the real one. */
  script?: URL;
  /** Where progress is shown. */
  place?: Place;
}

/**
 * What `reproduce()` would run of some sections (no argument: all but those on request), without running it.
 *
 * @throws {RangeError} where a section or a glob names nothing, or a number is below 1.
 */
export async function planReproduction(
  sections: readonly string[] = usualSections,
  options: ReproduceOptions = {},
): Promise<SectionPlan> {
  const { scale = "preview", trials, jobs, microBatch } = options;
  requirePositive("trials", trials);
  requirePositive("micro-batch", microBatch);
  requirePositive("jobs", jobs);
  const globs = [options.only ?? []].flat();
  const trialOptions = { ...(trials && { repeats: trials }), ...(microBatch && { microBatch }) };
  const conditions = sections.flatMap((section) =>
    conditionsAt(experimentOf(section), scale, trialOptions)
  );
  const selected = select(conditions, globs);
  const { store = openStore({ data: dataFolder(options.data) }) } = options;
  const { data } = store;
  const { missingData, missingUnknown, missingCorrupted, isPresent, again } = options;
  const lacking = missingConditions(conditions, {
    globs,
    ...(missingData && { missingData }),
    ...(missingUnknown && { missingUnknown }),
    ...(missingCorrupted && { missingCorrupted }),
  });
  const reasonOf = ({ section, name }: ScaledCondition) =>
    // Another condition of its name may be no part of the scale: what is planned of this one is.
    lacking.find((one) =>
      !one.excluded && !one.runs && one.section === section && one.condition === name
    )?.reason;
  const gpus = await visibleGpus();
  const costs: Costs = { ...options.costs };
  const durations = durationsOf(store.read({ scale }), gpus.length > 0);
  const planned = together(
    conditions.flatMap((one) => one.planned).flatMap(selected),
  );
  const { shard } = options;
  const own = shard ? trialsOfShard(planned, shard, costs.networkOf) : planned;
  const anew = again && anewOf(own, { again, store });
  const all = tasksOf(own, {
    store,
    costs,
    durations,
    ...(isPresent && { isPresent }),
    ...(anew && { replaced: anew.replaced }),
  });
  const canRun = new Set(
    conditions.filter((one) => reasonOf(one) === undefined)
      .flatMap(({ planned }) => planned.map(({ trial }) => trialId(trial))),
  );
  // What is stored waits for nothing, whether its data is still there or not.
  const isReady = ({ id, pending }: Task) => pending.length === 0 || canRun.has(id);
  const tasks = all.filter(isReady);
  const taskOf = new Map(all.map((task) => [task.id, task]));
  const isStored = ({ planned }: ScaledCondition) => {
    const own = planned.flatMap(({ trial }) => taskOf.get(trialId(trial)) ?? []);
    return own.length > 0 && own.every(({ pending }) => pending.length === 0);
  };
  const stored = conditions.filter(isStored);
  const isMissed = ({ section, condition, excluded, runs }: MissingCondition) =>
    excluded || runs || !stored.some((one) => one.section === section && one.name === condition);
  const plan = runPlanOf(tasks, { scale, gpus, ...(jobs === undefined ? {} : { jobs }) });
  const sharingOf = (trial: Trial) =>
    Math.ceil((jobs ?? defaultJobs([trial], gpus)) / Math.max(1, gpus.length));
  return {
    ...plan,
    data,
    missing: lacking.filter(isMissed),
    waiting: all.filter((task) => !isReady(task)),
    ...(shard && { shard: { ...shard, of: planned.length } }),
    ...(anew && { anew }),
    conditions: conditionPlans(conditions, all, {
      ...{ costs, durations, sharingOf },
      reasonOf: (one) => stored.includes(one) ? undefined : reasonOf(one),
    }),
  };
}

/** Set where notebooks are executed as a whole, whose cells that train would run what no plan has shown. */
export const noTrials = "HEM_NO_TRIALS";

/** Runs what a plan has pending, with progress. What it does anew is known to the next such plan until all of it is done. */
export async function runPlan(
  plan: SectionPlan,
  control: RunControl = {},
): Promise<ExecutionResult> {
  const { anew } = plan;
  if (anew) writeAtomically(anew.file, JSON.stringify(anew.replaced));
  const result = await runPending(plan, control);
  const isWhole = result.failed.length === 0 && result.stopped.length === 0;
  if (anew && isWhole) await removeIfThere(anew.file);
  return result;
}

async function runPending(plan: SectionPlan, control: RunControl): Promise<ExecutionResult> {
  const store = openStore({ data: plan.data });
  const pending = plan.tasks.filter((task) => task.pending.length > 0);
  if (pending.length === 0) return { done: [], elsewhere: [], failed: [], stopped: [] };
  const { place, ...limits } = control;
  const display = showExecution(pending, place);
  try {
    return await execute(pending, {
      store,
      jobs: plan.jobs,
      ...(plan.cores !== undefined && { cores: plan.cores }),
      gpus: plan.gpus,
      ...limits,
      ...display,
    });
  } finally {
    display.finish("");
  }
}

/** What a notebook's cell may choose: what is on this machine, and what it costs, the process that runs the trials finds out. */
export type CellOptions = Omit<
  ReproduceOptions,
  "store" | "missingData" | "missingUnknown" | "missingCorrupted" | "isPresent" | "costs"
>;

/**
 * Runs what is pending of a section and returns a sentence on what was done; for notebooks:
 * `reproduce("5.1", { only: "mnist/lenet/*", scale: "smoke" })`.
 *
 * It waits without awaiting, so that a notebook's stop button works: the trials then end their step
 * and write a checkpoint, and the cell run again goes on from there.
 *
 * @throws {Error} where the section or a glob names nothing, or trials failed, with their logs.
 */
export function reproduce(section: string, options: CellOptions = {}): string {
  if (Deno.env.get(noTrials)) {
    return `Section ${section}: nothing is trained while notebooks are executed as a whole; ` +
      "run this cell in JupyterLab.";
  }
  const { trials, jobs, microBatch } = options;
  requirePositive("trials", trials);
  requirePositive("micro-batch", microBatch);
  requirePositive("jobs", jobs);
  return runWatched(new URL("../cli/reproduce.ts", import.meta.url), flagsOf(section, options));
}

/** A cell's options as flags of `deno task reproduce`. */
export function flagsOf(section: string, options: CellOptions): string[] {
  const { only, scale, trials, jobs, microBatch, data, again, shard } = options;
  const given = {
    ...{ section, scale, trials, jobs, "micro-batch": microBatch, data: dataFolder(data) },
    shard: shard && `${shard.index}/${shard.count}`,
  };
  const flags = Object.entries(given)
    .flatMap(([flag, value]) => value === undefined ? [] : [`--${flag}=${value}`]);
  const anew = again === undefined ? [] : [again === "all" ? "--force" : "--retry-diverged"];
  return [...flags, ...anew, ...[only ?? []].flat().map((glob) => `--only=${glob}`)];
}

/** What cannot run, or not with all sets, a line for each reason. */
export function describeMissing(missing: readonly MissingCondition[]): string[] {
  return [...Map.groupBy(missing, ({ section, reason }) => `${section}\n${reason}`).values()]
    .map((same) =>
      `${same[0]!.section} ${same.map(({ condition }) => condition).join(", ")}: ${same[0]!.reason}`
    );
}

/** The trials that failed, each with its reason and its log. */
export function describeFailures({ failed }: ExecutionResult): string {
  const lines = failed.map(({ id, message, log }) => `  ${id}: ${message}\n    log: ${log}`);
  return [`${failed.length} trials failed:`, ...lines].join("\n");
}

function requirePositive(name: string, value: number | undefined): void {
  if (value === undefined || (Number.isInteger(value) && value >= 1)) return;
  throw new RangeError(`Cannot use ${name} ${value}: wanted a whole number of at least 1`);
}
