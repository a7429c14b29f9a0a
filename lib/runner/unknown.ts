import { join } from "node:path";
import {
  type FloatImageSet,
  type ImageSet,
  MissingDataError,
  unknownSets,
} from "../datasets/mod.ts";
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
import { openMeasuredSets } from "./measured_sets.ts";

// One seed for all trials: every network and loss is tested with the same synthetic images.
const seed = 0;

/** Confidence of the same images by both scores (A.1.2). */
interface Scores {
  msp: Float32Array;
  mls: Float32Array;
}

/** What is measured of one set. */
interface SetMeasurements {
  rows: ResultRow[];
  histogram?: ReturnType<typeof confidenceHistogram>;
}

/**
 * How well the confidence tells the test set from each set of unknown classes: AUROC by MSP and by
 * MLS (A.1.2), FPR95 and AUPR by both, histograms of MSP, and the share of scores that are exactly
 * 1, whose ties AUROC cannot order. A set that is not on this machine is listed as missing; where
 * there is a record already, only the sets that it lacks are measured, or has without one of these
 * metrics. An interrupted run goes on with the set that it was at.
 */
export async function evaluateUnknown(context: EvaluationContext): Promise<Measurements> {
  const { trial, network, dataset, data, scratch, weights, previous, advance } = context;
  const { classes, test } = dataset;
  const { unknownCount } = trial.dataset;
  const sets = unknownSets(dataset, {
    seed,
    data,
    ...(unknownCount === undefined ? {} : { count: unknownCount }),
  });
  const metrics = experimentOf(trial.section).metrics.unknown ?? [];
  const wanted = sets.filter(({ name }) => !previous || lackingSets(previous, metrics).has(name));
  const measured = openMeasuredSets<SetMeasurements>(
    join(scratch, "sets.json"),
    [weights, seed, ...metrics].join(" "),
  );
  const once = async (name: string, measure: () => SetMeasurements | Promise<SetMeasurements>) => {
    const before = measured.get(name);
    if (before !== undefined) return before;
    const found = await measure();
    measured.add(name, found);
    return found;
  };
  const scoresOf = async (images: ImageSet | FloatImageSet, place: number, title: string) => {
    const onProgress = (fraction: number) =>
      advance((place + fraction) / (wanted.length + 1), title);
    onProgress(0);
    const logits = await predictLogits(network, images, { onProgress });
    return { msp: msp(logits, classes), mls: mls(logits, classes) };
  };
  const isWhole = ["test", ...wanted.map(({ name }) => name)].every((name) => measured.get(name));
  const known = isWhole ? undefined : await scoresOf(test, 0, "test set");

  const ofTest = await once("test", () => ({
    rows: [{ dataset: "test", metric: "msp_exactly_1", value: shareOfOnes(known!.msp) }],
  }));
  const found: Required<Omit<Measurements, "settings">> = {
    rows: [...ofTest.rows],
    histograms: [],
    missing: [],
  };
  for (const [i, { name, title, load }] of wanted.entries()) {
    try {
      const { rows, histogram } = await once(name, async () => {
        const unknown = await scoresOf(await load(), i + 1, title);
        return {
          rows: rejection(name, known!, unknown),
          histogram: confidenceHistogram(unknown.msp),
        };
      });
      found.rows.push(...rows);
      found.histograms.push({ dataset: name, ...histogram! });
    } catch (error) {
      if (!(error instanceof MissingDataError)) throw error;
      found.missing.push({ dataset: name, reason: error.message });
    }
  }
  const settings = { fpr95: fpr95Convention, aupr: auprConvention };
  const order = ["test", ...sets.map(({ name }) => name)];
  return { ...(previous ? together(previous, found, order) : found), settings };
}

/** The sets that a record lists as missing, or has without one of these metrics. */
function lackingSets(record: StageRecord, metrics: readonly string[]): Set<string> {
  const missing = (record.missing ?? []).map(({ dataset }) => dataset);
  return new Set([...missing, ...lackingMetrics(record, metrics)]);
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
