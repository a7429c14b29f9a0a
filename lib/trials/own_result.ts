import { join } from "node:path";
import { z } from "zod";
import { isFile, writeAtomically } from "../files/mod.ts";
import { measurementsShape, provenanceSchema, type StageRecord } from "./record.ts";
import { stageSchema } from "./stage.ts";
import type { DamagedResult } from "./store.ts";
import { type DatasetChoice, datasetSchema, describeIssues } from "./trial.ts";

/** What one stage found out about a network of one's own. */
export type OwnStage = Pick<
  StageRecord,
  "stage" | "rows" | "histograms" | "missing" | "facts" | "seconds" | "provenance"
>;

/** A network of one's own with what was measured of it: one file, `results/own/<name>.json`. It is no trial of any plan. */
export interface OwnResult {
  /** Names the file, and the row in figures: letters, digits, ".", "-" and "_". */
  name: string;
  /** What the network is: a name of this library, or the user's own words. */
  network: string;
  dataset: DatasetChoice;
  /** Of the file of weights; absent for a function. */
  weights?: { sha256: string };
  normalisation?: { mean: number[]; std: number[] };
  stages: OwnStage[];
}

/** The networks of one's own in a data folder, and the files that cannot be trusted. */
export interface OwnResults {
  results: OwnResult[];
  damaged: DamagedResult[];
}

const namePattern = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,39}$/;

/** Whether a network can be stored under a name, which is that of its file. */
export function isOwnName(name: string): boolean {
  return namePattern.test(name);
}

const ownSchema: z.ZodType<OwnResult> = z.strictObject({
  name: z.string().regex(
    namePattern,
    'wanted up to 40 letters, digits, ".", "-" and "_", since a file is named by it',
  ),
  network: z.string().min(1),
  dataset: datasetSchema,
  weights: z.exactOptional(z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
  normalisation: z.exactOptional(
    z.strictObject({ mean: z.array(z.number()), std: z.array(z.number()) }),
  ),
  stages: z.array(z.strictObject({
    stage: stageSchema,
    ...measurementsShape,
    seconds: z.number().nonnegative(),
    provenance: provenanceSchema,
  })),
});

const folderOf = (data: string) => join(data, "results", "own");

/**
 * Stores a network of one's own: its row stands beside the paper's losses in Figures 2 and 3 from then on, until its file is
 * removed. One of the same name is replaced.
 *
 * @returns the file
 * @throws {TypeError} where a name or a number cannot be stored.
 */
export function writeOwnResult(data: string, result: OwnResult): string {
  const parsed = ownSchema.safeParse(result);
  if (!parsed.success) {
    throw new TypeError(
      `Cannot store the network "${result.name}": ${describeIssues(parsed.error)}`,
    );
  }
  const file = join(folderOf(data), `${result.name}.json`);
  writeAtomically(file, `${JSON.stringify(result, null, 2)}\n`);
  return file;
}

/** Reads the networks of one's own in a data folder, by their names; a damaged file is listed with what is wrong with it. */
export function readOwnResults(data: string): OwnResults {
  const results: OwnResult[] = [], damaged: DamagedResult[] = [];
  for (const file of filesIn(folderOf(data))) {
    const path = join(folderOf(data), file);
    const found = isFile(path) ? parseOwn(Deno.readTextFileSync(path), file) : "it is no file";
    if (typeof found === "string") damaged.push({ path, reason: found });
    else results.push(found);
  }
  return { results, damaged };
}

function parseOwn(text: string, file: string): OwnResult | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `not whole JSON: ${(error as Error).message}`;
  }
  const parsed = ownSchema.safeParse(value);
  if (!parsed.success) return describeIssues(parsed.error);
  return `${parsed.data.name}.json` === file ? parsed.data : `its name is "${parsed.data.name}"`;
}

function filesIn(folder: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => name)
      .filter((name) => name.endsWith(".json")).sort();
  } catch (error) {
    const { NotADirectory, NotFound } = Deno.errors;
    if (error instanceof NotFound || error instanceof NotADirectory) return [];
    throw error;
  }
}
