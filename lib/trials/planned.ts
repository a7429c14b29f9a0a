import { trialId } from "./identity.ts";
import type { StageRecord } from "./record.ts";
import type { Stage } from "./stage.ts";
import type { Store } from "./store.ts";
import type { Trial } from "./trial.ts";

/** A trial that a plan asks for, with the stages that it is to have: the one that makes its weights, then the others. */
export interface PlannedTrial {
  trial: Trial;
  stages: readonly Stage[];
}

/**
 * The stored records that a plan asks for, and no others: of exactly its trials and stages, and where a stage measures
 * weights, of exactly those that the trial's first stage has recorded. Two trainings or revisions are never together.
 */
export function recordsOf(plan: readonly PlannedTrial[], store: Pick<Store, "get">): StageRecord[] {
  return plan.flatMap(({ trial, stages }) => recordsOfTrial(trialId(trial), stages, store));
}

/** The records of one trial that its stages ask for, in the order of the stages; those that are there. */
export function recordsOfTrial(
  id: string,
  [first, ...others]: readonly Stage[],
  store: Pick<Store, "get">,
): StageRecord[] {
  const made = first && store.get(id, first);
  if (made === undefined) return [];
  return [made, ...others.flatMap((stage) => store.get(id, stage, made.weights?.sha256) ?? [])];
}
