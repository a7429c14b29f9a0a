/** The trials of a plan one by one: what is there of each, and what keeps it from running. */
import { isFile, isThere } from "../files/mod.ts";
import { describeSeconds, type SectionPlan, type Task } from "../reproduction/mod.ts";
import { openStore, stageKey, type Store, weightsFile } from "../trials/mod.ts";
import { join } from "node:path";
import { alignColumns } from "./columns.ts";

/** How far a trial is. */
export type TrialState =
  | "done"
  | "diverged"
  | "running"
  | "interrupted"
  | "to do"
  | "waits for data";

/** A trial of a plan. */
export interface ListedTrial {
  id: string;
  state: TrialState;
  stagesDone: number;
  stages: number;
  /** Whether its weights are here; without them a new measurement trains again. */
  weights: boolean;
  /** Expected seconds of what is left; absent where nothing is known. */
  secondsLeft?: number;
}

/** The trials of a plan, in the order in which they run; those that wait for data at the end. */
export function listTrials({ tasks, waiting, data }: SectionPlan): ListedTrial[] {
  const store = openStore({ data });
  const waits = new Set(waiting);
  return [...tasks, ...waiting].map((task) => ({
    id: task.id,
    state: stateOf(task, store, waits.has(task)),
    stagesDone: task.done.length,
    stages: task.stages.length,
    weights: isFile(weightsFile(store, task.id)),
    ...(task.seconds !== undefined && { secondsLeft: task.seconds }),
  }));
}

function stateOf(task: Task, store: Store, waits: boolean): TrialState {
  if (task.diverged) return "diverged";
  if (task.pending.length === 0) return "done";
  if (task.running) return "running";
  if (waits) return "waits for data";
  const folder = store.runFolder(task.id);
  // Checkpoints of continual learning, and what is half measured, lie in their stage's own folder.
  const begun = task.done.length > 0 || isFile(join(folder, "checkpoint.safetensors")) ||
    task.pending.some((stage) => holdsSomething(join(folder, stageKey(stage))));
  return begun ? "interrupted" : "to do";
}

function holdsSomething(folder: string): boolean {
  return isThere(folder) && Array.from(Deno.readDirSync(folder)).length > 0;
}

/** As lines of text, with a sum in the last. */
export function describeTrials(trials: readonly ListedTrial[]): string {
  const rows = trials.map(({ id, state, stagesDone, stages, weights, secondsLeft }) => [
    id,
    state,
    `${stagesDone}/${stages}`,
    weights ? "here" : "–",
    state === "done" || state === "diverged"
      ? "–"
      : secondsLeft === undefined
      ? "?"
      : describeSeconds(secondsLeft),
  ]);
  if (trials.length === 0) return "No trials.";
  const counts = [...Map.groupBy(trials, ({ state }) => state)]
    .map(([state, some]) => `${some.length} ${state}`).join(", ");
  return `${alignColumns([["trial", "state", "stages", "weights", "time left"], ...rows])}\n` +
    `${trials.length} trials${counts && `: ${counts}`}.`;
}
