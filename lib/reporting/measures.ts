import { type ColumnTable, escape, op } from "arquero";
import { type ImageCorruptionList, imageCorruptionLists } from "../corruptions/mod.ts";
import { type LossName } from "../trials/mod.ts";
import { conditionsOf } from "./conditions.ts";
import type { Results } from "./results_table.ts";

/** A quantity that the figures show: which rows of the results, averaged over which data sets. */
export interface Measure {
  name: string;
  title: string;
  /** A shorter title, for a narrow panel whose figure says the rest; absent: the title. */
  panel?: string;
  /** As it stands in a sentence. */
  words: string;
  stage: string;
  metric: string;
  /** The measured data sets that belong to it; absent: all of the stage. */
  datasets?: readonly string[] | ((dataset: string) => boolean);
  /** The mean is that of all `datasets`: a trial that lacks one does not count. */
  whole?: true;
}

/** The images of AutoAttack in its two norms, as results name them. */
const attacked = { linf: "autoattack_linf", l2: "autoattack_l2" } as const;

/** Whether a corrupted set is one of colour images: those have a severity in their names, "fog/3". */
export function isOfColour(dataset: string): boolean {
  return dataset.includes("/");
}

/** Tells whether a corrupted set is in the mean over a list; of MNIST-C all are. */
export function inList(list: ImageCorruptionList): (dataset: string) => boolean {
  const names: readonly string[] = imageCorruptionLists[list];
  return (dataset) => !isOfColour(dataset) || names.includes(dataset.split("/")[0]!);
}

/** The quantities of section 5.1 (A.1.2). */
export const measures = {
  clean: {
    name: "clean",
    title: "Clean accuracy",
    words: "clean accuracy",
    stage: "clean",
    metric: "accuracy",
    datasets: ["test"],
  },
  // Of the 19 corruptions of colour images the paper averages 18 and does not say which.
  corrupt: {
    name: "corrupt",
    title: "Accuracy on common corruptions",
    words: "accuracy on common corruptions",
    stage: "corrupt",
    metric: "accuracy",
    datasets: inList("18"),
  },
  corrupt19: {
    name: "corrupt_19",
    title: "Accuracy on all 19 corruptions",
    words: "accuracy on all 19 corruptions",
    stage: "corrupt",
    metric: "accuracy",
    datasets: (dataset) => isOfColour(dataset) && inList("19")(dataset),
  },
  corrupt15: {
    name: "corrupt_15",
    title: "Accuracy on the main 15 corruptions",
    words: "accuracy on the main 15 corruptions",
    stage: "corrupt",
    metric: "accuracy",
    datasets: (dataset) => isOfColour(dataset) && inList("15")(dataset),
  },
  unknownMsp: {
    name: "unknown_msp",
    title: "Unknown classes, AUROC by MSP",
    panel: "AUROC, MSP",
    words: "AUROC by MSP",
    stage: "unknown",
    metric: "auroc_msp",
  },
  unknownMls: {
    name: "unknown_mls",
    title: "Unknown classes, AUROC by MLS",
    panel: "AUROC, MLS",
    words: "AUROC by MLS",
    stage: "unknown",
    metric: "auroc_mls",
  },
  // Not in the paper: what others report of the same scores.
  fpr95Msp: {
    name: "unknown_fpr95_msp",
    title: "Unknown classes, FPR95 by MSP",
    words: "FPR95 by MSP",
    stage: "unknown",
    metric: "fpr95_msp",
  },
  fpr95Mls: {
    name: "unknown_fpr95_mls",
    title: "Unknown classes, FPR95 by MLS",
    words: "FPR95 by MLS",
    stage: "unknown",
    metric: "fpr95_mls",
  },
  auprInMsp: {
    name: "unknown_aupr_in_msp",
    title: "Unknown classes, AUPR-in by MSP",
    words: "AUPR-in by MSP",
    stage: "unknown",
    metric: "aupr_in_msp",
  },
  auprInMls: {
    name: "unknown_aupr_in_mls",
    title: "Unknown classes, AUPR-in by MLS",
    words: "AUPR-in by MLS",
    stage: "unknown",
    metric: "aupr_in_mls",
  },
  auprOutMsp: {
    name: "unknown_aupr_out_msp",
    title: "Unknown classes, AUPR-out by MSP",
    words: "AUPR-out by MSP",
    stage: "unknown",
    metric: "aupr_out_msp",
  },
  auprOutMls: {
    name: "unknown_aupr_out_mls",
    title: "Unknown classes, AUPR-out by MLS",
    words: "AUPR-out by MLS",
    stage: "unknown",
    metric: "aupr_out_mls",
  },
  attackLinf: {
    name: "attack_linf",
    title: "AutoAttack L∞, DAR by MSP",
    panel: "DAR, L∞",
    words: "DAR of AutoAttack L∞",
    stage: "attack",
    metric: "dar_msp",
    datasets: [attacked.linf],
  },
  attackL2: {
    name: "attack_l2",
    title: "AutoAttack L2, DAR by MSP",
    panel: "DAR, L2",
    words: "DAR of AutoAttack L2",
    stage: "attack",
    metric: "dar_msp",
    datasets: [attacked.l2],
  },
  // The two norms with equal weight; the paper gives one mean DAR (B.3) and does not say how it is made.
  attack: {
    name: "attack",
    title: "AutoAttack, mean of both norms, DAR by MSP",
    words: "DAR of AutoAttack",
    stage: "attack",
    metric: "dar_msp",
    datasets: Object.values(attacked),
    whole: true,
  },
  attackLinfMls: {
    name: "attack_linf_mls",
    title: "AutoAttack L∞, DAR by MLS",
    words: "DAR of AutoAttack L∞ by MLS",
    stage: "attack",
    metric: "dar_mls",
    datasets: [attacked.linf],
  },
  attackL2Mls: {
    name: "attack_l2_mls",
    title: "AutoAttack L2, DAR by MLS",
    words: "DAR of AutoAttack L2 by MLS",
    stage: "attack",
    metric: "dar_mls",
    datasets: [attacked.l2],
  },
  attackMls: {
    name: "attack_mls",
    title: "AutoAttack, mean of both norms, DAR by MLS",
    words: "DAR of AutoAttack by MLS",
    stage: "attack",
    metric: "dar_mls",
    datasets: Object.values(attacked),
    whole: true,
  },
  robustLinf: {
    name: "robust_linf",
    title: "Robust accuracy, AutoAttack L∞",
    words: "robust accuracy under AutoAttack L∞",
    stage: "attack",
    metric: "robust_accuracy",
    datasets: [attacked.linf],
  },
  robustL2: {
    name: "robust_l2",
    title: "Robust accuracy, AutoAttack L2",
    words: "robust accuracy under AutoAttack L2",
    stage: "attack",
    metric: "robust_accuracy",
    datasets: [attacked.l2],
  },
} as const satisfies Record<string, Measure>;

