import { noWork, type StageDefinition } from "./definition.ts";
import { setSizesOf } from "./set_sizes.ts";

/** Trains the trial's network by its recipe. Rows: the mean loss and the seconds of each epoch. */
export const training: StageDefinition = {
  name: "training",
  // 2: kernels that fuse normalisation, bias and activation (27 November 2026).
  revision: 2,
  settings: {},
  metrics: [],
  load: async () => ({ make: (await import("./training_work.ts")).trainNetwork }),
  work(trial) {
    const sizes = setSizesOf(trial);
    return sizes && { ...noWork, learnt: sizes.train * trial.recipe.epochs };
  },
};
