import { noWork, type StageDefinition } from "./definition.ts";
import { setSizesOf } from "./set_sizes.ts";

/**
 * Learns the experiences of a continual trial in turn, and measures every test experience before and after each. Rows, all
 * over the trial's own test images:
 *
 * - `accuracy` of each experience (`at.task`) after each experience (`at.experience`, 0: before any training)
 * - `final_accuracy` over all test images together, which the paper reports, and `average_accuracy` over the experiences
 * - `forgetting`, `backward_transfer`, `forward_transfer` (lib/evaluation/transfer.ts)
 * - `importance`: the mean importance of a parameter after each experience, of EWC and SI
 * - `loss` and `seconds` of each epoch of each experience
 */
export const continual: StageDefinition = {
  name: "continual",
  revision: 1,
  settings: {},
  metrics: [],
  load: async () => ({ make: (await import("./continual_work.ts")).learnContinually }),
  work(trial) {
    const sizes = setSizesOf(trial);
    if (sizes === undefined || trial.kind !== "continual") return undefined;
    const { name, experiences } = trial.benchmark;
    // Every permuted experience has all the images, the parts of a split one share them.
    const copies = name === "permuted" ? experiences : 1;
    const images = sizes.train * copies;
    const { strategy, recipe: { epochs, batchSize } } = trial;
    const { memoryBatch = 0 } = strategy.options ?? {};
    const replayed = 1 + Number(memoryBatch) / batchSize;
    // EWC goes through every experience once more for its importances.
    const passes = epochs * replayed + (strategy.name === "ewc" ? 1 : 0);
    // A teacher sees all that is learnt after the first experience.
    const isTaught = strategy.name === "lwf" || strategy.name === "lfl";
    const taught = isTaught ? Math.round(images * epochs * (1 - 1 / experiences)) : 0;
    const tests = strategy.name === "joint" ? 2 : experiences + 1;
    return { ...noWork, learnt: images * passes, seen: sizes.test * copies * tests + taught };
  },
};
