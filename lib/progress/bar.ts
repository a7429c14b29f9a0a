import { MultiBar } from "cli-progress";
import process from "node:process";
import { formatDuration } from "./estimate.ts";
import { amount, percent } from "./lines.ts";
import type { Display, Task } from "./display.ts";

let bars: MultiBar | undefined;
let running = 0;
let drawnAt = 0;

// A synchronous loop never lets the library's timer run, so `show` draws as well, this many milliseconds apart.
const DRAW_EVERY = 100;

// A terminal that has been closed takes no more; who ends because of that still has checkpoints to write and files to put away.
const ignoreClosed = () => {};

/** Progress as a bar in the terminal; several may run at once, one below the other. */
export function startBar({ label, unit, estimate }: Task): Display {
  process.stderr.off("error", ignoreClosed).on("error", ignoreClosed);
  bars ??= new MultiBar({
    // The bar after what a narrow terminal must not cut off.
    format: "{label} {percent}{amount} {time} {bar}{note}",
    barCompleteChar: "\u2588",
    barIncompleteChar: "\u2591",
    barsize: 28,
    forceRedraw: true,
    emptyOnZero: true,
  });
  running++;
  const payload = (time: string, note: string) => ({
    label,
    percent: percent(estimate.fraction),
    amount: amount({ unit, estimate }),
    time,
    note: note && ` | ${note}`,
  });
  const bar = bars.create(estimate.total, 0, payload("", ""));
  return {
    show(note) {
      const remaining = estimate.remaining();
      bar.update(
        estimate.done,
        payload(
          remaining === undefined ? "" : `ETA ${formatDuration(remaining)}`,
          note,
        ),
      );
      draw();
    },
    end(note) {
      bar.update(
        estimate.done,
        payload(`in ${formatDuration(estimate.elapsed())}`, note),
      );
      if (--running === 0) {
        bars?.stop();
        bars = undefined;
      }
    },
  };
}

/** Prints a line above the running bars; false when there are none. */
export function writeAboveBars(message: string): boolean {
  if (!bars) return false;
  bars.log(`${message}\n`);
  bars.update();
  return true;
}

function draw() {
  const now = performance.now();
  if (now - drawnAt < DRAW_EVERY) return;
  drawnAt = now;
  bars?.update();
}
