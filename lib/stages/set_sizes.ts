import { datasetFacts, isTrained } from "../datasets/mod.ts";
import type { Trial } from "../trials/mod.ts";

/** About how many images a trial learns from and is tested on; undefined where nothing is known of its data set. */
export function setSizesOf({ dataset }: Trial): { train: number; test: number } | undefined {
  if (!isTrained(dataset.name)) return undefined;
  const { images, classes } = datasetFacts(dataset.name);
  const { trainCount = images.train, testCount = images.test, perClass, longTail } = dataset;
  const each = Math.min(trainCount / classes, perClass ?? Infinity);
  // The mean of an exponential from 1 down to 1 / ratio.
  const share = longTail && longTail.ratio > 1
    ? (1 - 1 / longTail.ratio) / Math.log(longTail.ratio)
    : 1;
  return { train: Math.round(each * classes * share), test: testCount };
}
