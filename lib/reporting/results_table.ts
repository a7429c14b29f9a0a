import { type ColumnTable, table } from "arquero";
import type { ImageCorruptionList } from "../corruptions/mod.ts";
import { join } from "node:path";
import { planOf } from "../reproduction/mod.ts";
import {
  type DamagedResult,
  measuredWeights,
  openStore,
  recordsOf,
  type Scale,
  type Stage,
  stageKey,
  type StageRecord,
} from "../trials/mod.ts";
import { log } from "../progress/mod.ts";
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

// as many as the paper has, which does not name them
const paperCorruptions: ImageCorruptionList = "18";

/** The stored results of one section at one scale. */
export interface Results {
  section: string;
  scale: Scale;
  records: readonly StageRecord[];
  /** Over which corruptions of colour images the mean is. */
  corruptions: ImageCorruptionList;
  /** One row per trial, data set and metric, in the columns of `ResultsRow`. */
  table: ColumnTable;
  /** Files not counted, since they are no whole record. */
  damaged: number;
}

/**
 * Opens the stored results of a section of the paper. Results of two scales never share a table:
 * the scale is the one asked for, else `paper` where it has results, else `preview`. Each damaged
 * file is logged with what is wrong with it, and counted.
 */
export function openResults(
  section: string,
  options: { scale?: Scale; settings?: Settings } = {},
): Results {
  const settings = options.settings ?? readSettings();
  const damaged: DamagedResult[] = [];
  const store = openStore({ data: settings.data, onDamaged: (one) => damaged.push(one) });
  const all = store.read();
  for (const { path, reason } of damaged) {
    log(`Not counted; its trial's next run replaces it: ${path} (${reason})`);
  }
  const scale = options.scale ?? settings.scale ??
    (resultsOf(section, "paper", all).records.length > 0 ? "paper" : "preview");
  const folder = join(settings.data, "results", scale);
  return {
    ...resultsOf(section, scale, all),
    corruptions: settings.corruptions ?? paperCorruptions,
    damaged: damaged.filter(({ path }) => path.startsWith(folder)).length,
  };
}

// More repeats than the scale's own count too, where somebody asked for them; nobody has as many as this.
const mostRepeats = 20;

/** The results of one section and scale among records: those that its plan asks for, and no others. */
export function resultsOf(
  section: string,
  scale: Scale,
  records: readonly StageRecord[],
): Results {
  const keyOf = (id: string, stage: Stage, weights?: string) => `${id}/${stageKey(stage, weights)}`;
  const byKey = new Map(
    records.map((record) => [keyOf(record.id, record.stage, measuredWeights(record)), record]),
  );
  const kept = recordsOf(planOf(section, scale, { repeats: mostRepeats }), {
    get: (id, stage, weights) => byKey.get(keyOf(id, stage, weights)),
  });
  return {
    section,
    scale,
    records: kept,
    corruptions: paperCorruptions,
    table: table(columnsOf(kept.flatMap((record) => longRows(record, section)))),
    damaged: 0,
  };
}

/** The rows of one record in the long table. */
function longRows(record: StageRecord, section: string): ResultsRow[] {
  const { id, trial, stage } = record;
  // Those of an epoch, a class, an experience belong to other figures.
  const whole = record.rows.filter(({ at = {} }) =>
    Object.keys(at).every((coordinate) => coordinate === "severity")
  );
  return whole.map(({ dataset = "", metric, value, at }) => ({
    id,
    section,
    scale: trial.scale,
    data: trial.dataset.name,
    network: trial.network.name,
    loss: trial.loss.name,
    trial: trial.index,
    stage: stage.name,
    dataset: at?.severity === undefined ? dataset : `${dataset}/${at.severity}`,
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
