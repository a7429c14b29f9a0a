/** What changes in heads per task from one experience to the next. */
import { type HeadMode, MultiHead, type Network } from "../models/mod.ts";

/** Sets the columns of avalanche-lib's heads: 1 + the highest class seen so far. */
export function widenHeads(network: Network, width: number): void {
  for (const head of headsOf(network)) head.width = width;
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

function headsOf(network: Network): MultiHead[] {
  return [...network.modules().values()].filter((module) => module instanceof MultiHead);
}
