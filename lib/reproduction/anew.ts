import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { isFile, UnusableFileError } from "../files/mod.ts";
import { type PlannedTrial, stageKey, type Store, trialId } from "../trials/mod.ts";

/** Which stored trainings a run does anew. */
export interface Anew {
  /** Where that is kept until all is done, so that the same run goes on where it was interrupted. */
  file: string;
  /** It is kept there: the run was interrupted or failed in part, or another process is at it. */
  isUnderWay: boolean;
  /** By trial, when the training began that is to be replaced; one that began at another time has been made since. */
  replaced: Readonly<Record<string, string>>;
}

/**
 * What a run of these trials does anew, everything or trainings that diverged, of what was stored when it first began. With other
 * trials or stages it is another run. Writes nothing.
 *
 * @throws {UnusableFileError} where what is kept of the run is damaged
 */
export function anewOf(
  planned: readonly PlannedTrial[],
  { again, store }: { again: "all" | "diverged"; store: Store },
): Anew {
  const names = planned.map(({ trial, stages }) =>
    [trialId(trial), ...stages.map((stage) => stageKey(stage))].join(" ")
  ).sort();
  const hash = createHash("sha256").update(JSON.stringify([again, names])).digest("hex");
  const file = join(store.data, "runs", `anew-${hash.slice(0, 16)}.json`);
  if (isFile(file)) return { file, isUnderWay: true, replaced: readReplaced(file) };
  const made = planned.flatMap(({ trial, stages }) => store.get(trialId(trial), stages[0]!) ?? [])
    .filter(({ outcome }) => again === "all" || outcome.name === "diverged");
  const replaced = Object.fromEntries(made.map(({ id, startedAt }) => [id, startedAt]));
  return { file, isUnderWay: false, replaced };
}

/** @throws {UnusableFileError} where the file is not what a run has written */
function readReplaced(file: string): Anew["replaced"] {
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(Deno.readTextFileSync(file)));
  } catch (error) {
    throw new UnusableFileError(file, (error as Error).message, { cause: error });
  }
}
