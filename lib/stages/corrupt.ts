import { datasetFacts } from "../datasets/mod.ts";
import { noWork, type StageDefinition } from "./definition.ts";
import { setSizesOf } from "./set_sizes.ts";

/** What decides the numbers. */
export type CorruptSettings = {
  seed: number;
  /** Of MNIST-C, where they are not its authors': see `MnistOptions`. */
  severity?: number;
  rounding?: "nearest" | "truncate";
};

/** Accuracy on the test set under each common corruption (A.1.2), of colour images at each severity. */
export const corrupt: StageDefinition = {
  name: "corrupt",
  revision: 1,
  // One seed for all trials: every network and loss is tested with the same corrupted images.
  settings: { seed: 0 },
  metrics: ["accuracy"],
  load: async () => ({ measure: (await import("./corrupt_work.ts")).measureCorrupt }),
  work(trial) {
    const sizes = setSizesOf(trial);
    if (sizes === undefined) return undefined;
    const corrupted = datasetFacts(trial.dataset.name).corruptedSets * sizes.test;
    return { ...noWork, seen: corrupted, corrupted };
  },
};
