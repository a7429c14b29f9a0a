/** What changes in heads per task from one experience to the next. */
import { type HeadMode, type Heads, MultiHead, type Network } from "../models/mod.ts";

/** Sets the columns of avalanche-lib's heads: 1 + the highest class seen so far. */
export function widenHeads(network: Network, width: number): void {
  for (const head of headsOf(network)) head.width = width;
}

/** 1 + the highest class of the tasks that some batches are of; undefined of a network with one head. */
export function widthSeen(
  network: Network,
  batches: readonly { task?: number }[],
): number | undefined {
  const tasks = headsOf(network)[0]?.heads.tasks;
  return tasks && 1 + Math.max(...batches.flatMap(({ task }) => tasks[task!]!));
}

/**
 * Lets the heads of the tasks before `index` learn with those that follow, in networks whose heads are of that mode; without a
 * mode in all.
 */
export function trainPastHeads(network: Network, index: number, mode?: HeadMode): void {
  for (const head of headsOf(network)) {
    if (mode === undefined || head.heads.mode === mode) head.alsoTrained = Array(index).keys();
  }
}

/** Throws RangeError where a network has not the heads of a scenario. */
export function checkHeads(network: Network, heads: Heads | undefined): void {
  const own = headsOf(network)[0]?.heads;
  const isSame = own === heads ||
    (own?.mode === heads?.mode && JSON.stringify(own?.tasks) === JSON.stringify(heads?.tasks));
  if (isSame) return;
  throw new RangeError(
    `The network has ${described(own)}, and the scenario ${
      described(heads)
    }: build it with the scenario's heads`,
  );
}

/** Throws RangeError where a batch is of a task that a network with heads has none for. */
export function checkTasks(network: Network, batches: readonly { task?: number }[]): void {
  for (const { heads: { tasks } } of headsOf(network)) {
    for (const { task } of batches) {
      if (task !== undefined && tasks[task] !== undefined) continue;
      throw new RangeError(
        `Cannot learn a batch of task ${task}: the network has heads for the tasks 0 to ${
          tasks.length - 1
        }`,
      );
    }
  }
}

function described(heads: Heads | undefined): string {
  if (heads === undefined) return "one head";
  const tasks = heads.tasks.map((classes) => `[${classes.join(", ")}]`);
  return `heads for the classes ${tasks.join(", ")} (${heads.mode})`;
}

function headsOf(network: Network): MultiHead[] {
  return [...network.modules().values()].filter((module) => module instanceof MultiHead);
}
