import { type ColumnTable, table } from "arquero";
import canonicalize from "canonicalize";
import { openStore, type Scale, type StageRecord } from "../trials/mod.ts";
import { readSettings, type Settings } from "./settings.ts";

/** One number of one trial: a row of the long results table. */
export interface ResultsRow {
  id: string;
  section: string;
  scale: Scale;
  /** The data set that the network was trained on. */
  data: string;
  network: string;
  loss: string;
  /** Number of the repeat, from 0. */
  trial: number;
  stage: string;
  /** What was measured: "test", or the name of an unknown set, a corruption, an attack. */
  dataset: string;
  metric: string;
  value: number;
}

/** The stored results of one section at one scale. */
export interface Results {
  section: string;
  scale: Scale;
  records: readonly StageRecord[];
  /** One row per trial, data set and metric, in the columns of `ResultsRow`. */
  table: ColumnTable;
  /** Records not counted, since another setting of the same condition has more trials. */
  leftOut: number;
}

/**
 * Opens the stored results of a section of the paper. Results of two scales never share a table:
 * the scale is the one asked for, else `paper` where it has results, else `preview`.
 */
export function openResults(
  section: string,
  options: { scale?: Scale; settings?: Settings } = {},
): Results {
  const settings = options.settings ?? readSettings();
  const all = openStore({ data: settings.data }).read({ section });
  const scale = options.scale ?? settings.scale ??
    (all.some((record) => record.trial.scale === "paper") ? "paper" : "preview");
  return resultsOf(section, scale, all);
}

/**
 * The results of one section and scale among records. Where the store holds a condition under two
 * settings (another recipe, other options), the one with more trials counts, never a mean of both.
 */
export function resultsOf(
  section: string,
  scale: Scale,
  records: readonly StageRecord[],
): Results {
  const ofScale = records.filter(({ trial }) => trial.section === section && trial.scale === scale);
  const byCondition = mostCommon(
    ofScale,
    ({ trial }) => `${trial.dataset.name}/${trial.network.name}`,
    ({ trial }) => canonicalize([trial.dataset, trial.network, trial.recipe])!,
  );
  const kept = mostCommon(
    byCondition,
    ({ trial }) => `${trial.dataset.name}/${trial.network.name}/${trial.loss.name}`,
    ({ trial }) => canonicalize(trial.loss)!,
  );
  return {
    section,
    scale,
    records: kept,
    table: table(columnsOf(kept.flatMap(longRows))),
    leftOut: ofScale.length - kept.length,
  };
}

/** The rows of one record in the long table. */
function longRows(record: StageRecord): ResultsRow[] {
  const { id, trial, stage } = record;
  return record.rows.map(({ dataset, metric, value }) => ({
    id,
    section: trial.section,
    scale: trial.scale,
    data: trial.dataset.name,
    network: trial.network.name,
    loss: trial.loss.name,
    trial: trial.index,
    stage,
    dataset,
    metric,
    value,
  }));
}

// An empty array of rows would make a table without columns, which no verb can filter.
function columnsOf(rows: ResultsRow[]): Record<keyof ResultsRow, unknown[]> {
  const names: (keyof ResultsRow)[] = [
    "id",
    "section",
    "scale",
    "data",
    "network",
    "loss",
    "trial",
    "stage",
    "dataset",
    "metric",
    "value",
  ];
  return Object.fromEntries(
    names.map((name) => [name, rows.map((row) => row[name])]),
  ) as Record<keyof ResultsRow, unknown[]>;
}

/** Keeps, in each group, the records of the setting that has the most trials (then the newest). */
function mostCommon(
  records: readonly StageRecord[],
  group: (record: StageRecord) => string,
  setting: (record: StageRecord) => string,
): StageRecord[] {
  const best = new Map<string, { setting: string; trials: number; newest: string }>();
  for (const [key, ofSetting] of Map.groupBy(records, (r) => `${group(r)}\n${setting(r)}`)) {
    const first = ofSetting[0]!;
    const candidate = {
      setting: key,
      trials: new Set(ofSetting.map((record) => record.id)).size,
      newest: ofSetting.map((record) => record.startedAt).sort().at(-1)!,
    };
    const known = best.get(group(first));
    if (
      known === undefined || candidate.trials > known.trials ||
      (candidate.trials === known.trials && candidate.newest > known.newest)
    ) best.set(group(first), candidate);
  }
  return records.filter((r) => best.get(group(r))!.setting === `${group(r)}\n${setting(r)}`);
}
