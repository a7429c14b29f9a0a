/** A count that grows towards a total, and the time that the rest will take. */
export class Estimate {
  /** What is done so far, never more than the total. */
  done = 0;
  #first: { done: number; at: number } | undefined;
  #last = { done: 0, at: 0 };

  /** @param total What there is to do; 0 or more */
  constructor(
    readonly total: number,
    readonly startedAt: number = performance.now(),
  ) {}

  /** Notes that `done` of the total is done `at` a time in milliseconds. */
  update(done: number, at: number = performance.now()) {
    this.done = Math.min(done, this.total);
    // Work taken up again starts far along, so speed is measured from the first report on. When that report is of
    // work done since the start, the start itself counts.
    this.#first ??= done <= this.total / 10
      ? { done: 0, at: this.startedAt }
      : { done: this.done, at };
    this.#last = { done: this.done, at };
  }

  /** The fraction done, 0 to 1; 1 when there is nothing to do. */
  get fraction(): number {
    return this.total === 0 ? 1 : this.done / this.total;
  }

  /** Seconds since the start. */
  elapsed(at: number = performance.now()): number {
    return (at - this.startedAt) / 1000;
  }

  /** Seconds left at the average speed so far, or undefined while there is no speed. */
  remaining(): number | undefined {
    if (this.done >= this.total) return 0;
    if (!this.#first || this.#last.done <= this.#first.done) return undefined;
    const perUnit = (this.#last.at - this.#first.at) /
      (this.#last.done - this.#first.done);
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
