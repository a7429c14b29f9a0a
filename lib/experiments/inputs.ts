import { datasetFacts } from "../datasets/mod.ts";

/** What networks take and tell apart on each data set (A.1.1). */
export interface NetworkInput {
  classes: number;
  inputShape: readonly [height: number, width: number, channels: number];
}

/** Of the data sets of section 5.1, by their names. */
export const networkInputs: Readonly<Record<string, NetworkInput>> = Object.fromEntries(
  ["mnist", "cifar10", "cifar100", "tiny_imagenet", "imagenet"].map((name) => {
    const { classes, shape } = datasetFacts(name);
    return [name, { classes, inputShape: shape! }];
  }),
);
