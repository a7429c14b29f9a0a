import { basename, dirname, join } from "node:path";
import { isThere, writeAtomically } from "../files/mod.ts";
import { log } from "../progress/mod.ts";
import { whatIsLost } from "./completion.ts";
import { scaleOfId, trialId } from "./identity.ts";
import { measuredWeights, recordSchema, type StageRecord } from "./record.ts";
import { type Stage, stageKey } from "./stage.ts";
import { describeIssues, type Scale, scales } from "./trial.ts";

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
  scale?: Scale;
  /** A trial's name. */
  id?: string;
  /** A stage's name. */
  stage?: string;
}

/** The finished stages of all trials, one JSON file each: `results/<scale>/<trial>/<stage>-<hash>.json`. */
export interface Store {
  /** The folder that holds `results/` and `runs/`. */
  readonly data: string;
  /** All trusted records that match, in the order of their paths; those that no plan asks for among them. */
  read(filter?: ResultFilter): StageRecord[];
  /**
   * The record of one stage, or undefined where there is none that can be trusted.
   *
   * @param weights SHA-256 of the weights that it measured; absent for the stage that makes them
   */
  get(id: string, stage: Stage, weights?: string): StageRecord | undefined;
  /**
   * Writes a record: to a temporary name, synced to the disk, then renamed. What lies there and cannot be trusted is kept as a
   * superseded one. Call it while holding the trial's lock.
   *
   * @throws {TypeError} when the record is not complete, or a number in it is not finite or not possible.
   * @throws {Error} when a trusted record is already there: results are never edited.
   */
  write(record: StageRecord): void;
  /**
   * Replaces a record by one that has all its numbers, and those of data sets that it lists as missing. Call it while
   * holding the trial's lock.
   *
   * @throws {TypeError} when the record is not complete, or a number in it is not finite or not possible.
   * @throws {Error} when there is no record, or a number of it would change or be lost.
   */
  complete(record: StageRecord): void;
  /**
   * Makes room for a record that is to be made anew: the one that is there is kept as `superseded/<time>-<name>` beside it,
   * where nothing reads it. Nothing where there is none. Returns where it lies now.
   */
  putAside(record: StageRecord): string | undefined;
  /** The folder of a trial's checkpoint, weights, log and lock; not committed. */
  runFolder(id: string): string;
}

/** Opens the result store in a data folder; nothing is created before the first write. */
export function openStore(options: StoreOptions): Store {
  const { data } = options;
  const reported = new Set<string>();
  const onDamaged = options.onDamaged ??
    (({ path, reason }) => log(`Not counted; ${whatBecomesOf(path)}: ${path} (${reason})`));
  const folderOf = (scale: string, id: string) => join(data, "results", scale, id);

  function load(path: string): StageRecord | undefined {
    const result = readRecord(path);
    if (typeof result !== "string") return result;
    if (!reported.has(path)) {
      reported.add(path);
      onDamaged({ path, reason: result });
    }
    return undefined;
  }

  function get(id: string, stage: Stage, weights?: string): StageRecord | undefined {
    const scale = scaleOfId(id);
    return scale && load(join(folderOf(scale, id), `${stageKey(stage, weights)}.json`));
  }

  function pathOf(record: StageRecord): string {
    const { id, stage, trial } = record;
    return join(folderOf(trial.scale, id), `${stageKey(stage, measuredWeights(record))}.json`);
  }

  /** Checks a record and returns where it belongs and what to write. */
  function prepare(record: StageRecord): { path: string; text: string } {
    const path = pathOf(record);
    const text = JSON.stringify(record, null, 2) + "\n";
    const checked = parseRecord(text, path);
    if (typeof checked === "string") {
      throw new TypeError(`Cannot store "${record.stage.name}" of ${record.id}: ${checked}`);
    }
    return { path, text };
  }

  return {
    data,
    read(filter = {}) {
      const records: StageRecord[] = [];
      const scaleOfFilter = filter.scale ?? (filter.id && scaleOfId(filter.id));
      for (const scale of scaleOfFilter ? [scaleOfFilter] : scales) {
        for (const id of filter.id ? [filter.id] : entries(join(data, "results", scale))) {
          for (const file of entries(folderOf(scale, id))) {
            const stage = /^([a-z0-9_]+)-[0-9a-f]{8}\.json$/.exec(file)?.[1];
            if (stage === undefined || (filter.stage && filter.stage !== stage)) continue;
            const record = load(join(folderOf(scale, id), file));
            if (record) records.push(record);
          }
        }
      }
      return records;
    },
    get,
    write(record) {
      const { path, text } = prepare(record);
      if (load(path)) {
        throw new Error(
          `Cannot store "${record.stage.name}" of ${record.id}: ${path} is already there`,
        );
      }
      aside(path);
      writeAtomically(path, text);
    },
    complete(record) {
      const { path, text } = prepare(record);
      const before = load(path);
      const loss = before === undefined ? "there is none" : whatIsLost(before, record);
      if (loss !== undefined) {
        throw new Error(`Cannot complete "${record.stage.name}" of ${record.id}: ${loss}`);
      }
      writeAtomically(path, text);
    },
    putAside: (record) => aside(pathOf(record)),
    runFolder: (id) => join(data, "runs", id),
  };
}

/** What a run will do with a damaged file. */
function whatBecomesOf(path: string): string {
  const folder = dirname(path);
  return scaleOfId(basename(folder)) === basename(dirname(folder))
    ? "its trial's next run replaces it"
    : `no trial of this scale is called "${basename(folder)}", so that no run replaces it`;
}

/** Moves what lies under a file's name into `superseded/` beside it, where nothing reads it; undefined where there is nothing. */
function aside(path: string): string | undefined {
  if (!isThere(path)) return undefined;
  const folder = join(dirname(path), "superseded");
  Deno.mkdirSync(folder, { recursive: true });
  const time = new Date().toISOString().replaceAll(/[:.]/g, "-");
  const moved = join(folder, `${time}-${basename(path)}`);
  Deno.renameSync(path, moved);
  return moved;
}

/** The record in a file, or a word on why it cannot be trusted; undefined where there is none. */
function readRecord(path: string): StageRecord | string | undefined {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
    throw error;
  }
  return parseRecord(text, path);
}

/** The record in a text, or a word on why it cannot be trusted, or does not belong into its file. */
function parseRecord(text: string, path: string): StageRecord | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `not whole JSON: ${(error as Error).message}`;
  }
  const parsed = recordSchema.safeParse(value);
  if (!parsed.success) return describeIssues(parsed.error);
  const record = parsed.data;
  const id = trialId(record.trial);
  if (id !== record.id || id !== basename(dirname(path))) return `its trial is ${id}`;
  const key = stageKey(record.stage, measuredWeights(record));
  if (`${key}.json` !== basename(path)) return `it is the result ${key}`;
  return record;
}

/** Names in a folder, sorted; none where the folder is not there. */
function entries(folder: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder), (entry) => entry.name).sort();
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}
