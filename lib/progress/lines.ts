import { formatDuration } from "./estimate.ts";
import type { Display, Task } from "./display.ts";

// Often enough to see that it is alive, seldom enough for a log.
const SECONDS_BETWEEN_LINES = 10;

/** Progress as plain lines on stderr: one at the start, then at most one in ten seconds, and one at the end. */
export function startLines({ label, unit, estimate }: Task): Display {
  let lastAt = performance.now();
  console.error(`${label} ...`);
  const print = (tail: string, note: string) =>
    console.error(`${label}: ${tail}${note && `, ${note}`}`);
  return {
    show(note) {
      const now = performance.now();
      if (now - lastAt < SECONDS_BETWEEN_LINES * 1000) return;
      lastAt = now;
      const remaining = estimate.remaining();
      const left = remaining === undefined ? "" : `, ${formatDuration(remaining)} left`;
      print(
        `${percent(estimate.fraction)}${amount({ unit, estimate })}${left}`,
        note,
      );
    },
    end(note) {
      print(
        `${
          estimate.done >= estimate.total ? "done" : `ended at ${percent(estimate.fraction)}`
        } in ${formatDuration(estimate.elapsed())}`,
        note,
      );
    },
  };
}

/** A fraction as whole percent that reaches 100 only when all is done. */
export function percent(fraction: number): string {
  return `${Math.floor(100 * fraction)}%`;
}

/** " (3/20 epochs)", or nothing where the total has no unit. */
export function amount(
  { unit, estimate }: Pick<Task, "unit" | "estimate">,
): string {
  return unit && ` (${estimate.done}/${estimate.total} ${unit})`;
}
