import { matchesGlob } from "node:path";
import { corrupt, type StageDefinition, unknown } from "../stages/mod.ts";
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
  /** It runs all the same: a set of unknown classes or of corrupted images is missing, and its results list that. */
  runs?: true;
}

/** Why a data set cannot be used, with so many of its test images (absent: all); undefined where it can. */
export type MissingData = (dataset: string, testCount?: number) => string | undefined;

/** Why sets of unknown classes of a data set cannot be used, with so many of their images (absent: all); none where all can. */
export type MissingUnknown = (dataset: string, count?: number) => readonly string[];

/** Why some corrupted images of a data set can be neither read nor made; undefined where all can. */
export type MissingCorrupted = (dataset: string) => string | undefined;

/**
 * The conditions among those that globs name (none: all) that do not run at a scale, with the reason; and those that run
 * without a set of unknown classes or of corrupted images, set by set.
 */
export function missingConditions(
  conditions: readonly ScaledCondition[],
  options: {
    globs?: readonly string[];
    missingData?: MissingData;
    missingUnknown?: MissingUnknown;
    missingCorrupted?: MissingCorrupted;
  } = {},
): MissingCondition[] {
  const { globs = [], missingData, missingUnknown, missingCorrupted } = options;
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
    const reason = missingData?.(dataset.name, dataset.testCount);
    const measures = ({ name }: StageDefinition) =>
      planned[0]!.stages.some((stage) => stage.name === name);
    const unknownReasons = measures(unknown)
      ? missingUnknown?.(dataset.name, dataset.unknownCount) ?? []
      : [];
    const corrupted = measures(corrupt) ? missingCorrupted?.(dataset.name) : undefined;
    return [
      ...(reason === undefined ? [] : [{ reason }]),
      ...unknownReasons.map((reason) => ({
        reason: `unknown classes are measured without a set. ${reason}`,
        runs: true as const,
      })),
      ...(corrupted === undefined ? [] : [{
        reason: `corrupted images are measured without a set. ${corrupted}`,
        runs: true as const,
      }]),
    ].map((one) => ({ section, condition: name, ...one }));
  });
}
