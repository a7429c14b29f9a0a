import { checkClassCounts } from "./class_counts.ts";

/** Options of {@linkcode hemMargin} and {@linkcode hemPlusMargins}. */
export interface MarginOptions {
  /** M; "fixed at 2000" (section 4.2). */
  readonly samples?: number;
}

// Section 4.2 and appendix B.1.
const SAMPLES = 2000;

function rootOfShare(samples: number, of: number): number {
  if (!(samples > 0 && samples < Infinity)) {
    throw new RangeError(`samples must be a finite number above 0, got ${samples}`);
  }
  return Math.sqrt(samples / of);
}

/**
 * HEM's margin sqrt(M / N) for N training samples in all (section 4.2): sqrt(M / (C s)) where each of the C classes
 * has s of them. 0.2 for CIFAR10, 2 for 50 samples per class of it (appendix B.1).
 *
 * @param trainingSamples N, of the data that is trained on: recompute it for a part of a data set
 * @throws {RangeError} for a number of samples that is not above 0
 */
export function hemMargin(trainingSamples: number, options: MarginOptions = {}): number {
  if (!(trainingSamples > 0 && trainingSamples < Infinity)) {
    throw new RangeError(
      `hemMargin needs the number of training samples, above 0, got ${trainingSamples}`,
    );
  }
  return rootOfShare(options.samples ?? SAMPLES, trainingSamples);
}

/**
 * HEM+'s margins mu_i = sqrt(M / (C s_i)), one per class with s_i training samples (section 4.3). With equal class
 * counts all are {@linkcode hemMargin}'s.
 *
 * @throws {RangeError} for class counts that are not all above 0: a class without samples would have no finite margin
 */
export function hemPlusMargins(
  classCounts: readonly number[],
  options: MarginOptions = {},
): number[] {
  checkClassCounts(classCounts);
  const empty = classCounts.indexOf(0);
  if (empty >= 0) {
    throw new RangeError(`hemPlusMargins needs samples of every class, class ${empty} has none`);
  }
  return classCounts.map((count) =>
    rootOfShare(options.samples ?? SAMPLES, classCounts.length * count)
  );
}
