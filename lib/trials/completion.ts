import { createHash } from "node:crypto";
import { canonicalForm } from "./identity.ts";
import type { ResultRow, StageRecord } from "./record.ts";

/** Tells whether a data set is on this machine. */
export type IsPresent = (dataset: string) => boolean;

/**
 * The data sets that can be added to a record: those that it lists as missing and that are there now, and those that were
 * measured before there was one of `metrics`, which every set of its stage has.
 */
export function arrivedDatasets(
  record: StageRecord,
  { isPresent, metrics }: { isPresent: IsPresent; metrics: readonly string[] },
): string[] {
  const { missing = [], stage, trial } = record;
  // What a corruption is made of is not needed where the corrupted images themselves are there, as published.
  const isPublished = stage.name === "corrupt" && isPresent(`${trial.dataset.name}_c`);
  const arrived = missing
    .filter(({ dataset, source }) =>
      isPresent(source ?? dataset) || (isPublished && source !== undefined)
    )
    .map(({ dataset, source = dataset }) => source);
  return [...new Set(arrived), ...lackingMetrics(record, metrics)];
}

/** The data sets of which a record has some of these metrics and not all. */
export function lackingMetrics({ rows }: StageRecord, metrics: readonly string[]): string[] {
  const known = rows.filter(({ metric, dataset }) =>
    metrics.includes(metric) && dataset !== undefined
  );
  return [...Map.groupBy(known, ({ dataset }) => dataset!)]
    .filter(([, ofDataset]) =>
      metrics.some((metric) => !ofDataset.some((row) => row.metric === metric))
    )
    .map(([dataset]) => dataset);
}

/** What a record would lose or change if it became another one; undefined where it would only gain. */
export function whatIsLost(before: StageRecord, after: StageRecord): string | undefined {
  if (before.weights?.sha256 !== after.weights?.sha256) return "it is of other weights";
  for (const part of ["stage", "outcome", "provenance"] as const) {
    if (!same(before[part], after[part])) return `its ${part} would change`;
  }
  for (const part of ["startedAt", "seconds"] as const) {
    if (before[part] !== after[part]) return `its ${part} would change`;
  }
  if (!same(before.facts ?? {}, after.facts ?? {})) return "its facts would change";
  const earlier = before.completions ?? [];
  if (!same(earlier, (after.completions ?? []).slice(0, earlier.length))) {
    return "its completions would change";
  }
  const gone = before.rows.find((row) => !after.rows.some((other) => same(row, other)));
  if (gone !== undefined) return `its ${gone.metric} of ${gone.dataset} would change`;
  const lost = before.histograms?.find((one) => !after.histograms?.some((it) => same(one, it)));
  if (lost !== undefined) return `its histogram of ${lost.dataset} would change`;
  const missing = new Set<string | undefined>(before.missing?.map(({ dataset }) => dataset));
  const forgotten = before.missing?.find(({ dataset }) =>
    !after.missing?.some((one) => one.dataset === dataset) &&
    !after.rows.some((row) => row.dataset === dataset)
  );
  if (forgotten !== undefined) return `it would no longer say that ${forgotten.dataset} is missing`;
  const added = after.rows.find((row) =>
    !missing.has(row.dataset) && !before.rows.some((other) => same(row, other)) &&
    !lacks(before, row)
  );
  return added && `its ${added.metric} of ${added.dataset} is not of a missing data set`;
}

/** Whether a record measured a data set without this metric. */
function lacks({ rows }: StageRecord, { dataset, metric }: ResultRow) {
  const metrics = rows.filter((row) => row.dataset === dataset).map((row) => row.metric);
  return metrics.length > 0 && !metrics.includes(metric);
}

function same(a: object, b: object): boolean {
  return canonicalForm(a) === canonicalForm(b);
}

/** The SHA-256 of a file, such as a trial's weights; undefined where there is none. */
export function hashOfFile(path: string): string | undefined {
  try {
    return createHash("sha256").update(Deno.readFileSync(path)).digest("hex");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
