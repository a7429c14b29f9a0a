import type { Stage } from "../trials/mod.ts";
import { attack, attackBudget, passesOf } from "./attack.ts";
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
    /** The first of the training set; 0: no error of it. */
    trainImages: 10_000,
    /** Of the test set against each set of unknown classes; 0: no AUROC. */
    unknownImages: 1000,
    /** Attacked after each measurement; 0: none. Else how, too: the settings of the attack stage but for its images. */
    attackImages: 0,
    seed: 0,
  },
  metrics: [],
  follows: true,
  load: async () => ({ follow: (await import("./curves_work.ts")).followCurves }),
  work(trial, { settings }) {
    const sizes = setSizesOf(trial);
    const times = trial.recipe.epochs / Number(settings.every);
    const images = Number(settings.trainImages) + 8 * Number(settings.unknownImages);
    const attacked = Number(settings.attackImages);
    const passes = attacked === 0 ? 0 : attacked * passesOf(settings);
    return sizes && { ...noWork, seen: Math.round(times * (sizes.test + images + passes)) };
  },
};

/** What attacks so many images after each measurement, as the attack stage attacks networks of a data set. */
export function attackedCurves(dataset: string, images: number): Stage["settings"] {
  const { images: _, ...how } = attack.settings;
  return { attackImages: images, ...how, ...attackBudget(dataset) };
}
