import { join } from "node:path";
import { isFile, writeAtomically } from "../files/mod.ts";
import type { Follower } from "./work.ts";

const secondsBetweenKeeping = 2;

/** Where the seconds of a stage are kept, and those of it that are. */
function keptSeconds(scratch: string): { file: string; before: number } {
  const file = join(scratch, "seconds");
  const kept = isFile(file) ? Number(Deno.readTextFileSync(file)) : 0;
  // Of a damaged file nothing is known.
  return { file, before: kept >= 0 && Number.isFinite(kept) ? kept : 0 };
}

/** What watches a training, and the seconds that it has taken. */
export interface Timed {
  follower: Follower;
  seconds: () => number;
}

/** Measures what a follower takes of its own, before an interruption too. */
export function timed(follower: Follower, scratch: string): Timed {
  const { file, before } = keptSeconds(scratch);
  let seconds = before;
  return {
    seconds: () => seconds,
    follower: {
      async onEpoch(epoch, network) {
        // A training that begins anew is followed anew.
        if (epoch.epoch === 0) seconds = 0;
        const start = performance.now();
        try {
          await follower.onEpoch(epoch, network);
        } finally {
          seconds += (performance.now() - start) / 1000;
          writeAtomically(file, String(seconds));
        }
      },
      hasFirst: (epochs) => follower.hasFirst(epochs),
      measurements: () => follower.measurements(),
    },
  };
}

/** The seconds that a stage has taken, those before it was stopped or killed included. */
export function stageClock(scratch: string) {
  const { file, before } = keptSeconds(scratch);
  const start = performance.now();
  let keptAt = start;
  const seconds = () => before + (performance.now() - start) / 1000;
  return {
    seconds,
    keepNowAndThen(atOnce = false) {
      if (!atOnce && performance.now() - keptAt < 1000 * secondsBetweenKeeping) return;
      keptAt = performance.now();
      writeAtomically(file, String(seconds()));
    },
  };
}
