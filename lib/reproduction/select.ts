import { matchesGlob } from "node:path";
import { conditionOf, type PlannedTrial, type Stage } from "../trials/mod.ts";
import type { ScaledCondition } from "./expand.ts";

/** Part of a plan: of a trial, the stages that globs name, behind the one that makes its weights; nothing where they name none. */
export type Selection = (planned: PlannedTrial) => PlannedTrial[];

/**
 * What globs over `<data>/<method>/<loss>` name, such as "mnist/*\/hem" or "cifar10/resnet18/hem@*", a variant being part of
 * the loss's name; without globs, everything.
 *
 * @param conditions All that could be named: their trials, and of those that are no part of the scale, any loss
 * @throws {RangeError} where a glob names nothing, with the list of what there is.
 */
export function select(
  conditions: readonly ScaledCondition[],
  globs: readonly string[],
): Selection {
  const names = conditions.flatMap(namesOf);
  for (const glob of globs) {
    if (!names.some((name) => matchesGlob(name, glob))) throw nothingNamed(glob, names);
  }
  return ({ trial, stages }) => {
    if (globs.length === 0) return [{ trial, stages }];
    const isNamed = (stage: Stage) =>
      globs.some((glob) => matchesGlob(conditionOf(trial, stage), glob));
    const named = stages.filter((stage, i) => i === 0 || isNamed(stage));
    return stages.some(isNamed) ? [{ trial, stages: named }] : [];
  };
}

/** The names of a condition's trials, or what they would be where it is no part of the scale. */
export function namesOf({ name, planned, possible }: ScaledCondition): string[] {
  const names = planned.flatMap(({ trial, stages }) =>
    stages.map((one) => conditionOf(trial, one))
  );
  return [...new Set(names.length > 0 ? names : possible.map((loss) => `${name}/${loss}`))];
}

function nothingNamed(glob: string, names: readonly string[]): RangeError {
  const conditions = [...new Set(names.map((name) => name.replace(/\/[^/]*$/, "")))];
  const losses = [...new Set(names.map((name) => name.replace(/^.*\//, "")))];
  return new RangeError(
    `--only "${glob}" names nothing: wanted <data>/<method>/<loss>, such as "mnist/*/hem".\n` +
      `Conditions: ${conditions.join(", ")}\nLosses: ${losses.join(", ")}`,
  );
}
