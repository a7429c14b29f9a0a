import { startBar, writeAboveBars } from "./bar.ts";
import { Estimate } from "./estimate.ts";
import { startLines } from "./lines.ts";
import { startDisplay } from "./notebook.ts";
import { place } from "./place.ts";

/** Long work that tells how far it is. */
export interface Progress {
  /** `done` of the total is done; `note` says what happens now (the last note stays when absent). */
  update(done: number, note?: string): void;
  /** The work has ended; `note` says how. Only the first call counts. */
  finish(note?: string): void;
}

const START = {
  terminal: startBar,
  lines: startLines,
  notebook: startDisplay,
} as const;

/**
 * Shows how far a piece of work is, with an estimate of the time left.
 *
 * A bar on a terminal's stderr; lines, at most one in ten seconds, where stderr is no terminal; an updating display in
 * a notebook. Call `finish` in a `finally`, or the bar stays open.
 *
 * @param total How much there is to do, in any unit
 * @example
 * ```ts
 * import { startProgress } from "./lib/progress/mod.ts";
 * const progress = startProgress("Training", 3, { unit: "epochs" });
 * for (let epoch = 1; epoch <= 3; epoch++) progress.update(epoch, `loss ${1 / epoch}`);
 * progress.finish();
 * ```
 */
export function startProgress(
  label: string,
  total: number,
  options: { unit?: string } = {},
): Progress {
  const estimate = new Estimate(total);
  const display = START[place()]({ label, unit: options.unit ?? "", estimate });
  let note = "";
  let ended = false;
  return {
    update(done, newNote = note) {
      if (ended) return;
      note = newNote;
      estimate.update(done);
      display.show(note);
    },
    finish(newNote = note) {
      if (ended) return;
      ended = true;
      display.end(newNote);
    },
  };
}

/** Prints a line without tearing a running bar: on stderr, or in a notebook as the cell's output. */
export function log(message: string) {
  const where = place();
  if (where === "notebook") console.log(message);
  else if (where === "lines" || !writeAboveBars(message)) {
    console.error(message);
  }
}
