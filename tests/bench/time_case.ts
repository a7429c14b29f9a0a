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
  let least = Infinity;
  const end = performance.now() + seconds * 1000;
  let steps = 0;
  while (steps < 2 || performance.now() < end) {
    least = Math.min(least, timeOf(step));
    steps++;
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
