import {
  type LossName,
  type Scale,
  type StageRecord,
  type Trial,
  trialId,
} from "../../lib/trials/mod.ts";

// SYNTHETIC results: made by formula for tests of reporting, no network was trained for them.

/** The trial of a cell of the synthetic results. */
export function syntheticTrial(
  cell: { network: string; loss: LossName; index: number; scale?: Scale; section?: string },
): Trial {
  const { network, loss, index, scale = "preview", section = "5.1" } = cell;
  return {
    section,
    scale,
    dataset: scale === "paper"
      ? { name: "mnist" }
      : { name: "mnist", trainCount: 12000, unknownCount: 2000 },
    network: { name: network },
    loss: { name: loss },
    recipe: {
      epochs: scale === "paper" ? 20 : 3,
      batchSize: 128,
      optimizer: { name: "adam", learningRate: 0.001 },
      schedule: { name: "constant" },
      augmentation: "none",
      threads: 1,
    },
    index,
  };
}

/** One record of a trial; `rows`, `histograms` and `missing` as given. */
export function syntheticRecord(
  trial: Trial,
  stage: string,
  parts: Pick<StageRecord, "rows"> & Partial<StageRecord>,
): StageRecord {
  return {
    trial,
    id: trialId(trial),
    stage,
    startedAt: "2025-01-01T00:00:00.000Z",
    seconds: 1,
    environment: {
      deno: "synthetic",
      tensorflow: "synthetic",
      device: "synthetic",
      threads: 1,
      platform: "synthetic",
    },
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

/** Preview and paper results of three MNIST networks and five losses; paper has two trials. */
export function syntheticRecords(): StageRecord[] {
  const cells = (["preview", "paper"] as const).flatMap((scale) =>
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
        rows: [],
        epochs: [{ epoch: 1, loss: 0.3, seconds: 5 }],
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
          settings: { images: "generated" },
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
          settings: {
            preset: "torchattacks",
            targets: 9,
            epsilon_linf: 0.3,
            epsilon_l2: 2,
            images: 10_000,
          },
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
