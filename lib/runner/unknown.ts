import { MissingDataError, unknownSets } from "../datasets/mod.ts";
import {
  aupr,
  auprConvention,
  auroc,
  fpr95,
  fpr95Convention,
  mls,
  msp,
} from "../evaluation/mod.ts";
import { experimentOf } from "../experiments/mod.ts";
import { predictLogits } from "../training/mod.ts";
import { lackingMetrics, type ResultRow, type StageRecord } from "../trials/mod.ts";
import { confidenceHistogram } from "./clean.ts";
import type { EvaluationContext, Measurements } from "./evaluation.ts";

// One seed for all trials: every network and loss is tested with the same synthetic images.
const seed = 0;

/** Confidence of the same images by both scores (A.1.2). */
interface Scores {
  msp: Float32Array;
  mls: Float32Array;
}

/**
 * How well the confidence tells the test set from each set of unknown classes: AUROC by MSP and by
 * MLS (A.1.2), FPR95 and AUPR by both, histograms of MSP, and the share of scores that are exactly
 * 1, whose ties AUROC cannot order. A set that is not on this machine is listed as missing; where
 * there is a record already, only the sets that it lacks are measured, or has without one of these metrics.
 */
export async function evaluateUnknown(context: EvaluationContext): Promise<Measurements> {
  const { trial, network, dataset, data, previous, advance } = context;
  const { classes, test } = dataset;
  const { unknownCount } = trial.dataset;
  const sets = unknownSets(dataset, {
    seed,
    data,
    ...(unknownCount === undefined ? {} : { count: unknownCount }),
  });
  const metrics = experimentOf(trial.section).metrics.unknown ?? [];
  const lacking = previous && [
    ...(previous.missing ?? []).map(({ dataset }) => dataset),
    ...lackingMetrics(previous, metrics),
  ];
  const wanted = sets.filter(({ name }) => lacking === undefined || lacking.includes(name));
  const scoresOf = async (images: Parameters<typeof predictLogits>[1]): Promise<Scores> => {
    const logits = await predictLogits(network, images);
    return { msp: msp(logits, classes), mls: mls(logits, classes) };
  };
  advance(0, "test set");
  const known = await scoresOf(test);
  const found: Required<Omit<Measurements, "settings">> = { rows: [], histograms: [], missing: [] };
  found.rows.push({ dataset: "test", metric: "msp_exactly_1", value: shareOfOnes(known.msp) });

  for (const [i, set] of wanted.entries()) {
    advance((i + 1) / (wanted.length + 1), set.title);
    let images;
    try {
      images = await set.load();
    } catch (error) {
      if (!(error instanceof MissingDataError)) throw error;
      found.missing.push({ dataset: set.name, reason: error.message });
      continue;
    }
    const unknown = await scoresOf(images);
    found.rows.push(...rejection(set.name, known, unknown));
    found.histograms.push({ dataset: set.name, ...confidenceHistogram(unknown.msp) });
  }
  const settings = { fpr95: fpr95Convention, aupr: auprConvention };
  const order = ["test", ...sets.map(({ name }) => name)];
  return { ...(previous ? together(previous, found, order) : found), settings };
}

function rejection(dataset: string, known: Scores, unknown: Scores): ResultRow[] {
  const by = (score: keyof Scores): [string, number][] => [
    [`fpr95_${score}`, fpr95(known[score], unknown[score])],
    [`aupr_in_${score}`, aupr(known[score], unknown[score], { positive: "known" })],
    [`aupr_out_${score}`, aupr(known[score], unknown[score], { positive: "unknown" })],
  ];
  const metrics: [string, number][] = [
    ["auroc_msp", auroc(known.msp, unknown.msp)],
    ["auroc_mls", auroc(known.mls, unknown.mls)],
    ...by("msp"),
    ...by("mls"),
    ["msp_exactly_1", shareOfOnes(unknown.msp)],
  ];
  return metrics.map(([metric, value]) => ({ dataset, metric, value }));
}

/** What a record has and what was found since, in the order in which one run would have measured it. */
function together(
  previous: StageRecord,
  found: Required<Omit<Measurements, "settings">>,
  datasets: readonly string[],
): Required<Omit<Measurements, "settings">> {
  const byDataset = <T extends { dataset: string }>(all: T[]) =>
    all.sort((a, b) => datasets.indexOf(a.dataset) - datasets.indexOf(b.dataset));
  const { rows, histograms = [] } = previous;
  const within = (all: readonly ResultRow[], row: ResultRow) =>
    all.find(({ dataset, metric }) => dataset === row.dataset && metric === row.metric);
  return {
    // numbers that are there stay, also of sets that were measured again
    rows: byDataset([
      ...rows.filter((row) => !within(found.rows, row)),
      ...found.rows.map((row) => within(rows, row) ?? row),
    ]),
    histograms: byDataset([
      ...histograms,
      ...found.histograms.filter(({ dataset }) =>
        !histograms.some((one) => one.dataset === dataset)
      ),
    ]),
    missing: found.missing,
  };
}

function shareOfOnes(scores: Float32Array): number {
  return scores.filter((score) => score === 1).length / scores.length;
}
