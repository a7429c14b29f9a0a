import { type ImageCorruptionList, imageCorruptionLists } from "../corruptions/mod.ts";

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
  /** The measured data sets that belong to it, by the list of corruptions that was chosen; absent: all of the stage. */
  datasets?: readonly string[] | ((dataset: string, corruptions: ImageCorruptionList) => boolean);
  /** Of each class, of a group of classes, ...: only rows of these coordinates; absent: those of the whole set alone. */
  at?: Readonly<Record<string, string | number>>;
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
    datasets: (dataset, list) => inList(list)(dataset),
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
  // How sure a network is of the test images (Figure 4).
  confident: {
    name: "confident",
    title: "Share of test images with MSP above 0.99",
    words: "share of test images with MSP above 0.99",
    stage: "clean",
    metric: "msp_above_0.99",
  },
  spread: {
    name: "spread",
    title: "Standard deviation of the test images' MSP",
    words: "standard deviation of MSP",
    stage: "clean",
    metric: "msp_spread",
  },
  // Whether a training succeeds: one that diverged counts as guessing.
  trained: {
    name: "trained",
    title: "Clean accuracy, guessing where the training diverged",
    words: "clean accuracy (that of guessing where the training diverged)",
    stage: "clean",
    metric: "accuracy_or_guess",
    datasets: ["test"],
  },
  // Over the epochs of a training (B.3).
  lossByEpoch: {
    name: "loss_by_epoch",
    title: "Training loss",
    words: "training loss",
    stage: "training",
    metric: "loss",
  },
  errorByEpoch: {
    name: "error_by_epoch",
    title: "Training error",
    words: "training error",
    stage: "curves",
    metric: "error",
    datasets: ["train"],
  },
  cleanByEpoch: {
    name: "clean_by_epoch",
    title: "Clean accuracy",
    words: "clean accuracy",
    stage: "curves",
    metric: "accuracy",
    datasets: ["test"],
  },
  unknownByEpoch: {
    name: "unknown_by_epoch",
    title: "Unknown classes, AUROC by MSP",
    words: "AUROC by MSP",
    stage: "curves",
    metric: "auroc_msp",
  },
  attackByEpoch: {
    name: "attack_by_epoch",
    title: "DAR of AutoAttack by MSP",
    words: "DAR of AutoAttack",
    stage: "curves",
    metric: "dar_msp",
  },
  /** Training images that the loss has no gradient for, and those that were presented (section 6, future work). */
  learntByEpoch: {
    name: "learnt_by_epoch",
    title: "Images without a gradient",
    words: "share of images without a gradient",
    stage: "learnt",
    metric: "without_gradient",
    datasets: ["train"],
  },
  presentedByEpoch: {
    name: "presented_by_epoch",
    title: "Images presented",
    words: "share of images presented",
    stage: "training",
    metric: "presented",
  },
  secondsByEpoch: {
    name: "seconds_by_epoch",
    title: "Seconds",
    words: "seconds of training",
    stage: "training",
    metric: "seconds",
  },
  // Of the other sections.
  continual: {
    name: "continual",
    title: "Final accuracy",
    words: "final accuracy",
    stage: "continual",
    metric: "final_accuracy",
  },
  segmentation: {
    name: "segmentation",
    title: "Mean IoU",
    words: "mean IoU",
    stage: "segmentation",
    metric: "mean_iou",
  },
} as const satisfies Record<string, Measure>;

/** The paper's four, one of each evaluation. */
export const mainMeasures: readonly Measure[] = [
  measures.clean,
  measures.corrupt,
  measures.unknownMsp,
  measures.attack,
];
