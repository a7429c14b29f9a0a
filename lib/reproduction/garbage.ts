import { join, relative, sep } from "node:path";
import { experiments } from "../experiments/mod.ts";
import { isFile, isThere, removeIfThere } from "../files/mod.ts";
import { pendingStages } from "../stages/mod.ts";
import {
  hashOfFile,
  isTrialRunning,
  lockTrial,
  measuredWeights,
  openStore,
  recordsOfTrial,
  type Scale,
  scales,
  stageKey,
  type StageRecord,
  type Store,
  TrialBusyError,
  trialId,
  weightsFile,
} from "../trials/mod.ts";
import { planOf } from "./expand.ts";
import { together } from "./queue.ts";

/** Why something is no longer needed. */
export const garbageKinds = {
  superseded: "records that a later run, or a later revision of their stage, has replaced",
  runs:
    "logs, locks and checkpoints of finished trials, and of trials of no plan that nothing has touched for 30 days",
  weights: "weights that no stored training has made",
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
const UNUSABLE = /\.unusable-[\dTZ-]+$/;

/** What a data folder holds that nothing reads any more; what a living process works on is left out. Changes nothing. */
export function findGarbage(data: string): Garbage[] {
  const store = openStore({ data, onDamaged: () => {} });
  const found = [
    ...supersededFiles(data),
    ...olderRevisions(store).map((path) => ({ kind: "superseded" as const, path })),
    ...runFolders(store),
    ...temporaryFiles(join(data, "results")),
  ];
  return found.map((one) => ({ ...one, bytes: sizeOf(one.path) }));
}

// Twice as many as any plan has, for who asks for more by --trials.
const MOST_REPEATS = 10;
const MS_UNTOUCHED = 30 * 86_400_000;

/** Removes what was found; what a process has begun to work on since then stays. Returns what is gone. */
export async function removeGarbage(data: string, found: readonly Garbage[]): Promise<Garbage[]> {
  const store = openStore({ data });
  const removed: Garbage[] = [];
  for (const one of found) {
    const [place, id] = relative(data, one.path).split(sep);
    try {
      const lock = place === "runs" ? lockTrial(store.runFolder(id!)) : undefined;
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
function olderRevisions(store: Store): string[] {
  const wanted = new Map(
    scales.flatMap((scale) =>
      plansAt(scale).flatMap(({ trial, stages }) => {
        const id = trialId(trial);
        return recordsOfTrial(id, stages, store).map((one) => [keyOf(one), one] as const);
      })
    ),
  );
  const replaced = new Set([...wanted.values()].map(({ id, stage }) => `${id}/${stage.name}`));
  return store.read()
    .filter((record) => !wanted.has(keyOf(record)))
    .filter(({ id, stage }) => replaced.has(`${id}/${stage.name}`))
    .map(({ trial, ...record }) =>
      join(store.data, "results", trial.scale, record.id, `${fileKey(record)}.json`)
    );
}

function plansAt(scale: Scale, repeats?: number) {
  return together(planOf(Object.keys(experiments), scale, { ...(repeats && { repeats }) }));
}

function keyOf(record: StageRecord): string {
  return `${record.id}/${fileKey(record)}`;
}

function fileKey(record: Pick<StageRecord, "stage" | "weights">): string {
  return stageKey(record.stage, measuredWeights(record));
}

/** Of folders of runs: weights of no training, and of finished or unknown trials all but the weights. */
function runFolders(store: Store): Found[] {
  const known = new Map(
    scales.flatMap((scale) => plansAt(scale, MOST_REPEATS))
      .map((planned) => [trialId(planned.trial), planned] as const),
  );
  return names(join(store.data, "runs")).flatMap((id): Found[] => {
    const folder = store.runFolder(id);
    // What `evaluate` works on goes on there too.
    if (id.startsWith("own-") || isTrialRunning(folder)) return [];
    const trained = store.read({ id }).filter(({ weights }) => weights?.role === "made");
    const weights = weightsFile(store, id);
    const sha256 = isFile(weights) ? hashOfFile(weights) : undefined;
    const orphan = sha256 !== undefined && !trained.some((one) => one.weights!.sha256 === sha256);
    const planned = known.get(id);
    const isStale = planned === undefined
      ? isUntouched(folder)
      : pendingStages(planned, store, () => false).pending.length === 0;
    return names(folder).flatMap((name): Found[] => {
      const path = join(folder, name);
      if (path === weights) return orphan ? [{ kind: "weights", path }] : [];
      if (UNUSABLE.test(name)) return [{ kind: "weights", path }];
      if (TEMPORARY.test(name)) return [{ kind: "temporary", path }];
      // It stays: see lockTrial().
      if (name === "lock") return [];
      return isStale ? [{ kind: "runs", path }] : [];
    });
  });
}

function isUntouched(folder: string): boolean {
  return [folder, ...names(folder).map((name) => join(folder, name))]
    .every((path) => Date.now() - Number(Deno.lstatSync(path).mtime) > MS_UNTOUCHED);
}

function temporaryFiles(folder: string): Found[] {
  return entries(folder).flatMap(({ name, isDirectory }): Found[] => {
    const path = join(folder, name);
    if (isDirectory) return temporaryFiles(path);
    return TEMPORARY.test(name) ? [{ kind: "temporary", path }] : [];
  });
}

function names(folder: string): string[] {
  return entries(folder).map(({ name }) => name);
}

function entries(folder: string): Deno.DirEntry[] {
  if (!isThere(folder)) return [];
  return Array.from(Deno.readDirSync(folder)).sort((a, b) => a.name < b.name ? -1 : 1);
}

function sizeOf(path: string): number {
  const { isDirectory, size } = Deno.lstatSync(path);
  if (!isDirectory) return size;
  return names(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
