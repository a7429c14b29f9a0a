import { planOf } from "../../lib/reproduction/mod.ts";
import {
  conditionOf,
  type LossName,
  type PlannedTrial,
  type Scale,
  type Stage,
  type StageRecord,
  type Trial,
  trialId,
} from "../../lib/trials/mod.ts";

// SYNTHETIC results: made by formula for tests of reporting, no network was trained for them.

const plans = new Map<Scale, PlannedTrial[]>();

function plannedTrial(scale: Scale, condition: string, index: number): PlannedTrial {
  const plan = plans.get(scale) ?? planOf("5.1", scale, { repeats: 4 });
  plans.set(scale, plan);
  return plan.find(({ trial }) => conditionOf(trial) === condition && trial.index === index)!;
}

/** The trial of a cell of the synthetic results, as section 5.1 has it. */
export function syntheticTrial(
  cell: { network: string; loss: LossName; index: number; scale?: Scale },
): Trial {
  const { network, loss, index, scale = "preview" } = cell;
  return plannedTrial(scale, `mnist/${network}/${loss}`, index).trial;
}

/** One record of a trial; `rows`, `histograms` and `missing` as given. */
export function syntheticRecord(
  trial: Trial,
  name: string,
  parts: Pick<StageRecord, "rows"> & Partial<StageRecord>,
): StageRecord {
  const { stages } = plannedTrial(trial.scale, conditionOf(trial), trial.index);
  const stage = stages.find((stage) => stage.name === name) as Stage;
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
    weights: { sha256: "0".repeat(64), role: name === "training" ? "made" : "measured" },
    ...parts,
  };
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

/** Results of three MNIST networks and five losses, by default of preview and paper; paper has two trials. */
export function syntheticRecords(...scales: Scale[]): StageRecord[] {
  const wanted: Scale[] = scales.length > 0 ? scales : ["preview", "paper"];
  const cells = wanted.flatMap((scale) =>
    networks.flatMap((network) =>
      losses.flatMap((loss) =>
        Array.from({ length: scale === "paper" ? 2 : 3 }, (_, index) => ({
          scale,
          network,
          loss,
          index,
        }))
      )
    )
  );
  return cells.flatMap((cell) => {
    const trial = syntheticTrial(cell);
    const { network, loss, index } = cell;
    return [
      syntheticRecord(trial, "training", {
        rows: [{ metric: "loss", value: 0.3, at: { epoch: 1 } }],
      }),
      syntheticRecord(trial, "clean", {
        rows: [{
          dataset: "test",
          metric: "accuracy",
          value: syntheticAccuracy(network, loss, index),
        }],
        histograms: [histogram("test", loss, true)],
      }),
      syntheticRecord(trial, "unknown", {
        rows: sets.flatMap((set) =>
          ["auroc_msp", "auroc_mls"].map((metric, i) => ({
            dataset: set,
            metric,
            value: syntheticAuroc(network, loss, index, set) - 0.01 * i,
          }))
        ),
        histograms: sets.map((set) => histogram(set, loss, false)),
        missing: ["omniglot", "kmnist"].map((dataset) => ({ dataset, reason: "not on this disk" })),
      }),
      // Of two of the three networks, so that the figures have gaps to name.
      ...(network === "mlp" ? [] : [
        syntheticRecord(trial, "corrupt", {
          rows: ["fog", "shear"].map((dataset, i) => ({
            dataset,
            metric: "accuracy",
            value: syntheticAccuracy(network, loss, index) - 0.1 * (i + 1),
          })),
          facts: { images: "generated" },
        }),
        syntheticRecord(trial, "attack", {
          rows: ["autoattack_linf", "autoattack_l2"].flatMap((dataset, i) => [
            { dataset, metric: "robust_accuracy", value: 0.01 * i },
            ...["dar_msp", "dar_mls"].map((metric, j) => ({
              dataset,
              metric,
              value: syntheticAuroc(network, loss, index, "phase") - 0.9 + 0.02 * i - 0.01 * j,
            })),
          ]),
        }),
      ]),
    ];
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
