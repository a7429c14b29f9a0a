/** A count that grows towards a total, and the time that the rest will take. */
export class Estimate {
  /** What is done so far, never more than the total. */
  done = 0;
  // Few, the earliest first: speed is measured from the first of them to the last.
  readonly #reports: { done: number; at: number }[] = [];

  /** @param total What there is to do; 0 or more */
  constructor(
    readonly total: number,
    readonly startedAt: number = performance.now(),
  ) {}

  /** Notes that `done` of the total is done `at` a time in milliseconds. */
  update(done: number, at: number = performance.now()) {
    this.done = Math.min(done, this.total);
    // That nothing is done yet says nothing of what was done before work was taken up again.
    if (done <= 0) return;
    const reports = this.#reports;
    // Work taken up again starts far along, so speed is measured from the first report on. When that report is of
    // work done since the start, the start itself counts.
    if (reports.length === 0 && done <= this.total / 10) {
      reports.push({ done: 0, at: this.startedAt });
    }
    const elapsed = at - this.startedAt;
    // So that they stay few.
    if (reports.length > 1 && reports.at(-1)!.at - reports.at(-2)!.at < elapsed / 100) {
      reports.pop();
    }
    reports.push({ done: this.done, at });
    // What several pieces of work had done before they were taken up again comes as leaps: those of the first half are forgotten.
    while (reports.length > 1 && reports[1]!.at <= this.startedAt + elapsed / 2) reports.shift();
  }

  /** The fraction done, 0 to 1; 1 when there is nothing to do. */
  get fraction(): number {
    return this.total === 0 ? 1 : this.done / this.total;
  }

  /** Seconds since the start. */
  elapsed(at: number = performance.now()): number {
    return (at - this.startedAt) / 1000;
  }

  /** Seconds left at the average speed over the latter half of the time so far, or undefined while there is no speed. */
  remaining(): number | undefined {
    if (this.done >= this.total) return 0;
    const [first, last] = [this.#reports[0], this.#reports.at(-1)];
    if (!first || !last || last.done <= first.done) return undefined;
    const perUnit = (last.at - first.at) / (last.done - first.done);
    return perUnit * (this.total - this.done) / 1000;
  }
}

/** A duration for people: "4s", "1m 20s", "2h 05m". */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) {
    return `${minutes}m ${String(whole % 60).padStart(2, "0")}s`;
  }
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, "0")}m`;
}
