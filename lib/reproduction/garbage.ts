import { basename, join, relative, sep } from "node:path";
import { madeFolder } from "../datasets/mod.ts";
import { usualSections } from "../experiments/mod.ts";
import { isFile, isThere, removeIfThere } from "../files/mod.ts";
import { pendingStages, stageDefinition } from "../stages/mod.ts";
import {
  hashOfFile,
  isTrialRunning,
  lockTrial,
  measuredWeights,
  openStore,
  type PlannedTrial,
  recordsOfTrial,
  scales,
  stageKey,
  type StageRecord,
  type Store,
  type Trial,
  TrialBusyError,
  trialId,
  weightsFile,
} from "../trials/mod.ts";
import { openPlans, type Plans } from "./plans.ts";

/** Why something is no longer needed. */
export const garbageKinds = {
  superseded: "records that a later run, or a later revision of their stage, has replaced",
  runs:
    "logs and checkpoints of finished trials; and what nothing has touched for 30 days, of trials of no plan and of runs that do trials anew",
  weights: "weights that no stored training has made",
  unplanned: "results of trials that no section's plan has at any scale",
  made: "images that another state of the code has made, such as corrupted ones",
  temporary: "what killed processes left half written",
} as const;

export type GarbageKind = keyof typeof garbageKinds;

/** A file or folder that nothing reads any more. */
export interface Garbage {
  kind: GarbageKind;
  path: string;
  bytes: number;
}

// As writeAtomically(), requireWritable() and putAside() name them.
const TEMPORARY = /\.[0-9a-f]{8}\.tmp$|^\.probe-[0-9a-f]{8}$/;
// As the store names them.
const RESULT = /^[a-z0-9_]+-[0-9a-f]{8}\.json$|^superseded$/;
// As anewOf() names them.
const ANEW = /^anew-[0-9a-f]{16}\.json$/;
const UNUSABLE = /\.unusable-[\dTZ-]+$/;

/** What a data folder holds that nothing reads any more; what a living process works on is left out. Changes nothing. */
export function findGarbage(data: string): Garbage[] {
  const store = openStore({ data, onDamaged: () => {} });
  const plans = openPlans();
  const unplanned = unplannedTrials(store, plans);
  const isListed = (path: string) => unplanned.some((one) => path.startsWith(one.path + sep));
  const found = [
    ...supersededFiles(data).filter(({ path }) => !isListed(path)),
    ...olderRevisions(store, plans),
    ...runFolders(store, plans),
    ...unplanned,
    ...imagesOfOtherCode(data),
    ...temporaryFiles(join(data, "results"), store),
  ];
  return found.map((one) => ({ ...one, bytes: sizeOf(one.path) }));
}

const MS_UNTOUCHED = 30 * 86_400_000;

/** Removes what was found; what a process has begun to work on since then stays. Returns what is gone. */
export async function removeGarbage(data: string, found: readonly Garbage[]): Promise<Garbage[]> {
  const store = openStore({ data });
  const removed: Garbage[] = [];
  for (const one of found) {
    const [place, id, file] = relative(data, one.path).split(sep);
    if (one.kind === "unplanned" && isTrialRunning(store.runFolder(basename(one.path)))) continue;
    try {
      const lock = place === "runs" && file !== undefined
        ? lockTrial(store.runFolder(id!))
        : undefined;
      await removeIfThere(one.path);
      lock?.release();
      removed.push(one);
    } catch (error) {
      if (!(error instanceof TrialBusyError)) throw error;
    }
  }
  return removed;
}

type Found = Omit<Garbage, "bytes">;

function supersededFiles(data: string): Found[] {
  return scales.flatMap((scale) => {
    const folder = join(data, "results", scale);
    return names(folder).map((id) => join(folder, id, "superseded")).filter(isThere)
      .flatMap((aside) => names(aside).map((name) => join(aside, name)))
      .map((path) => ({ kind: "superseded" as const, path }));
  });
}

/** Records that no plan asks for, of stages of which the plan's own record is there too. */
function olderRevisions(store: Store, plans: Plans): Found[] {
  return trialsStored(store).flatMap(({ id, trial, records }) => {
    const wanted = recordsOfTrial(id, plans.find(trial)?.stages ?? [], store);
    const keys = new Set(wanted.map(fileKey));
    const stages = new Set(wanted.map(({ stage }) => stage.name));
    return records
      .filter((record) => stages.has(record.stage.name) && !keys.has(fileKey(record)))
      .map((record) => ({
        kind: "superseded" as const,
        path: join(folderOf(store, trial), `${fileKey(record)}.json`),
      }));
  });
}

