import { matchesGlob } from "node:path";
import type { ScaledCondition } from "./expand.ts";
import { namesOf } from "./select.ts";

/** A condition that cannot run. */
export interface MissingCondition {
  section: string;
  /** `<data>/<method>`. */
  condition: string;
  reason: string;
  /** It is no part of the scale; no download would change that. */
  excluded?: true;
}

/** Why a data set cannot be used, with so many of its test images (absent: all); undefined where it can. */
export type MissingData = (dataset: string, testCount?: number) => string | undefined;

/** The conditions among those that globs name (none: all) that do not run at a scale, with the reason. */
export function missingConditions(
  conditions: readonly ScaledCondition[],
  { globs = [], missingData = () => undefined }: {
    globs?: readonly string[];
    missingData?: MissingData;
  } = {},
): MissingCondition[] {
  return conditions.flatMap((one): MissingCondition[] => {
    const { section, name, planned, excluded } = one;
    const isAsked = globs.length === 0 ||
      namesOf(one).some((found) => globs.some((glob) => matchesGlob(found, glob)));
    if (!isAsked) return [];
    if (excluded !== undefined) {
      return [{ section, condition: name, reason: excluded, excluded: true }];
    }
    const dataset = planned[0]?.trial.dataset;
    if (dataset === undefined || dataset.standIn) return [];
    const reason = missingData(dataset.name, dataset.testCount);
    return reason === undefined ? [] : [{ section, condition: name, reason }];
  });
}
