import { type PlannedTrial, trialId } from "../trials/mod.ts";
import { type Costs, estimateStage } from "./cost.ts";

/** One of `count` parts of a plan, from 1; of more parts than trials the last ones hold none. */
export interface Shard {
  index: number;
  count: number;
}

// Costs are only compared, and must come out alike wherever a part is planned: so not this machine's speed.
const NOMINAL = { name: "any", flopsPerSecond: 2e10, memory: 0 };

/**
 * The trials of one part. Each trial is in exactly one, whatever is stored and wherever it is planned: the dearest trial first
 * goes to the part that has least to do so far, by stated costs and FLOPs alone.
 *
 * @param planned Each trial once
 */
export function trialsOfShard(
  planned: readonly PlannedTrial[],
  { index, count }: Shard,
  networkOf?: Costs["networkOf"],
): PlannedTrial[] {
  const costs: Costs = { device: NOMINAL, ...(networkOf && { networkOf }) };
  const known = planned.map((one) => costOf(one, costs));
  const sure = known.filter((cost) => cost !== undefined);
  const usual = sure.reduce((sum, cost) => sum + cost, 0) / Math.max(1, sure.length) || 1;
  const all = planned.map((one, i) => ({ one, id: trialId(one.trial), cost: known[i] ?? usual }));
  all.sort((a, b) => b.cost - a.cost || (a.id < b.id ? -1 : 1));
  const loads = new Array<number>(Math.min(count, all.length)).fill(0);
  return all.filter(({ cost }) => {
    const least = loads.indexOf(loads.reduce((a, b) => Math.min(a, b)));
    loads[least]! += cost;
    return least === index - 1;
  }).map(({ one }) => one);
}

function costOf({ trial, stages }: PlannedTrial, costs: Costs): number | undefined {
  const parts = stages.map((stage) => estimateStage(trial, stage, new Map(), costs)?.seconds);
  if (parts.some((part) => part === undefined)) return undefined;
  return parts.reduce<number>((sum, part) => sum + part!, 0);
}
