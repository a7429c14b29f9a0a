import { matchesGlob } from "node:path";
import { unknown } from "../stages/mod.ts";
import type { ScaledCondition } from "./expand.ts";
import { namesOf } from "./select.ts";

/** A condition that cannot run, or not with all that it should measure. */
export interface MissingCondition {
  section: string;
  /** `<data>/<method>`. */
  condition: string;
  reason: string;
  /** It is no part of the scale; no download would change that. */
  excluded?: true;
  /** It runs all the same: a set of unknown classes is missing, and its results list that. */
  runs?: true;
}

/** Why a data set cannot be used, with so many of its test images (absent: all); undefined where it can. */
export type MissingData = (dataset: string, testCount?: number) => string | undefined;

/** Why sets of unknown classes of a data set cannot be used, with so many of their images (absent: all); none where all can. */
export type MissingUnknown = (dataset: string, count?: number) => readonly string[];

/**
 * The conditions among those that globs name (none: all) that do not run at a scale, with the reason; and those that run
 * without a set of unknown classes, set by set.
 */
export function missingConditions(
  conditions: readonly ScaledCondition[],
  { globs = [], missingData = () => undefined, missingUnknown = () => [] }: {
    globs?: readonly string[];
    missingData?: MissingData;
    missingUnknown?: MissingUnknown;
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
    const measuresUnknown = planned[0]!.stages.some((stage) => stage.name === unknown.name);
    const unknownReasons = measuresUnknown
      ? missingUnknown(dataset.name, dataset.unknownCount)
      : [];
    return [
      ...(reason === undefined ? [] : [{ section, condition: name, reason }]),
      ...unknownReasons.map((reason) => ({
        section,
        condition: name,
        reason: `unknown classes are measured without a set. ${reason}`,
        runs: true as const,
      })),
    ];
  });
}
