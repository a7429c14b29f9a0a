import { unknownSetNames } from "../datasets/mod.ts";
import { auprConvention, fpr95Convention } from "../evaluation/mod.ts";
import { noWork, type StageDefinition } from "./definition.ts";
import { setSizesOf } from "./set_sizes.ts";

// Section A.1.2: the synthetic sets of unknown classes have so many images; the others are about as large.
const setSize = 10_000;

/** What decides the numbers. */
export type UnknownSettings = {
  seed: number;
  fpr95: string;
  aupr: string;
  /** Of the sets, where they are not the default: see `UnknownChoices`. */
  polarity?: "inverted" | "original";
  values?: "continuous" | "bytes";
  permutation?: "per_image" | "shared";
  phases?: "antisymmetric" | "independent";
  /** Of logits that are normalised first, the temperature (3.2); absent: they are taken as they are. */
  temperature?: number;
};

/**
 * How well the confidence tells the test set from each set of unknown classes (A.1.2): AUROC by MSP and by MLS, the paper's,
 * and FPR95 and AUPR, which others report; histograms of MSP; the share of scores that are exactly 1.
 */
export const unknown: StageDefinition = {
  name: "unknown",
  revision: 1,
  // One seed for all trials: every network and loss is tested with the same synthetic images.
  settings: { seed: 0, fpr95: fpr95Convention, aupr: auprConvention },
  metrics: [
    "auroc_msp",
    "auroc_mls",
    ...["msp", "mls"].flatMap((score) => [
      `fpr95_${score}`,
      `aupr_in_${score}`,
      `aupr_out_${score}`,
    ]),
  ],
  load: async () => ({ measure: (await import("./unknown_work.ts")).measureUnknown }),
  work(trial) {
    const sizes = setSizesOf(trial);
    if (sizes === undefined) return undefined;
    const sets = unknownSetNames(trial.dataset.name).length;
    const images = sets * (trial.dataset.unknownCount ?? setSize);
    return { ...noWork, seen: sizes.test + images, unknown: images };
  },
};
