import { matchesGlob } from "node:path";
import type { LossName } from "../trials/mod.ts";
import type { Condition, Experiment } from "./experiment.ts";

/** Part of an experiment: the conditions and losses that globs name. */
export type Selection = (
  condition: Pick<Condition, "dataset" | "network">,
  loss: LossName,
) => boolean;

/**
 * What globs over `<data set>/<network>/<loss>` name among the conditions of `experiments`; without
 * globs, everything.
 *
 * @throws {RangeError} where a glob names nothing, with the list of what there is.
 */
export function select(
  experiments: readonly Experiment[],
  globs: readonly string[],
): Selection {
  const names = experiments.flatMap(({ conditions, losses }) =>
    conditions.flatMap((condition) => losses.map((loss) => nameOf(condition, loss)))
  );
  for (const glob of globs) {
    if (!names.some((name) => matchesGlob(name, glob))) throw nothingNamed(glob, names);
  }
  return (condition, loss) =>
    globs.length === 0 || globs.some((glob) => matchesGlob(nameOf(condition, loss), glob));
}

function nameOf({ dataset, network }: Pick<Condition, "dataset" | "network">, loss: LossName) {
  return `${dataset}/${network}/${loss}`;
}

function nothingNamed(glob: string, names: readonly string[]): RangeError {
  const conditions = [...new Set(names.map((name) => name.replace(/\/[^/]*$/, "")))];
  const losses = [...new Set(names.map((name) => name.replace(/^.*\//, "")))];
  return new RangeError(
    `--only "${glob}" names nothing: wanted <data set>/<network>/<loss>, such as "mnist/*/hem".\n` +
      `Conditions: ${conditions.join(", ")}\nLosses: ${losses.join(", ")}`,
  );
}
