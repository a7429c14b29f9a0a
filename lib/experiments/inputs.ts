/** What networks take and tell apart on each data set (A.1.1). */
export interface NetworkInput {
  classes: number;
  inputShape: readonly [height: number, width: number, channels: number];
}

/** By the data set's name. */
export const networkInputs: Readonly<Record<string, NetworkInput>> = {
  mnist: { classes: 10, inputShape: [28, 28, 1] },
  cifar10: { classes: 10, inputShape: [32, 32, 3] },
  cifar100: { classes: 100, inputShape: [32, 32, 3] },
  tiny_imagenet: { classes: 200, inputShape: [64, 64, 3] },
  imagenet: { classes: 1000, inputShape: [224, 224, 3] },
};
