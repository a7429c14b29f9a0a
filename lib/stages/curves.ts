import { noWork, type StageDefinition } from "./definition.ts";
import { setSizesOf } from "./set_sizes.ts";

/**
 * What becomes of a network while it is trained (Figure 11): after each epoch (`at.epoch`) its error on the first training
 * images without augmentation, its accuracy on the test set, and AUROC by MSP and MLS for each set of unknown classes; on
 * request robust accuracy and DAR under AutoAttack. It watches the training, which runs again for it where it has run before,
 * and gives the same weights.
 */
export const curves: StageDefinition = {
  name: "curves",
  revision: 1,
  settings: {
    /** Epochs between two measurements; the last epoch is measured always. */
    every: 1,
    trainImages: 10_000,
    /** Of the test set against each set of unknown classes; 0: no AUROC. */
    unknownImages: 1000,
    /** Attacked after each measurement, with the settings of the attack stage; 0: none. */
    attackImages: 0,
    seed: 0,
  },
  metrics: [],
  load: async () => ({ follow: (await import("./curves_work.ts")).followCurves }),
  work(trial, { settings }) {
    const sizes = setSizesOf(trial);
    const times = trial.recipe.epochs / Number(settings.every);
    const images = Number(settings.trainImages) + 8 * Number(settings.unknownImages);
    return sizes && { ...noWork, seen: Math.round(times * (sizes.test + images)) };
  },
};
