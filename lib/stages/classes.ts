import { noWork, type StageDefinition } from "./definition.ts";
import { setSizesOf } from "./set_sizes.ts";

/**
 * Accuracy on the test images of each class (`at.class`), and of classes with many, a medium number of and few training
 * images (`at.group`): the mean over a group's classes.
 */
export const classes: StageDefinition = {
  name: "classes",
  revision: 1,
  // The limits that are usual for 1000 classes (100 and 20 images) would leave no class with few in CIFAR10.
  settings: {
    groups: "thirds of the classes by their training images, the middle one the largest",
  },
  metrics: [],
  load: async () => ({ measure: (await import("./classes_work.ts")).measureClasses }),
  work(trial) {
    const sizes = setSizesOf(trial);
    return sizes && { ...noWork, seen: sizes.test };
  },
};
