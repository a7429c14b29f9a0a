import { type ColumnTable, table } from "arquero";
import canonicalize from "canonicalize";
import type { ImageCorruptionList } from "../corruptions/mod.ts";
import { join } from "node:path";
import { experimentOf } from "../experiments/mod.ts";
import { log } from "../progress/mod.ts";
import {
  type DamagedResult,
  openStore,
  type Recipe,
  type Scale,
  type StageRecord,
  type Trial,
} from "../trials/mod.ts";
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
  /** Records not counted, since another setting of the same condition or stage has more trials. */
  leftOut: number;
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
  const all = store.read({ section });
  for (const { path, reason } of damaged) {
    log(`Not counted; its trial's next run replaces it: ${path} (${reason})`);
  }
  const scale = options.scale ?? settings.scale ??
    (all.some((record) => record.trial.scale === "paper") ? "paper" : "preview");
  const folder = join(settings.data, "results", scale);
  return {
    ...resultsOf(section, scale, all),
    corruptions: settings.corruptions ?? paperCorruptions,
    damaged: damaged.filter(({ path }) => path.startsWith(folder)).length,
  };
}

/**
 * The results of one section and scale among records, of one setting each. Where there are two of a
 * condition (another recipe, other options) or of an evaluation (another attack, other images), the
 * one with more trials counts, of equally many the newest, never a mean of both.
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
    ({ trial }) => canonicalize([trial.dataset, trial.network, commonRecipe(trial)])!,
  );
  const byLoss = mostCommon(
    byCondition,
    ({ trial }) => `${trial.dataset.name}/${trial.network.name}/${trial.loss.name}`,
    ({ trial }) => canonicalize([trial.loss, trial.recipe])!,
  );
  // Networks of a data set are evaluated alike, since figures average over them. What has no settings depends on none.
  const byStage = mostCommon(
    byLoss.filter(({ settings }) => settings !== undefined),
    ({ trial, stage }) => `${trial.dataset.name}/${stage}`,
    ({ settings }) => canonicalize(settings)!,
  );
  const kept = byLoss.filter((record) => record.settings === undefined || byStage.includes(record));
  return {
    section,
    scale,
    records: kept,
    corruptions: paperCorruptions,
    table: table(columnsOf(kept.flatMap(longRows))),
    leftOut: ofScale.length - kept.length,
    damaged: 0,
  };
}

/** A trial's recipe without what its section gives to single losses of the condition. */
function commonRecipe({ section, dataset, network, recipe }: Trial): Partial<Recipe> {
  const condition = experimentOf(section).conditions.find((one) =>
    one.dataset === dataset.name && one.network === network.name
  );
  const own = Object.values(condition?.recipes ?? {});
  const isOfLosses = (key: string) =>
    own.some((one) =>
      canonicalize(one[key as keyof Recipe]) !==
        canonicalize(condition!.recipe[key as keyof Recipe])
    );
  return Object.fromEntries(Object.entries(recipe).filter(([key]) => !isOfLosses(key)));
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
