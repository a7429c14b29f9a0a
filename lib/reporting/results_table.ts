import { type ColumnTable, table } from "arquero";
import type { ImageCorruptionList } from "../corruptions/mod.ts";
import { experimentOf } from "../experiments/mod.ts";
import { log } from "../progress/mod.ts";
import { planOf } from "../reproduction/mod.ts";
import {
  conditionNameOf,
  type Coordinates,
  type DamagedResult,
  datasetLabel,
  lossLabel,
  methodLabel,
  openStore,
  type OwnResults,
  type PlannedTrial,
  readOwnResults,
  recordsOf,
  type ResultRow,
  type Scale,
  stageKey,
  type StageRecord,
  type Store,
} from "../trials/mod.ts";
import type { LossName } from "../losses/mod.ts";
import { type Condition, conditionsOf } from "./conditions.ts";
import { classesOf } from "./display.ts";
import { readSettings, type Settings } from "./settings.ts";

/** One number of one trial: a row of the long results table. */
export interface ResultsRow {
  id: string;
  scale: Scale;
  /** The images that it was trained on: `mnist`, `cifar10_lt100`. */
  data: string;
  /** A network, a strategy of continual learning, an encoder. */
  method: string;
  loss: LossName;
  /** The loss with its variant, or its stage's: `hem`, `hem@margin=0.5`. */
  series: string;
  /** Number of the repeat, from 0. */
  trial: number;
  seed: number;
  stage: string;
  /** What was measured: "test", or the name of an unknown set, a corruption, an attack; empty where it is none of these. */
  dataset: string;
  metric: string;
  value: number;
  /** An epoch, an experience, a class, a group of classes. */
  at: Omit<Coordinates, "severity">;
}

/** The stored results of one section at one scale: what its plan asks for of the records, and nothing else. */
export interface Results {
  section: string;
  scale: Scale;
  /** The conditions that there should be, in the paper's order. */
  conditions: readonly Condition[];
  /** The losses that the section compares at this scale, in their order, and which with which. */
  losses: readonly LossName[];
  pairs: readonly (readonly [LossName, LossName])[];
  records: readonly StageRecord[];
  rows: readonly ResultsRow[];
  /** The rows as one long table. */
  table: ColumnTable;
  /** Over which corruptions of colour images the mean is. */
  corruptions: ImageCorruptionList;
  /** Networks of the user's own that were measured beside the section's; in no row. */
  own: OwnResults;
  /** Files not counted, since they are no whole record. */
  damaged: number;
  /** The folder that they are from, where there is one: pictures lie beside the weights. */
  folder?: string;
}

// as many as the paper has, which does not name them
const paperCorruptions: ImageCorruptionList = "18";

// More than any plan has; where somebody asked for more still, allRecords() looks for them.
const usualRepeats = 20;

/** What of the settings decides which trials are shown. */
type Shown = Pick<Settings, "microBatch">;

/**
 * Opens the stored results of a section of the paper. Results of two scales never share a table: the scale is the one asked
 * for, else the largest that has results of the section, else `preview`. Each damaged file is counted, and logged once with what
 * is wrong with it.
 *
 * @example A look of one's own, in a notebook
 * ```ts
 * openResults("5.1").table.filter((row) => row.stage === "clean" && row.metric === "accuracy")
 *   .groupby("data", "method", "series").rollup({ mean: op.mean("value") });
 * ```
 */
export function openResults(
  section: string,
  options: { scale?: Scale; settings?: Settings } = {},
): Results {
  const settings = options.settings ?? readSettings();
  const { data } = settings;
  const wanted = options.scale ?? settings.scale;
  const scale = wanted ?? bestScale(section, openStore({ data }), settings) ?? "preview";
  const damaged: DamagedResult[] = [];
  const store = openStore({ data, onDamaged: (one) => damaged.push(one) });
  const results = resultsOf(section, scale, store, settings);
  for (const { path, reason } of damaged) {
    tell(`Not counted; its trial's next run replaces it: ${path} (${reason})`);
  }
  const own = readOwnResults(data);
  for (const { path, reason } of own.damaged) {
    tell(
      `Not shown; measure it again with \`deno task evaluate\`, or remove it: ${path} (${reason})`,
    );
  }
  return {
    ...results,
    own,
    corruptions: settings.corruptions ?? paperCorruptions,
    damaged: damaged.length,
    folder: data,
  };
}

