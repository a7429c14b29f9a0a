import { join, resolve } from "node:path";
import { isFile } from "../files/mod.ts";
import { withTemporaryFolder } from "../runtime/mod.ts";
import { loadRunner, type RunTrial, stageDefinition } from "../stages/mod.ts";
import {
  hashOfFile,
  openStore,
  type PlannedTrial,
  recordsOfTrial,
  type ResultRow,
  type Stage,
  stageKey,
  stageLabel,
  type StageRecord,
  trialId,
  weightsFile,
} from "../trials/mod.ts";
import { together } from "./queue.ts";

/** What `verifyTrial()` takes. */
export interface VerifyOptions {
  /** The data folder with the stored results, their weights and the data sets. */
  data: string;
  /** Trains the network again too, and compares its weights. */
  retrain?: boolean;
  /** Data sets that are not on this machine: what cannot be measured without them is no difference. */
  missing?: ReadonlySet<string>;
  /** What measures; by default this process, with TensorFlow. */
  run?: RunTrial;
  onNote?: (message: string) => void;
}

/** One number that came out differently. */
export interface Changed {
  stage: string;
  row: ResultRow;
  /** What it is now; undefined where it is not measured any more. */
  now: number | undefined;
}

/** How a trial's stored results compare with what is measured now. */
export interface Verified {
  id: string;
  /** Numbers that were measured again. */
  compared: number;
  changed: Changed[];
  /** Numbers of them that are the same up to rounding alone, and how far apart at most. */
  rounded: { count: number; most: number };
  /** The data sets whose numbers are left out, since they are not on this machine. */
  missing: string[];
  /** Stages left out, since they watch a training, which is not run again; absent where there are none. */
  watching?: string[];
  /** The file of weights that are not those of its training's record: nothing was measured, since no stored number is of them. */
  otherWeights?: string;
  /** Whether a training gave the same weights, bit for bit; absent where it was not trained again. */
  sameWeights?: boolean;
}

/**
 * The first trials that are stored here with their weights, each once; where one is to be trained again, that is the cheapest of
 * all, and comes last. All have the same number of threads: TensorFlow takes it once in a process, and sums otherwise with another.
 */
export function trialsToVerify(
  planned: readonly PlannedTrial[],
  { data, count, retrain }: { data: string; count: number; retrain: boolean },
): PlannedTrial[] {
  const store = openStore({ data });
  const there = together(planned).flatMap((one) => {
    const id = trialId(one.trial);
    const made = store.get(id, one.stages[0]!);
    const isHere = made?.outcome.name === "finished" && isFile(weightsFile(store, id));
    return isHere ? [{ one, seconds: made.seconds }] : [];
  });
  const cheapest = retrain ? there.toSorted((a, b) => a.seconds - b.seconds)[0] : undefined;
  const threads = (cheapest ?? there[0])?.one.trial.recipe.threads;
  const others = there.filter((found) =>
    found !== cheapest && found.one.trial.recipe.threads === threads
  );
  const chosen = cheapest ? [...others.slice(0, count - 1), cheapest] : others.slice(0, count);
  return chosen.map(({ one }) => one);
}

// What this project itself writes in the data folder; anything else there may be a data set.
const WRITTEN = ["results", "runs", "made", "figures", "notebooks"];

/**
 * Measures a trial's stored weights again, in a folder of its own, and compares every number; with `retrain` the training too, and
 * what watches it.
 * Nothing stored is touched, and nothing measured of weights that are not those of the record. Undefined where the trial has no
 * results or no weights here.
 */
export async function verifyTrial(
  { trial, stages }: PlannedTrial,
  options: VerifyOptions,
): Promise<Verified | undefined> {
  const { data, retrain = false, missing = new Set(), onNote } = options;
  const store = openStore({ data });
  const id = trialId(trial);
  const [made, ...others] = recordsOfTrial(id, stages, store);
  if (made === undefined || made.outcome.name === "diverged") return undefined;
  // What watches a training would make it run again.
  const measured = others.filter(({ stage }) => retrain || !stageDefinition(stage.name).follows);
  const watching = others.filter((one) => !measured.includes(one))
    .map(({ stage }) => stageLabel(stage));
  const weights = weightsFile(store, id);
  if (!retrain) {
    const sha256 = hashOfFile(weights);
    if (sha256 === undefined) return undefined;
    // A run would train again for the record's own weights.
    if (sha256 !== made.weights?.sha256) {
      return { id, ...compare([], missing), otherWeights: weights };
    }
  }
  const run = options.run ?? await loadRunner();
  return await withTemporaryFolder(async (temporary) => {
    const folder = join(temporary, "data");
    const copy = openStore({ data: folder });
    await Deno.mkdir(copy.runFolder(id), { recursive: true });
    for await (const { name } of Deno.readDir(data)) {
      if (!WRITTEN.includes(name)) await Deno.symlink(resolve(data, name), join(folder, name));
    }
    if (!retrain) {
      await Deno.copyFile(weights, weightsFile(copy, id));
      copy.write(made);
    }
    const wanted: Stage[] = [made, ...measured].map(({ stage }) => stage);
    await run({ trial, stages: wanted }, { data: folder, ...(onNote && { onNote }) });
    const [madeNow, ...measuredNow] = recordsOfTrial(id, wanted, copy);
    const pairs = measured.map((before): [StageRecord, StageRecord | undefined] => [
      before,
      measuredNow.find(({ stage }) => stageKey(stage) === stageKey(before.stage)),
    ]);
    if (retrain) pairs.unshift([made, madeNow]);
    return {
      id,
      ...compare(pairs, missing),
      ...(watching.length > 0 && { watching }),
      ...(retrain && { sameWeights: made.weights?.sha256 === madeNow?.weights?.sha256 }),
    };
  });
}

/**
 * How far apart shares may be that another processor computes: its sums in float32 differ in their last bits, and an area under a
 * curve by the pairs of images that change places. One image of 10,000 that is told otherwise is a hundred times as much.
 */
const ROUNDING = 1e-6;

function compare(
  pairs: [before: StageRecord, now: StageRecord | undefined][],
  missing: ReadonlySet<string>,
) {
  const changed: Changed[] = [];
  const leftOut = new Set<string>();
  const rounded = { count: 0, most: 0 };
  let compared = 0;
  for (const [before, now] of pairs) {
    // How long an epoch took is no number of the trial.
    for (const row of before.rows.filter(({ metric }) => metric !== "seconds")) {
      const other = now?.rows.find((one) => keyOf(one) === keyOf(row));
      if (other === undefined && row.dataset !== undefined && missing.has(row.dataset)) {
        leftOut.add(row.dataset);
        continue;
      }
      compared++;
      if (other?.value === row.value) continue;
      const apart = Math.abs((other?.value ?? NaN) - row.value);
      if (apart <= ROUNDING) {
        rounded.count++;
        rounded.most = Math.max(rounded.most, apart);
      } else changed.push({ stage: stageLabel(before.stage), row, now: other?.value });
    }
  }
  return { compared, changed, rounded, missing: [...leftOut] };
}

function keyOf({ metric, dataset, at = {} }: ResultRow): string {
  return JSON.stringify([metric, dataset, Object.entries(at).sort()]);
}
