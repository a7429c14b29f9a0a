import { corruptedSets, MissingDataError } from "../datasets/mod.ts";
import { accuracy } from "../evaluation/mod.ts";
import { predictLogits } from "../training/mod.ts";
import type { EvaluationContext, Measurements } from "./evaluation.ts";

// One seed for all trials: every network and loss is tested with the same corrupted images.
const seed = 0;

/**
 * Accuracy on the test set under each common corruption (A.1.2); the figures show their mean.
 *
 * The setting `images` says where the images came from: "published", "generated", or both. A set
 * that is not on this machine is listed as missing.
 */
export async function evaluateCorrupt(context: EvaluationContext): Promise<Measurements> {
  const { network, dataset, data, advance } = context;
  const sets = await corruptedSets(dataset, { seed, data });
  const rows: Measurements["rows"] = [];
  const missing: Required<Measurements>["missing"] = [];
  const sources = new Set<string>();
  if (sets.length === 0) {
    missing.push({ dataset: "corrupt", reason: `There are no corruptions of ${dataset.name} yet` });
  }
  for (const [i, set] of sets.entries()) {
    advance(i / sets.length, set.title);
    let images;
    try {
      images = await set.load();
    } catch (error) {
      if (!(error instanceof MissingDataError)) throw error;
      missing.push({ dataset: set.name, reason: error.message });
      continue;
    }
    const logits = await predictLogits(network, images);
    const value = accuracy(logits, images.labels, dataset.classes);
    rows.push({ dataset: set.name, metric: "accuracy", value });
    sources.add(set.source);
  }
  const settings = { images: [...sources].sort().join(" and "), seed };
  return { rows, missing, ...(sources.size > 0 && { settings }) };
}
