/**
 * Checks the number of training samples of each class.
 *
 * @throws {RangeError} when there is none, one is negative or not finite, or all are 0
 */
export function checkClassCounts(classCounts: readonly number[]): void {
  const bad = classCounts.findIndex((count) => !(count >= 0 && count < Infinity));
  if (bad >= 0) {
    throw new RangeError(
      `classCounts must be numbers of samples, one per class, got ${
        classCounts[bad]
      } for class ${bad}`,
    );
  }
  if (!classCounts.some((count) => count > 0)) {
    throw new RangeError(
      `classCounts must have samples in at least one class, got [${classCounts.join(", ")}]`,
    );
  }
}
