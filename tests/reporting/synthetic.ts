import { planOf } from "../../lib/reproduction/mod.ts";
import {
  measuredWeights,
  type PlannedTrial,
  type ResultRow,
  type Scale,
  type Stage,
  stageKey,
  type StageRecord,
  type Store,
  type Trial,
  trialId,
} from "../../lib/trials/mod.ts";
import type { LossName } from "../../lib/losses/mod.ts";
import type { BenchRow } from "../../lib/reporting/benchmark.ts";

// SYNTHETIC results: made by formula for tests of reporting, no network was trained for them.

/** The weights of every synthetic training. */
export const weights = { made: "a".repeat(64) };

/** One record of a trial; `rows`, `histograms` and `missing` as given. */
export function syntheticRecord(
  trial: Trial,
  stage: Stage,
  parts: Pick<StageRecord, "rows"> & Partial<StageRecord>,
): StageRecord {
  return {
    id: trialId(trial),
    trial,
    stage,
    outcome: { name: "finished" },
    provenance: {
      deno: "synthetic",
      tensorflow: "synthetic",
      device: "synthetic",
      threads: 1,
      platform: "synthetic",
    },
    startedAt: "2025-01-01T00:00:00.000Z",
    seconds: 1,
    weights: { sha256: weights.made, role: makes(stage) ? "made" : "measured" },
    ...parts,
  };
}

/** Whether a stage makes the weights of a trial. */
const makes = ({ name }: Stage) => name === "training" || name === "continual";

/** A store of records in memory. */
export function memoryStore(records: readonly StageRecord[]): Pick<Store, "get"> {
  const keyed = new Map(
    records.map((
      record,
    ) => [`${record.id}/${stageKey(record.stage, measuredWeights(record))}`, record]),
  );
  return { get: (id, stage, weights) => keyed.get(`${id}/${stageKey(stage, weights)}`) };
}

/** What a synthetic stage measures; undefined where the trial lacks it. */
export type Synthesis = (
  trial: Trial,
  stage: Stage,
) => (Pick<StageRecord, "rows"> & Partial<StageRecord>) | undefined;

/** Records of some planned trials: a training of each, and of their other stages those that are synthesised. */
export function recordsFor(plan: readonly PlannedTrial[], synthesis: Synthesis): StageRecord[] {
  return plan.flatMap(({ trial, stages }) =>
    stages.flatMap((stage) => {
      const parts = synthesis(trial, stage) ??
        (stage.name === "training" ? { rows: [] } : undefined);
      return parts === undefined ? [] : [syntheticRecord(trial, stage, parts)];
    })
  );
}

const networks = ["lenet", "convnet", "mlp"];
const losses: LossName[] = ["ce", "ln", "dice", "mm", "hem"];
const sets = ["fashion_mnist", "blobs", "uniform", "permuted", "phase"];
const histogramBins = 50;

/** Clean accuracy of a synthetic trial, as a fraction. */
export function syntheticAccuracy(network: string, loss: LossName, index: number): number {
  const level = [0.989, 0.9882, 0.981][networks.indexOf(network)]!;
  const drop = [0, 0.0012, 0.006, 0.0035, 0.0009][losses.indexOf(loss)]!;
  return level - drop + [0.0006, -0.0004, 0.0001][index % 3]!;
}

/** AUROC of a synthetic trial on one unknown set, as a fraction. */
export function syntheticAuroc(
  network: string,
  loss: LossName,
  index: number,
  set: string,
): number {
  const level = [0.97, 0.985, 0.93, 0.96, 0.992][losses.indexOf(loss)]!;
  return level - 0.004 * networks.indexOf(network) - 0.002 * sets.indexOf(set) +
    [0.002, -0.001, 0.0005][index % 3]!;
}

/** What section 5.1 has of MNIST, with gaps: no corruptions and no attacks of the MLP, five of seven unknown sets. */
const ofMnist: Synthesis = ({ network: { name: network }, loss: { name: loss }, index }, stage) => {
  const accuracy = syntheticAccuracy(network, loss, index);
  switch (stage.name) {
    case "clean":
      return {
        rows: [{ dataset: "test", metric: "accuracy", value: accuracy }],
        histograms: [histogram("test", loss, true)],
      };
    case "unknown":
      return {
        rows: sets.flatMap((set) =>
          ["auroc_msp", "auroc_mls"].map((metric, i) => ({
            dataset: set,
            metric,
            value: syntheticAuroc(network, loss, index, set) - 0.01 * i,
          }))
        ),
        histograms: sets.map((set) => histogram(set, loss, false)),
        missing: ["omniglot", "kmnist"].map((dataset) => ({ dataset, reason: "not on this disk" })),
      };
    case "corrupt":
      return network === "mlp" ? undefined : {
        rows: ["fog", "shear"].map((dataset, i) => ({
          dataset,
          metric: "accuracy",
          value: accuracy - 0.1 * (i + 1),
        })),
        facts: { images: "generated" },
      };
    case "attack":
      return network === "mlp" ? undefined : {
        rows: ["autoattack_linf", "autoattack_l2"].flatMap((dataset, i): ResultRow[] => [
          { dataset, metric: "robust_accuracy", value: 0.01 * i },
          ...["dar_msp", "dar_mls"].map((metric, j) => ({
            dataset,
            metric,
            value: syntheticAuroc(network, loss, index, "phase") - 0.9 + 0.02 * i - 0.01 * j,
          })),
        ]),
      };
  }
};

/** Preview and paper results of three MNIST networks and five losses; preview has three trials, paper two. */
export function syntheticRecords(scales: readonly Scale[] = ["preview", "paper"]): StageRecord[] {
  return scales.flatMap((scale) => {
    const repeats = scale === "paper" ? 2 : 3;
    const plan = planOf("5.1", scale, { repeats })
      .filter(({ trial }) => trial.dataset.name === "mnist");
    return recordsFor(plan, ofMnist);
  });
}

/** Confidences that fall off from 1 (known) or from 0.5 (unknown), wider for margin losses. */
function histogram(dataset: string, loss: LossName, known: boolean) {
  const width = { ce: 0.02, ln: 0.2, dice: 0.02, mm: 0.12, hem: 0.25 }[loss as "ce"] ?? 0.1;
  const centre = known ? 1 - width / 2 : 0.5 + 0.2 * (1 - width);
  const spread = known ? width : 0.15;
  return {
    dataset,
    score: "msp",
    low: 0,
    high: 1,
    counts: Array.from({ length: histogramBins }, (_, bin) => {
      const x = (bin + 0.5) / histogramBins;
      return x < 0.1 ? 0 : Math.round(1000 * Math.exp(-(((x - centre) / spread) ** 2)));
    }),
  };
}

/** Rows of steps with HEM beside those with CE, from the ratios of their rounds. */
export function costRows(rounds: Record<string, number[]>): BenchRow[] {
  return Object.entries(rounds).map(([network, ratios]) => ({
    ...{ name: `hem/${network}`, ceMs: 10, hemMs: 10 * ratios[0]!, ratio: ratios[0]! },
    rounds: ratios,
  }));
}
