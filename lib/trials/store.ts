import { join } from "node:path";
import { writeAtomically } from "../files/mod.ts";
import { log } from "../progress/mod.ts";
import { whatIsLost } from "./completion.ts";
import { recordSchema, type StageRecord } from "./record.ts";
import { describeIssues, type Scale, scaleOfId, scales, trialId } from "./trial.ts";

/** A result file that cannot be trusted: where it is and why. */
export interface DamagedResult {
  path: string;
  reason: string;
}

/** What `openStore()` takes. */
export interface StoreOptions {
  /** The folder that holds `results/` and `runs/`. */
  data: string;
  /** Called once per damaged file; by default the file and the reason are logged. */
  onDamaged?: (damaged: DamagedResult) => void;
}

/** Which records to read; what is absent does not filter. */
export interface ResultFilter {
  section?: string;
  scale?: Scale;
  stage?: string;
}

/** The finished stages of all trials, one JSON file each: `results/<scale>/<id>/<stage>.json`. */
export interface Store {
  /** The folder that holds `results/` and `runs/`. */
  readonly data: string;
  /** All trusted records that match, in the order of their paths. */
  read(filter?: ResultFilter): StageRecord[];
  /** The record of one stage, or undefined where there is none that can be trusted. */
  get(id: string, stage: string): StageRecord | undefined;
  /** Whether a stage has a record that can be trusted. */
  has(id: string, stage: string): boolean;
  /**
   * Writes a record: to a temporary name, synced to the disk, then renamed. Call it while holding
   * the trial's lock.
   *
   * @throws {TypeError} when the record is not complete, or numbers in it are not finite.
   * @throws {Error} when a trusted record is already there: results are never edited.
   */
  write(record: StageRecord): void;
  /**
   * Replaces a record by one that has all its numbers, and those of data sets that it lists as missing. Call it while
   * holding the trial's lock.
   *
   * @throws {TypeError} when the record is not complete, or numbers in it are not finite.
   * @throws {Error} when there is no record, or a number of it would change or be lost.
   */
  complete(record: StageRecord): void;
  /** The folder of a trial's checkpoint, weights, log and lock; not committed. */
  runFolder(id: string): string;
}

/** Opens the result store in a data folder; nothing is created before the first write. */
export function openStore(options: StoreOptions): Store {
  const { data } = options;
  const reported = new Set<string>();
  const onDamaged = options.onDamaged ??
    ((damaged) =>
      log(
        `Not counted; its trial's next run replaces it: ${damaged.path} (${damaged.reason})`,
      ));

  function load(
    scale: string,
    id: string,
    stage: string,
  ): StageRecord | undefined {
    const path = join(data, "results", scale, id, `${stage}.json`);
    const text = readIfThere(path);
    if (text === undefined) return undefined;
    const result = parseRecord(text, { scale, id, stage });
    if (typeof result !== "string") return result;
    if (!reported.has(path)) {
      reported.add(path);
      onDamaged({ path, reason: result });
    }
    return undefined;
  }

  function get(id: string, stage: string): StageRecord | undefined {
    const scale = scaleOfId(id);
    return scale && load(scale, id, stage);
  }

  /** Checks a record and returns where it belongs and what to write. */
  function prepare(record: StageRecord): { path: string; text: string } {
    const { id, stage } = record;
    const { scale } = record.trial;
    const text = JSON.stringify(record, null, 2) + "\n";
    const checked = parseRecord(text, { scale, id, stage });
    if (typeof checked === "string") {
      throw new TypeError(`Cannot store "${stage}" of ${id}: ${checked}`);
    }
    return { path: join(data, "results", scale, id, `${stage}.json`), text };
  }

  return {
    data,
    read(filter = {}) {
      const records: StageRecord[] = [];
      for (const scale of filter.scale ? [filter.scale] : scales) {
        for (const id of entries(join(data, "results", scale))) {
          for (const file of entries(join(data, "results", scale, id))) {
            const stage = /^([a-z0-9_]+)\.json$/.exec(file)?.[1];
            if (
              stage === undefined || (filter.stage && filter.stage !== stage)
            ) continue;
            const record = load(scale, id, stage);
            if (
              !record ||
              (filter.section && record.trial.section !== filter.section)
            ) continue;
            records.push(record);
          }
        }
      }
      return records;
    },
    get,
    has: (id, stage) => get(id, stage) !== undefined,
    write(record) {
      const { id, stage } = record;
      const { path, text } = prepare(record);
      if (get(id, stage)) {
        throw new Error(
          `Cannot store "${stage}" of ${id}: ${path} is already there`,
        );
      }
      writeAtomically(path, text);
    },
    complete(record) {
      const { id, stage } = record;
      const { path, text } = prepare(record);
      const before = get(id, stage);
      const loss = before === undefined ? "there is none" : whatIsLost(before, record);
      if (loss !== undefined) throw new Error(`Cannot complete "${stage}" of ${id}: ${loss}`);
      writeAtomically(path, text);
    },
    runFolder: (id) => join(data, "runs", id),
  };
}

/** The record in a text, or a word on why it cannot be trusted. */
function parseRecord(
  text: string,
  expected: { scale: string; id: string; stage: string },
): StageRecord | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `not whole JSON: ${(error as Error).message}`;
  }
  const parsed = recordSchema.safeParse(value);
  if (!parsed.success) return describeIssues(parsed.error);
  const record = parsed.data;
  if (record.id !== expected.id || trialId(record.trial) !== record.id) {
    return `its trial is ${trialId(record.trial)}`;
  }
  if (record.stage !== expected.stage) return `its stage is "${record.stage}"`;
  if (record.trial.scale !== expected.scale) {
    return `its scale is "${record.trial.scale}"`;
  }
  return record;
}

/** Names in a folder, sorted; none where the folder is not there. */
function entries(folder: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder), (entry) => entry.name).sort();
  } catch (error) {
    if (
      error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory
    ) {
      return [];
    }
    throw error;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}
