import { join } from "node:path";
import { type CorruptedSet, corruptedSets, MissingDataError } from "../datasets/mod.ts";
import { accuracy } from "../evaluation/mod.ts";
import { predictLogits } from "../training/mod.ts";
import type { StageRecord } from "../trials/mod.ts";
import type { EvaluationContext, Measurements } from "./evaluation.ts";
import { openMeasuredSets } from "./measured_sets.ts";

// One seed for all trials: every network and loss is tested with the same corrupted images.
const seed = 0;

/** The accuracy on a set, and where its images came from. */
interface Measured {
  value: number;
  source: CorruptedSet["source"];
}

/**
 * Accuracy on the test set under each common corruption (A.1.2); the figures show their mean.
 *
 * The setting `images` says where the images came from: "published", "generated", or both. A set
 * that is not on this machine is listed as missing; where there is a record already, only the sets
 * that it lacks are measured. An interrupted run goes on with the set that it was at.
 */
export async function evaluateCorrupt(context: EvaluationContext): Promise<Measurements> {
  const { dataset, data, scratch, weights, previous, advance } = context;
  const sets = await corruptedSets(dataset, { seed, data });
  const measured = openMeasuredSets<Measured>(
    join(scratch, "accuracies.json"),
    `${weights} ${seed}`,
  );
  const rows: Measurements["rows"] = [];
  const missing: Required<Measurements>["missing"] = [];
  const sources = new Set(sourcesOf(previous));
  if (sets.length === 0) {
    missing.push({ dataset: "corrupt", reason: `There are no corruptions of ${dataset.name} yet` });
  }
  for (const [i, set] of sets.entries()) {
    const { name: dataset, source } = set;
    const before = previous?.rows.find((row) => row.dataset === dataset);
    if (before !== undefined) {
      rows.push(before);
      continue;
    }
    const onProgress = (fraction: number) => advance((i + fraction) / sets.length, set.title);
    onProgress(0);
    try {
      let found = measured.get(dataset);
      // The published images may have come since.
      if (found?.source !== source) {
        found = { value: await accuracyOn(set, context, onProgress), source };
        measured.add(dataset, found);
      }
      rows.push({ dataset, metric: "accuracy", value: found.value });
      sources.add(source);
    } catch (error) {
      if (!(error instanceof MissingDataError)) throw error;
      missing.push({ dataset, source: error.dataset, reason: error.message });
    }
  }
  const settings = { images: [...sources].sort().join(BOTH), seed };
  return { rows, missing, ...(sources.size > 0 && { settings }) };
}

async function accuracyOn(
  set: CorruptedSet,
  { network, dataset: { classes } }: EvaluationContext,
  onProgress: (fraction: number) => void,
): Promise<number> {
  const images = await set.load();
  const logits = await predictLogits(network, images, { onProgress });
  return accuracy(logits, images.labels, classes);
}

const BOTH = " and ";

/** Where the images of a stored record came from. */
function sourcesOf(record: StageRecord | undefined): string[] {
  const { images } = record?.settings ?? {};
  return images === undefined ? [] : String(images).split(BOTH);
}
