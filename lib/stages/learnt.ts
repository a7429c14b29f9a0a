import { noWork, type StageDefinition } from "./definition.ts";
import { setSizesOf } from "./set_sizes.ts";

/**
 * How many training images the loss has no gradient for any more, after each epoch (`at.epoch`): those that a training may
 * leave out (section 6, future work). It watches the training, which gives the same weights.
 */
export const learnt: StageDefinition = {
  name: "learnt",
  revision: 1,
  settings: {},
  metrics: [],
  follows: true,
  load: async () => ({ follow: (await import("./learnt_work.ts")).followLearnt }),
  work(trial) {
    const sizes = setSizesOf(trial);
    return sizes && { ...noWork, seen: sizes.train * trial.recipe.epochs };
  },
};
