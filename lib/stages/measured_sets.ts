import { join } from "node:path";
import { MissingDataError } from "../datasets/mod.ts";
import {
  type Coordinates,
  type Facts,
  type Histogram,
  lackingMetrics,
  type ResultRow,
  type StageRecord,
} from "../trials/mod.ts";
import { stageDefinition } from "./catalogue.ts";
import { openKept } from "./kept.ts";
import type { MeasureContext, Measurements } from "./work.ts";

/** A set of images that a stage measures. */
export interface SetToMeasure {
  /** Its name in results; each of a stage's sets has another name or other coordinates. */
  dataset: string;
  at?: Coordinates;
  /** Its name for people. */
  title: string;
  /** What its numbers depend on beside the weights and the stage, such as where its images come from. */
  identity?: string;
  /** @throws {MissingDataError} where its files are not on this machine. */
  measure(onProgress: (fraction: number) => void): Promise<SetMeasurements>;
}

/** What is measured of one set; its name and coordinates are added. */
export interface SetMeasurements {
  values: [metric: string, value: number][];
  histogram?: Omit<Histogram, "dataset">;
  /** Found out about its images; what differs between sets is listed in the record. */
  facts?: Record<string, string>;
  /** What of it could not be measured. */
  missing?: string;
}

/**
 * Measures sets one by one, and keeps what is done, so that an interrupted stage goes on with the next set. A set that is not
 * on this machine is listed as missing. Where there is a record already, only what it lacks is measured: sets that have
 * come, and sets that it has without one of the stage's metrics; numbers that are there stay.
 */
export async function measureSets(
  context: MeasureContext,
  sets: readonly SetToMeasure[],
): Promise<Measurements> {
  const { stage, weights, previous, advance } = context;
  const { metrics } = stageDefinition(stage.name);
  const lacking = new Set(previous && lackingMetrics(previous, metrics));
  const isThere = ({ dataset, at }: SetToMeasure) =>
    previous !== undefined && !lacking.has(dataset) &&
    previous.rows.some((row) => row.dataset === dataset && isAt(row, at));
  const wanted = sets.filter((set) => !isThere(set));
  const kept = openKept<SetMeasurements>(join(context.scratch, "sets.json"), [
    weights.sha256,
    stage,
    metrics,
  ]);
  const found: ResultRow[] = [];
  const histograms: Histogram[] = [];
  const missing: NonNullable<StageRecord["missing"]> = [];
  const facts = new Map<string, Set<string>>();
  for (const [i, set] of wanted.entries()) {
    const { dataset, at, title, identity = "" } = set;
    const onProgress = (fraction: number) => advance((i + fraction) / wanted.length, title);
    const name = JSON.stringify([dataset, at, identity]);
    if (kept.get(name) === undefined) onProgress(0);
    try {
      const measured = kept.get(name) ?? await set.measure(onProgress);
      kept.add(name, measured);
      const place = at === undefined ? { dataset } : { dataset, at };
      found.push(...measured.values.map(([metric, value]) => ({ ...place, metric, value })));
      if (measured.histogram) histograms.push({ dataset, ...measured.histogram });
      if (measured.missing) missing.push({ dataset, reason: measured.missing });
      for (const [fact, value] of Object.entries(measured.facts ?? {})) {
        facts.set(fact, (facts.get(fact) ?? new Set()).add(value));
      }
    } catch (error) {
      if (!(error instanceof MissingDataError)) throw error;
      if (missing.some((one) => one.dataset === dataset)) continue;
      const source = error.dataset === dataset ? {} : { source: error.dataset };
      missing.push({ dataset, ...source, reason: error.message });
    }
  }
  const order = sets.map(({ dataset, at }) => JSON.stringify([dataset, at]));
  return {
    ...together(previous, found, histograms, order),
    missing,
    ...(facts.size > 0 && { facts: listed(facts) }),
  };
}

/** What a record has and what was found since, in the order in which one run would have measured it. */
function together(
  previous: StageRecord | undefined,
  found: ResultRow[],
  foundHistograms: Histogram[],
  order: readonly string[],
): Pick<Measurements, "rows"> & { histograms?: Histogram[] } {
  const { rows: before = [], histograms: histogramsBefore = [] } = previous ?? {};
  const isSame = (a: ResultRow, b: ResultRow) =>
    a.metric === b.metric && a.dataset === b.dataset && isAt(a, b.at);
  // Numbers that are there stay, also of sets that were measured again for another metric.
  const rows = [
    ...before.filter((row) => !found.some((other) => isSame(row, other))),
    ...found.map((row) => before.find((other) => isSame(row, other)) ?? row),
  ];
  const histograms = [
    ...histogramsBefore,
    ...foundHistograms.filter(({ dataset }) =>
      !histogramsBefore.some((one) => one.dataset === dataset)
    ),
  ];
  const place = ({ dataset, at }: { dataset?: string; at?: Coordinates }) =>
    order.indexOf(JSON.stringify([dataset, at]));
  return {
    rows: rows.sort((a, b) => place(a) - place(b)),
    ...(histograms.length > 0 && { histograms: histograms.sort((a, b) => place(a) - place(b)) }),
  };
}

function isAt(row: ResultRow, at: Coordinates | undefined): boolean {
  return JSON.stringify(row.at) === JSON.stringify(at);
}

function listed(facts: Map<string, Set<string>>): Facts {
  return Object.fromEntries(
    [...facts].map(([fact, values]) => [fact, [...values].sort().join(" and ")]),
  );
}
