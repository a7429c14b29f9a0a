import { noWork, type StageDefinition } from "./definition.ts";
import { setSizesOf } from "./set_sizes.ts";

/**
 * Accuracy on the test set, the share of its images with an MSP above 0.99 and the histogram of its MSP (A.1.2).
 */
export const clean: StageDefinition = {
  name: "clean",
  revision: 1,
  settings: {},
  metrics: ["accuracy", "msp_above_0.99"],
  load: async () => ({ measure: (await import("./clean_work.ts")).measureClean }),
  work(trial) {
    const sizes = setSizesOf(trial);
    return sizes && { ...noWork, seen: sizes.test };
  },
};
