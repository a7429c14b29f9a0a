import { MissingDataError, unknownSets } from "../datasets/mod.ts";
import { auroc, mls, msp } from "../evaluation/mod.ts";
import { predictLogits } from "../training/mod.ts";
import { confidenceHistogram } from "./clean.ts";
import type { EvaluationContext, Measurements } from "./evaluation.ts";

// One seed for all trials: every network and loss is tested with the same synthetic images.
const seed = 0;

/**
 * How well the confidence tells the test set from each set of unknown classes: AUROC by MSP and by
 * MLS (A.1.2), histograms of MSP, and the share of scores that are exactly 1, whose ties AUROC
 * cannot order. A set that is not on this machine is listed as missing.
 */
export async function evaluateUnknown(context: EvaluationContext): Promise<Measurements> {
  const { trial, network, dataset, data, advance } = context;
  const { classes, test } = dataset;
  const measured: Required<Omit<Measurements, "settings">> = {
    rows: [],
    histograms: [],
    missing: [],
  };
  const { unknownCount } = trial.dataset;
  const sets = unknownSets(dataset, {
    seed,
    data,
    ...(unknownCount === undefined ? {} : { count: unknownCount }),
  });
  advance(0, "test set");
  const known = await predictLogits(network, test);
  const [knownMsp, knownMls] = [msp(known, classes), mls(known, classes)];
  measured.rows.push({ dataset: "test", metric: "msp_exactly_1", value: shareOfOnes(knownMsp) });

  for (const [i, set] of sets.entries()) {
    advance((i + 1) / (sets.length + 1), set.title);
    let images;
    try {
      images = await set.load();
    } catch (error) {
      if (!(error instanceof MissingDataError)) throw error;
      measured.missing.push({ dataset: set.name, reason: error.message });
      continue;
    }
    const logits = await predictLogits(network, images);
    const confidence = msp(logits, classes);
    measured.rows.push(
      { dataset: set.name, metric: "auroc_msp", value: auroc(knownMsp, confidence) },
      { dataset: set.name, metric: "auroc_mls", value: auroc(knownMls, mls(logits, classes)) },
      { dataset: set.name, metric: "msp_exactly_1", value: shareOfOnes(confidence) },
    );
    measured.histograms.push({ dataset: set.name, ...confidenceHistogram(confidence) });
  }
  return measured;
}

function shareOfOnes(scores: ArrayLike<number>): number {
  return Array.from(scores).filter((score) => score === 1).length / scores.length;
}