/** Accuracy on common corruptions, by the mean over the list that was asked for. */
export function corruptMeasure({ corruptions }: Results): Measure {
  return { ...measures.corrupt, datasets: inList(corruptions) };
}

/** The paper's four, one of each evaluation. */
export const mainMeasures: readonly Measure[] = [
  measures.clean,
  measures.corrupt,
  measures.unknownMsp,
  measures.attack,
];

/** A measure in one condition (network and data set) under one loss, over its trials. */
export interface Cell {
  measure: string;
  data: string;
  network: string;
  loss: LossName;
  /** One value per trial, in the order of the trials' numbers. */
  values: number[];
  trials: number[];
  mean: number;
  /** Standard deviation over trials (n - 1); null where there is one trial. */
  sd: number | null;
}

/** A measure's numbers, and over which data sets each trial's number is a mean. */
export interface Measured {
  measure: Measure;
  cells: Cell[];
  /** The measured data sets that every trial of a training set has: only they are averaged. */
  datasets: Map<string, string[]>;
}

/**
 * Reads a measure from results. A trial's value is the mean over the measured data sets that all
 * trials with the same training data have, so that losses are compared on the same images.
 */
export function measured(results: Results, measure: Measure): Measured {
  const rows = wholeTrials(
    measure,
    results.table
      .params({ stage: measure.stage, metric: measure.metric })
      .filter((d: Row, $: Row) => d.stage === $.stage && d.metric === $.metric)
      .filter(escape((d: Row) => belongs(measure, String(d.dataset)))),
  );
  const datasets = commonDatasets(rows.objects() as Row[]);
  const cells = rows
    .filter(escape((d: Row) => datasets.get(d.data as string)!.includes(d.dataset as string)))
    .groupby("id", "data", "network", "loss", "trial")
    .rollup({ value: op.mean("value") })
    .orderby("data", "network", "loss", "trial")
    .groupby("data", "network", "loss")
    .rollup({
      values: op.array_agg("value"),
      trials: op.array_agg("trial"),
      mean: op.mean("value"),
      sd: op.stdev("value"),
    })
    .objects() as Omit<Cell, "measure">[];
  return {
    measure,
    datasets,
    cells: inOrder(results.section, cells).map((cell) => ({
      ...cell,
      measure: measure.name,
      sd: cell.values.length > 1 ? cell.sd : null,
    })),
  };
}

/** The rows of a measure without those of trials that lack a part of its mean. */
function wholeTrials({ datasets, whole }: Measure, rows: ColumnTable): ColumnTable {
  if (whole === undefined) return rows;
  const parts = Array.isArray(datasets) ? datasets.length : 0;
  const lengths = Map.groupBy(rows.objects() as Row[], ({ id }) => id);
  return rows.filter(escape((d: Row) => lengths.get(d.id)!.length === parts));
}

function belongs({ datasets }: Measure, dataset: string): boolean {
  if (datasets === undefined) return true;
  return typeof datasets === "function" ? datasets(dataset) : datasets.includes(dataset);
}

/** Cells in the paper's order of conditions. */
function inOrder<T extends { data: string; network: string }>(section: string, cells: T[]): T[] {
  const conditions = conditionsOf(section);
  const place = (cell: T) =>
    conditions.findIndex(({ data, network }) => data === cell.data && network === cell.network);
  return cells.toSorted((a, b) => place(a) - place(b));
}

type Row = Record<string, string | number>;

function commonDatasets(rows: Row[]): Map<string, string[]> {
  return new Map(
    [...Map.groupBy(rows, (row) => String(row.data))].map(([data, ofData]) => {
      const perTrial = [...Map.groupBy(ofData, (row) => row.id).values()]
        .map((ofTrial) => new Set(ofTrial.map((row) => String(row.dataset))));
      return [data, [...perTrial.reduce((shared, own) => shared.intersection(own))]];
    }),
  );
}
