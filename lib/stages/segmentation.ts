import { noWork, type StageDefinition } from "./definition.ts";
import { setSizesOf } from "./set_sizes.ts";

/**
 * Mean IoU, IoU of each class and pixel accuracy over the pixels of the whole test set (section 5.4), and the answers for a few
 * scenes as pictures, for figures. Classes that are nowhere in the test are left out of the mean.
 */
export const segmentation: StageDefinition = {
  name: "segmentation",
  revision: 1,
  // So many test scenes, evenly spaced, are kept as pictures.
  settings: { shown: 3 },
  metrics: [],
  keeps: ["scenes"],
  load: async () => ({ measure: (await import("./segmentation_work.ts")).measureSegmentation }),
  work(trial) {
    const sizes = setSizesOf(trial);
    return sizes && { ...noWork, seen: sizes.test };
  },
};