const told = new Set<string>();

/** Logs what is wrong with a file once, however many figures need its section. */
function tell(message: string): void {
  if (told.has(message)) return;
  told.add(message);
  log(message);
}

/** The scales that show results, the best first; smoke is for tests. */
export const shownScales: readonly Scale[] = ["paper", "short", "preview"];

/** The best scale that has results of a section; undefined where none has. */
export function bestScale(
  section: string,
  store: Pick<Store, "get">,
  settings: Shown = {},
): Scale | undefined {
  return shownScales.find((scale) => hasResults(section, scale, store, settings));
}

/** Whether there is any record of a section at a scale. */
export function hasResults(
  section: string,
  scale: Scale,
  store: Pick<Store, "get">,
  settings: Shown = {},
): boolean {
  return planned(section, scale, settings, usualRepeats)
    .some((trial) => recordsOf([trial], store).length > 0);
}

/**
 * The results of one section and scale in a store, as its plan asks for them.
 *
 * @throws {RangeError} where the section has no experiment.
 */
export function resultsOf(
  section: string,
  scale: Scale,
  store: Pick<Store, "get">,
  settings: Shown = {},
): Results {
  const { losses, pairs } = experimentOf(section);
  const conditions = conditionsOf(section, scale);
  const asked = conditions.filter(({ excluded }) => excluded === undefined)
    .flatMap(({ series }) => series.map((one) => one.split("@")[0]));
  const isAsked = (loss: LossName) => asked.length === 0 || asked.includes(loss);
  // Conditions of a section can ask for the same trial.
  const found = shownOf(allRecords(section, scale, store, settings), settings)
    .map((record) => [`${record.id}/${stageKey(record.stage)}`, record] as const);
  const records = [...new Map(found).values()];
  const rows = records.flatMap(longRows);
  return {
    section,
    scale,
    conditions,
    losses: losses.filter(isAsked),
    pairs: pairs.filter((pair) => pair.every(isAsked)),
    records,
    rows,
    table: table(columnsOf(rows)),
    corruptions: paperCorruptions,
    own: { results: [], damaged: [] },
    damaged: 0,
  };
}

/** Whether it is no variant of a loss, but the paper's settings as we read them. */
export function isPaperSetting({ series }: { series: string }): boolean {
  return !series.includes("@");
}

/** The part of results that is of some conditions and losses, or of some of their variants; the list of conditions stays. */
export function partOf(
  results: Results,
  isPart: (one: { data: string; method: string; series: string }) => boolean,
): Results {
  const rows = results.rows.filter(isPart);
  const records = results.records.filter(({ trial, stage }) =>
    isPart({
      data: datasetLabel(trial),
      method: methodLabel(trial),
      series: lossLabel(trial, stage),
    })
  );
  return { ...results, rows, records, table: table(columnsOf(rows)) };
}

/** The records of all repeats that somebody asked for: where there are many, twice as many are looked for. */
function allRecords(
  section: string,
  scale: Scale,
  store: Pick<Store, "get">,
  settings: Shown,
  repeats = usualRepeats,
): StageRecord[] {
  const records = recordsOf(planned(section, scale, settings, repeats), store);
  return records.some(({ trial }) => trial.index >= repeats / 2)
    ? allRecords(section, scale, store, settings, 2 * repeats)
    : records;
}

