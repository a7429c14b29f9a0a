import { generator } from "../random/mod.ts";
import { select } from "./image_set.ts";
import type { ImageSet } from "./types.ts";

/** How a long tail is cut out of a set. */
export interface LongTailOptions {
  classes: number;
  /** How many times as many images the first class keeps as the last one, e.g. 100. */
  imbalance: number;
  /**
   * Which images of a class stay: its first in the order of the set (paper, 5.2: "taking only the first"), or a random choice
   * from `seed`, as Cao et al. 2019 make it. Default: the first.
   */
  selection?: "first" | "shuffled";
  seed?: number;
}

// A whole number that rounding has put just below itself, as 749 / 107, is that number.
const rounding = 1 + 2 ** -50;

/**
 * The images that each class keeps: trunc(largest * imbalance^(-i / (C - 1))) of class i (Cui et al. 2019; Cao et al. 2019),
 * so that CIFAR10 has 12,406 images in all at an imbalance of 100 and 20,431 at 10, and CIFAR100 10,847 and 19,573.
 *
 * @param largest How many the first class keeps
 * @throws {RangeError} unless there are two classes, the imbalance is at least 1 and a class keeps an image
 */
export function longTailCounts(
  largest: number,
  { classes, imbalance }: { classes: number; imbalance: number },
): number[] {
  if (!Number.isInteger(classes) || classes < 2) {
    throw new RangeError(`A long tail takes two classes at least, got ${classes}`);
  }
  if (!(imbalance >= 1 && Number.isFinite(imbalance))) {
    throw new RangeError(`Wanted an imbalance of 1 or more, got ${imbalance}`);
  }
  // the power of the ratio, and not the i-th power of a root: that one ends at 49 of 50 images in CIFAR100 at 10
  const counts = Array.from(
    { length: classes },
    (_, i) => Math.trunc(rounding * largest * Math.pow(1 / imbalance, i / (classes - 1))),
  );
  if (counts.at(-1)! >= 1) return counts;
  throw new RangeError(
    `With an imbalance of ${imbalance} the last of ${classes} classes would keep no image of ${largest}`,
  );
}

/**
 * The long-tailed part of a set: of N images of C classes the first class keeps N / C, or what it has, and each further class
 * fewer, as `longTailCounts` says. The images stay in their order.
 *
 * @throws {RangeError} as `longTailCounts`, or when a label is none of the classes
 *
 * ```ts
 * const tail = longTailed(train, { classes: 10, imbalance: 100 });
 * ```
 */
export function longTailed(set: ImageSet, options: LongTailOptions): ImageSet {
  const { classes, selection = "first", seed = 0 } = options;
  if (selection !== "first" && selection !== "shuffled") {
    throw new RangeError(`Cannot select images by "${selection}": give "first" or "shuffled"`);
  }
  const strange = set.labels.findIndex((label) => label < 0 || label >= classes);
  if (strange >= 0) {
    throw new RangeError(
      `Cannot cut a long tail of ${classes} classes out of "${set.name}": label ${strange} is ${
        set.labels[strange]
      }`,
    );
  }
  const counts = longTailCounts(Math.trunc(set.count / classes), options);
  const kept: number[] = [];
  for (const [label, count] of counts.entries()) {
    const own: number[] = [];
    set.labels.forEach((one, index) => {
      if (one === label) own.push(index);
    });
    const order = selection === "first"
      ? own
      : Array.from(generator(seed, "long_tail", label).permutation(own.length), (i) => own[i]!);
    kept.push(...order.slice(0, count));
  }
  return select(set, Uint32Array.from(kept).sort());
}
