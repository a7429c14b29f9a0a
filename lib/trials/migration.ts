import { basename, join } from "node:path";
import { z } from "zod";
import { isThere, writeAtomically } from "../files/mod.ts";
import { seedOf, trialId } from "./identity.ts";
import { recordSchema, type ResultRow, type StageRecord } from "./record.ts";
import { type Setting, type Stage, stageKey } from "./stage.ts";
import { describeIssues, type Scale, scales, type Trial } from "./trial.ts";

/** What a migration did, in numbers. */
export interface Migration {
  /** Result files that were rewritten. */
  records: number;
  rowsBefore: number;
  /** The mean loss and the seconds of each epoch are rows now. */
  rowsAfter: number;
  histograms: number;
  trials: number;
  /** Folders of weights, checkpoints and logs that took their trial's new name. */
  runs: number;
  /** Result files that were there in the present form. */
  already: number;
  /** Files that are no whole result of the first form, or whose place is taken; they stay where they are. */
  unread: { path: string; reason: string }[];
}

// Everything before this moment was trained by kernels that other ones replaced (ConvNet's second trials).
const kernelsReplacedAt = "2026-11-27T00:00:00.000Z";

const environment = z.strictObject({
  deno: z.string(),
  tensorflow: z.string(),
  device: z.string(),
  threads: z.int(),
  platform: z.string(),
});

/** A result file of the first form: its trial had a section and no seed, its stage was a name. */
const firstForm = z.strictObject({
  trial: z.looseObject({
    section: z.string(),
    scale: z.enum(scales as [Scale, ...Scale[]]),
    dataset: z.looseObject({ name: z.string() }),
    network: z.looseObject({ name: z.string() }),
    index: z.int(),
  }),
  id: z.string(),
  stage: z.string(),
  startedAt: z.string(),
  seconds: z.number(),
  environment,
  rows: z.array(z.strictObject({ dataset: z.string(), metric: z.string(), value: z.number() })),
  settings: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  histograms: z.array(z.looseObject({})).optional(),
  missing: z.array(z.looseObject({})).optional(),
  epochs: z.array(z.strictObject({ epoch: z.int(), loss: z.number(), seconds: z.number() }))
    .optional(),
  weights: z.strictObject({ sha256: z.string() }).optional(),
  completions: z.array(z.strictObject({
    datasets: z.array(z.string()),
    startedAt: z.string(),
    seconds: z.number(),
    environment,
  })).optional(),
});

/**
 * A result of the first form in the present one, number for number: the section is no part of the trial any more, its seed is a
 * field, the stage is data with what decides its numbers, and what a training said of its epochs are rows.
 *
 * @throws {TypeError} where it is no result of the first form.
 */
export function migrateRecord(value: unknown): StageRecord {
  const parsed = firstForm.safeParse(value);
  if (!parsed.success) throw new TypeError(describeIssues(parsed.error));
  const old = parsed.data;
  const { section, ...rest } = old.trial;
  // seeds were drawn from the section too, and seedOf() is what they were for section 5.1
  if (section !== "5.1") throw new TypeError(`its section is ${section}`);
  const trial = { kind: "classification", ...rest, seed: seedOf(rest) } as unknown as Trial;
  const made = old.stage === "training";
  const { stage, facts } = migrateStage(old.stage, old.settings ?? {}, old.startedAt);
  const epochs = (old.epochs ?? []).flatMap(({ epoch, loss, seconds }): ResultRow[] => [
    { metric: "loss", value: loss, at: { epoch: epoch + 1 } },
    { metric: "seconds", value: seconds, at: { epoch: epoch + 1 } },
  ]);
  const record = {
    id: trialId(trial),
    trial,
    stage,
    outcome: { name: "finished" },
    provenance: old.environment,
    startedAt: old.startedAt,
    seconds: old.seconds,
    ...(old.weights && {
      weights: { sha256: old.weights.sha256, role: made ? "made" : "measured" },
    }),
    rows: [...epochs, ...old.rows.map(migrateRow)],
    ...(old.histograms && { histograms: old.histograms }),
    ...(old.missing && { missing: old.missing }),
    ...(Object.keys(facts).length > 0 && { facts }),
    ...(old.completions && {
      completions: old.completions.map(({ environment, ...completion }) => ({
        ...completion,
        provenance: environment,
      })),
    }),
  };
  const checked = recordSchema.safeParse(record);
  if (!checked.success) throw new TypeError(describeIssues(checked.error));
  return checked.data;
}