/** Of a condition those in parts of batches where there are any, else those of whole batches: the two are never compared. */
function shownOf(
  records: readonly StageRecord[],
  { microBatch = Infinity }: Shown,
): StageRecord[] {
  const isInParts = ({ trial }: StageRecord) => trial.recipe.microBatch !== undefined;
  const inParts = new Set(records.filter(isInParts).map(({ trial }) => conditionNameOf(trial)));
  return records.filter((one) =>
    isInParts(one) || one.trial.recipe.batchSize <= microBatch ||
    !inParts.has(conditionNameOf(one.trial))
  );
}

/** The trials that a section asks for: with whole batches, and with the parts that are to be shown. */
function planned(
  section: string,
  scale: Scale,
  { microBatch }: Shown,
  repeats: number,
): PlannedTrial[] {
  const parts = microBatch === undefined ? [] : [{ repeats, microBatch }];
  return [{ repeats }, ...parts].flatMap((options) => planOf(section, scale, options));
}

/** The rows of one record in the long table. */
function longRows(record: StageRecord): ResultsRow[] {
  const { id, trial, stage } = record;
  const common = {
    id,
    scale: trial.scale,
    data: datasetLabel(trial),
    method: methodLabel(trial),
    loss: trial.loss.name,
    series: lossLabel(trial, stage),
    trial: trial.index,
    seed: trial.seed,
  };
  const measured = [...record.rows, ...spreads(record)].map((row) => ({
    ...row,
    stage: stage.name,
  }));
  const all = [...measured, ...guesses(record).map((row) => ({ ...row, stage: "clean" }))];
  return all.map(({ stage, ...row }) => ({ ...common, stage, ...setOf(row) }));
}

/** A record's row as the long table has it: the severities of a corruption are sets of their own. */
export function setOf(
  { dataset = "", metric, value, at = {} }: ResultRow,
): Pick<ResultsRow, "dataset" | "metric" | "value" | "at"> {
  const { severity, ...place } = at;
  const set = severity === undefined ? dataset : `${dataset}/${severity}`;
  return { dataset: set, metric, value, at: place };
}

/** Clean accuracy once more as a measure that a training which diverged has too: its network only guesses. */
function guesses({ trial, stage, outcome, rows }: StageRecord): ResultRow[] {
  const metric = "accuracy_or_guess";
  if (outcome.name === "diverged") {
    return [{ metric, dataset: "test", value: 1 / classesOf(datasetLabel(trial)) }];
  }
  if (stage.name !== "clean") return [];
  return rows.filter((row) => row.metric === "accuracy" && row.at === undefined)
    .map((row) => ({ ...row, metric }));
}

/** The standard deviations of the stored histograms of MSP, to half a bin. */
function spreads({ histograms = [] }: StageRecord): ResultRow[] {
  return histograms.filter(({ score }) => score === "msp")
    .map(({ dataset, low, high, counts }) => {
      const total = counts.reduce((sum, count) => sum + count, 0);
      const centre = (bin: number) => low + (bin + 0.5) * (high - low) / counts.length;
      const meanOf = (of: (x: number) => number) =>
        counts.reduce((sum, count, bin) => sum + count * of(centre(bin)), 0) / total;
      const mean = meanOf((x) => x);
      return {
        dataset,
        metric: "msp_spread",
        value: Math.sqrt(meanOf((x) => (x - mean) ** 2)),
      };
    });
}

// An empty array of rows would make a table without columns, which no verb can filter.
function columnsOf(rows: readonly ResultsRow[]): Record<string, unknown[]> {
  const plain = [
    "id",
    "scale",
    "data",
    "method",
    "loss",
    "series",
    "trial",
    "seed",
    "stage",
    "dataset",
    "metric",
    "value",
  ] as const;
  const places = ["epoch", "experience", "task", "class", "group"] as const;
  return {
    ...Object.fromEntries(plain.map((name) => [name, rows.map((row) => row[name])])),
    ...Object.fromEntries(places.map((name) => [name, rows.map(({ at }) => at[name] ?? null)])),
  };
}
