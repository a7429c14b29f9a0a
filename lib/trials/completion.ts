import { createHash } from "node:crypto";
import type { StageRecord } from "./record.ts";

/** Tells whether a data set is on this machine. */
export type IsPresent = (dataset: string) => boolean;

/**
 * The data sets that a record lists as missing, that are there now, and that can be added to it: the weights that it measured
 * must be there too, since numbers of other weights do not belong beside them.
 */
export function arrivedDatasets(
  record: StageRecord,
  { isPresent, weights }: { isPresent: IsPresent; weights: string },
): string[] {
  const arrived = (record.missing ?? []).map(({ dataset }) => dataset).filter(isPresent);
  if (arrived.length === 0) return [];
  return hashOfFile(weights) === record.weights?.sha256 ? arrived : [];
}

/** What a record would lose or change if it became another one; undefined where it would only gain. */
export function whatIsLost(before: StageRecord, after: StageRecord): string | undefined {
  if (before.weights?.sha256 !== after.weights?.sha256) return "it is of other weights";
  const gone = before.rows.find((row) => !after.rows.some((other) => same(row, other)));
  if (gone !== undefined) return `its ${gone.metric} of ${gone.dataset} would change`;
  const lost = before.histograms?.find((one) => !after.histograms?.some((it) => same(one, it)));
  if (lost !== undefined) return `its histogram of ${lost.dataset} would change`;
  const missing = new Set(before.missing?.map(({ dataset }) => dataset));
  const added = after.rows.find((row) =>
    !missing.has(row.dataset) && !before.rows.some((other) => same(row, other))
  );
  return added && `its ${added.metric} of ${added.dataset} is not of a missing data set`;
}

function same(a: object, b: object): boolean {
  return JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
}

function hashOfFile(path: string): string | undefined {
  try {
    return createHash("sha256").update(Deno.readFileSync(path)).digest("hex");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