function migrateStage(name: string, settings: Record<string, Setting>, startedAt: string) {
  const { images, ...others } = settings;
  // where corrupted images came from is something found out, not asked for
  const facts = name === "corrupt" && images !== undefined ? { images: String(images) } : {};
  const revision = name === "training" && startedAt >= kernelsReplacedAt ? 2 : 1;
  const kept: Stage["settings"] = name === "corrupt"
    ? others
    // all trials have the same synthetic images of unknown classes
    : name === "unknown"
    ? { seed: 0, ...settings }
    : settings;
  return { stage: { name, settings: kept, revision }, facts };
}

/** "fog/3" is fog at severity 3. */
function migrateRow({ dataset, metric, value }: Required<Omit<ResultRow, "at">>): ResultRow {
  const [name, severity] = dataset.split("/");
  return severity === undefined
    ? { dataset, metric, value }
    : { dataset: name!, metric, value, at: { severity: Number(severity) } };
}

/**
 * Brings all results of a data folder into the present form, with nothing run again and nothing lost: each new file is on the
 * disk before its old one goes, so that an interrupted migration is given again. What cannot be read stays and is listed.
 */
export function migrateResults(data: string): Migration {
  const found: Migration = {
    records: 0,
    rowsBefore: 0,
    rowsAfter: 0,
    histograms: 0,
    trials: 0,
    runs: 0,
    already: 0,
    unread: [],
  };
  for (const scale of scales) {
    const folder = join(data, "results", scale);
    for (const id of namesIn(folder)) migrateTrial(data, join(folder, id), found);
  }
  return found;
}

function migrateTrial(data: string, folder: string, found: Migration): void {
  let isOfTrial = false;
  for (const file of namesIn(folder)) {
    if (/^[a-z0-9_]+-[0-9a-f]{8}\.json$/.test(file)) found.already++;
    if (!/^[a-z0-9_]+\.json$/.test(file)) continue;
    const path = join(folder, file);
    try {
      const value = JSON.parse(Deno.readTextFileSync(path));
      const record = migrateRecord(value);
      isOfTrial = true;
      // before an old result goes: with none left, nothing would say any more whose weights they are
      moveRun(data, folder, record.id, found);
      const { sha256, role } = record.weights ?? {};
      const key = stageKey(record.stage, role === "measured" ? sha256 : undefined);
      const target = join(data, "results", record.trial.scale, record.id, `${key}.json`);
      const text = JSON.stringify(record, null, 2) + "\n";
      if (isThere(target) && Deno.readTextFileSync(target) !== text) {
        const reason = `another result of its stage is there in the present form: ${target}`;
        found.unread.push({ path, reason });
        continue;
      }
      writeAtomically(target, text);
      Deno.removeSync(path);
      found.records++;
      found.rowsBefore += value.rows.length;
      found.rowsAfter += record.rows.length;
      found.histograms += record.histograms?.length ?? 0;
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
      found.unread.push({ path, reason: error.message });
    }
  }
  if (!isOfTrial) return;
  found.trials++;
  if (namesIn(folder).length === 0) Deno.removeSync(folder);
}

/** The folder of weights, checkpoints and logs of the trial whose old results lie in `results` takes its new name. */
function moveRun(data: string, results: string, newId: string, found: Migration): void {
  const oldId = basename(results);
  const [from, to] = [join(data, "runs", oldId), join(data, "runs", newId)];
  if (from === to || !exists(from) || exists(to)) return;
  Deno.renameSync(from, to);
  found.runs++;
}

function namesIn(folder: string): string[] {
  return exists(folder) ? Array.from(Deno.readDirSync(folder), ({ name }) => name).sort() : [];
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
