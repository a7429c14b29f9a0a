/** A row of the benchmark on our side. */
export interface TimeCase {
  /** "train/lenet", "loss/hem/128x10": the name that pytorch_server.py knows too. */
  readonly name: string;
  /** Makes its tensors; what it returns does the work once, as a captured step unless told otherwise. */
  readonly make: (options?: { captured: boolean }) => { step: () => void; dispose: () => void };
}

/** A network's training step with one loss and with another. */
export interface CostCase {
  /** "hem/lenet". */
  readonly name: string;
  readonly makeHem: TimeCase["make"];
  readonly makeCe: TimeCase["make"];
}

/**
 * The least time of one `step`, in milliseconds, of those within `seconds` (at least two: the first one may
 * allocate and compile).
 */
export function leastTime(step: () => void, seconds: number): number {
  return leastTimes([step], seconds)[0]!;
}

/** The least time of each of some steps that run in turns, so that a moment's load is that of all. */
export function leastTimes(steps: readonly (() => void)[], seconds: number): number[] {
  const least = steps.map(() => Infinity);
  const end = performance.now() + seconds * 1000;
  let turns = 0;
  while (turns < 2 || performance.now() < end) {
    steps.forEach((step, i) => least[i] = Math.min(least[i]!, timeOf(step)));
    turns++;
  }
  return least;
}

/** The time of one `step`, in milliseconds. */
export function timeOf(step: () => void): number {
  const start = performance.now();
  step();
  return performance.now() - start;
}

/** The middle one of a few values, or the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
