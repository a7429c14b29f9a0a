import { experiments } from "../experiments/mod.ts";
import {
  type PlannedTrial,
  type Scale,
  scaleOfId,
  seedOf,
  type Trial,
  trialId,
} from "../trials/mod.ts";
import { planOf } from "./expand.ts";
import { together } from "./queue.ts";

/** What sections together ask for at all scales, with any number of repeats. */
export interface Plans {
  /** A trial with the stages that it is to have, also where its batches go through the network in parts; undefined: no plan has it. */
  find(trial: Trial): PlannedTrial | undefined;
  /** Whether a name is that of a planned trial, of the repeats that plans usually have: for trials of which nothing else is known. */
  hasName(id: string): boolean;
}

// Twice as many as any plan has, for who asks for more by --trials.
const MOST_REPEATS = 10;

/** Opens the plans of these sections; a scale's is made when it is asked for. */
export function openPlans(sections: readonly string[] = Object.keys(experiments)): Plans {
  const plannedAt = (scale: Scale, repeats: number) =>
    together(planOf(sections, scale, { repeats }));
  const firsts = atScale((scale) =>
    new Map(plannedAt(scale, 1).map(({ trial, stages }) => [trialId(trial), stages]))
  );
  const ids = atScale((scale) =>
    new Set(plannedAt(scale, MOST_REPEATS).map(({ trial }) => trialId(trial)))
  );
  return {
    find(trial) {
      if (trial.seed !== seedOf(trial)) return undefined;
      const stages = firsts(trial.scale).get(trialId(firstOf(trial)));
      return stages && { trial, stages };
    },
    hasName(id) {
      const scale = scaleOfId(id);
      return scale !== undefined && ids(scale).has(id);
    },
  };
}

/** The first repeat of a trial, with whole batches. */
function firstOf(trial: Trial): Trial {
  const { microBatch: _, ...recipe } = trial.recipe;
  return { ...trial, recipe, index: 0, seed: seedOf({ ...trial, index: 0 }) };
}

function atScale<Value>(make: (scale: Scale) => Value): (scale: Scale) => Value {
  const made = new Map<Scale, Value>();
  return (scale) => {
    if (!made.has(scale)) made.set(scale, make(scale));
    return made.get(scale)!;
  };
}
