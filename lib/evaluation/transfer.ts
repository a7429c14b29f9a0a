/**
 * Metrics of continual learning, from how many test images of each experience are classified correctly after each one.
 *
 * R[i][j] is the accuracy on experience j's test images after training on experience i, T the number of experiences.
 */

import { checkArray } from "./arguments.ts";

/** What a sequence of experiences ends in. All are shares in [0, 1] or differences of such. */
export interface ContinualMetrics {
  /** Correct over all test images of all experiences together (avalanche-lib's StreamAccuracy, which the paper reports). */
  final: number;
  /** Mean of R[T][j] over the experiences, each counting the same (Lopez-Paz and Ranzato 2017, ACC). */
  average: number;
  /** Mean over j < T of max over l < T of R[l][j] less R[T][j] (Chaudhry et al. 2018, eq. 3); NaN for one experience. */
  forgetting: number;
  /** Mean over j < T of R[T][j] - R[j][j] (Lopez-Paz and Ranzato 2017, BWT); NaN for one experience. */
  backward: number;
  /** Mean over j > 1 of R[j-1][j] less the accuracy before any training (same paper, FWT); NaN for one experience. */
  forward: number;
}

/**
 * @param correct [T][T]: test images of experience j (column) classified correctly after training on experience i (row)
 * @param counts [T]: test images of each experience
 * @param untrained [T]: as a row of `correct`, before any training
 * @throws {RangeError} when the sizes do not fit, an experience has no images, or more are correct than there are
 */
export function continualMetrics(
  correct: readonly (readonly number[])[],
  counts: readonly number[],
  untrained: readonly number[],
): ContinualMetrics {
  checkArray(correct, "rows of numbers of correct images");
  checkArray(counts, "numbers of images");
  const rows = [untrained, ...correct];
  for (const row of rows) checkArray(row, "numbers of correct images");
  const tasks = counts.length;
  if (tasks === 0 || correct.length !== tasks || rows.some(({ length }) => length !== tasks)) {
    throw new RangeError(
      `Cannot measure transfer: wanted a square matrix and a row of ${tasks} counts, got rows of ${
        rows.map(({ length }) => length).join(", ")
      }`,
    );
  }
  for (const row of rows) checkCounts(row, counts);
  const shares = (row: readonly number[]) => row.map((value, j) => value / counts[j]!);
  const accuracy = correct.map(shares);
  const before = shares(untrained);
  const last = accuracy[tasks - 1]!;
  const earlier = accuracy.slice(0, -1);
  return {
    ...finalAccuracies(correct[tasks - 1]!, counts),
    forgetting: mean(earlier.map((_, j) => Math.max(...earlier.map((row) => row[j]!)) - last[j]!)),
    backward: mean(earlier.map((row, j) => last[j]! - row[j]!)),
    forward: mean(earlier.map((row, j) => row[j + 1]! - before[j + 1]!)),
  };
}

/**
 * The accuracies at the end: over all test images together, and the mean over the experiences.
 *
 * @throws {RangeError} as {@linkcode continualMetrics}
 */
export function finalAccuracies(
  correct: readonly number[],
  counts: readonly number[],
): Pick<ContinualMetrics, "final" | "average"> {
  checkCounts(correct, counts);
  return {
    final: sum(correct) / sum(counts),
    average: mean(correct.map((value, j) => value / counts[j]!)),
  };
}

function checkCounts(correct: readonly number[], counts: readonly number[]): void {
  checkArray(correct, "numbers of correct images");
  checkArray(counts, "numbers of images");
  if (correct.length !== counts.length || counts.length === 0) {
    throw new RangeError(
      `Cannot measure ${correct.length} experiences of which ${counts.length} have a number of images: wanted one for each`,
    );
  }
  for (const [j, count] of counts.entries()) {
    if (!Number.isFinite(count) || count <= 0) {
      throw new RangeError(`Cannot measure experience ${j}: it has ${count} test images`);
    }
    const value = correct[j]!;
    if (value >= 0 && value <= count) continue;
    throw new RangeError(
      `Cannot measure experience ${j}: ${value} of ${count} test images cannot be correct`,
    );
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? NaN : sum(values) / values.length;
}