function trialsStored(store: Store): { id: string; trial: Trial; records: StageRecord[] }[] {
  return [...Map.groupBy(store.read(), ({ id }) => id)]
    .map(([id, records]) => ({ id, trial: records[0]!.trial, records }));
}

function folderOf({ data }: Store, trial: Trial): string {
  return join(data, "results", trial.scale, trialId(trial));
}

function fileKey(record: StageRecord): string {
  return stageKey(record.stage, measuredWeights(record));
}

/** Whether nothing is left to do that runs without being asked for, and nothing half done of what somebody did ask for. */
function isFinished(planned: PlannedTrial, usual: Plans, store: Store): boolean {
  const folder = store.runFolder(trialId(planned.trial));
  const own = new Set(usual.find(planned.trial)?.stages.map((stage) => stageKey(stage)));
  return pendingStages(planned, store, () => false).pending.map((stage) => stageKey(stage))
    .every((key) => !own.has(key) && !isThere(join(folder, key)));
}

/** Of folders of runs: weights of no training, and of finished or unknown trials all but the weights. */
function runFolders(store: Store, plans: Plans): Found[] {
  const usual = openPlans(usualSections);
  return names(join(store.data, "runs")).flatMap((id): Found[] => {
    const folder = store.runFolder(id);
    if (ANEW.test(id)) return isUntouched(folder) ? [{ kind: "runs", path: folder }] : [];
    // What `evaluate` works on goes on there too.
    if (id.startsWith("own-") || isTrialRunning(folder)) return [];
    const records = store.read({ id });
    const trained = records.filter(({ weights }) => weights?.role === "made");
    const weights = weightsFile(store, id);
    const sha256 = isFile(weights) ? hashOfFile(weights) : undefined;
    const orphan = sha256 !== undefined && !trained.some((one) => one.weights!.sha256 === sha256);
    const planned = records[0] && plans.find(records[0].trial);
    const isStale = planned === undefined
      ? isUntouched(folder) && !plans.hasName(id)
      : isFinished(planned, usual, store);
    const kept = planned?.stages.flatMap(({ name }) => stageDefinition(name).keeps ?? []);
    return names(folder).flatMap((name): Found[] => {
      const path = join(folder, name);
      if (path === weights) return orphan ? [{ kind: "weights", path }] : [];
      if (UNUSABLE.test(name)) return [{ kind: "weights", path }];
      if (TEMPORARY.test(name)) return [{ kind: "temporary", path }];
      // It stays: see lockTrial().
      if (name === "lock" || kept?.includes(name)) return [];
      return isStale ? [{ kind: "runs", path }] : [];
    });
  });
}

/** The folders of results of trials that are in no plan. One that holds anything else is left to whoever put that there. */
function unplannedTrials(store: Store, plans: Plans): Found[] {
  return trialsStored(store)
    .filter(({ trial }) => plans.find(trial) === undefined)
    .filter(({ id }) => !isTrialRunning(store.runFolder(id)))
    .map(({ trial }) => ({ kind: "unplanned" as const, path: folderOf(store, trial) }))
    .filter(({ path }) => names(path).every((name) => RESULT.test(name)));
}

function imagesOfOtherCode(data: string): Found[] {
  const folder = join(data, "made");
  const own = madeFolder(data);
  return names(folder).map((name) => join(folder, name)).filter((path) => path !== own)
    .map((path) => ({ kind: "made", path }));
}

function isUntouched(folder: string): boolean {
  return [folder, ...names(folder).map((name) => join(folder, name))]
    .every((path) => Date.now() - Number(Deno.lstatSync(path).mtime) > MS_UNTOUCHED);
}

/** Of trials that run, what is half written is so at this moment. */
function temporaryFiles(folder: string, store: Store): Found[] {
  if (isTrialRunning(store.runFolder(basename(folder)))) return [];
  return entries(folder).flatMap(({ name, isDirectory }): Found[] => {
    const path = join(folder, name);
    if (isDirectory) return temporaryFiles(path, store);
    return TEMPORARY.test(name) ? [{ kind: "temporary", path }] : [];
  });
}

function names(folder: string): string[] {
  return entries(folder).map(({ name }) => name);
}

function entries(folder: string): Deno.DirEntry[] {
  if (!isThere(folder) || isFile(folder)) return [];
  return Array.from(Deno.readDirSync(folder)).sort((a, b) => a.name < b.name ? -1 : 1);
}

/** What a process has removed meanwhile has no size. */
function sizeOf(path: string): number {
  try {
    const { isDirectory, size } = Deno.lstatSync(path);
    if (!isDirectory) return size;
    return names(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
