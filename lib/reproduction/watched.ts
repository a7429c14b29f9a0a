import { join } from "node:path";
import { z } from "zod";
import { isThere, writeAtomically } from "../files/mod.ts";
import {
  log,
  type Progress,
  startProgress,
  StoppedError,
  throwIfStopped,
} from "../progress/mod.ts";
import { makeTemporaryFolder } from "../runtime/mod.ts";

/**
 * Why a notebook's cell runs trials through a process that it only watches: the stop button can end
 * a cell that computes, never one that awaits. So the cell waits without awaiting, which leaves
 * nothing but files to talk through: the process writes `state.json`, the cell counts up in `alive`,
 * and when it no longer does, the process stops its trials.
 */

/** What a watched process tells. */
interface WatchedState {
  label: string;
  total: number;
  done: number;
  note: string;
  /** All lines logged so far. */
  lines: string[];
  /** How it ended. */
  end?: { ok: boolean; message: string };
}

const stateSchema: z.ZodType<WatchedState> = z.strictObject({
  label: z.string(),
  total: z.number(),
  done: z.number(),
  note: z.string(),
  lines: z.array(z.string()),
  end: z.exactOptional(z.strictObject({ ok: z.boolean(), message: z.string() })),
});

const watchMilliseconds = 250;
// Long beside `watchMilliseconds`, so that a busy machine is not taken for a stopped cell.
const stoppedAfterMilliseconds = 5000;

/**
 * Runs `deno run <script> <args> --watched <folder>` and waits for its end without awaiting, with
 * its progress shown.
 *
 * @returns The message it ended with.
 * @throws {Error} with that message where it failed, or where it died.
 * @throws {StoppedError} where the stop button was pressed; the process then ends by itself.
 */
export function runWatched(script: URL, args: readonly string[]): string {
  const temporary = makeTemporaryFolder();
  const folder = temporary.path;
  let looks = 0;
  const touch = () => Deno.writeTextFileSync(join(folder, "alive"), String(looks++));
  touch();
  const errors = join(folder, "errors");
  const child = new Deno.Command("sh", {
    // A notebook shows nothing of what its kernel's children write.
    args: [
      ...["-c", 'exec "$@" 2>"$0"', errors],
      ...[Deno.execPath(), "run", "-A", "--quiet", script.href, ...args, "--watched", folder],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  child.unref();
  let progress: Progress | undefined;
  const leave = () => {
    Deno.removeSync(join(folder, "alive"));
    progress?.finish(STOPPED);
  };
  // A timer fires only when the cell no longer computes: at once after an interrupt that ended it by force.
  const onStopped = setTimeout(leave, 0);
  let logged = 0;
  try {
    for (;;) {
      sleep(watchMilliseconds);
      throwIfStopped();
      touch();
      // Asked before the state is read, so that a last state is not missed.
      const ended = hasEnded(child.pid);
      const state = readState(folder);
      if (state) {
        if (state.total > 0) progress ??= startProgress(state.label, state.total);
        progress?.update(state.done, state.note);
        for (; logged < state.lines.length; logged++) log(state.lines[logged]!);
      }
      if (state?.end) {
        progress?.finish(state.end.message);
        temporary.remove();
        if (!state.end.ok) throw new Error(state.end.message);
        return state.end.message;
      }
      if (ended) {
        const reason = Deno.readTextFileSync(errors).trim().split("\n").at(-1);
        progress?.finish("the process has died");
        temporary.remove();
        throw new Error(
          `The process that runs the trials has died${reason && `: ${reason}`}. ` +
            "Run the cell again to go on",
        );
      }
    }
  } catch (error) {
    if (error instanceof StoppedError) leave();
    // Only the process removes it, when the cell has not been heard of for so long.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    progress?.finish(STOPPED);
    throw new Error(
      `The trials were stopped, since this cell did not show for ${
        stoppedAfterMilliseconds / 1000
      } s: was the ` +
        "machine asleep? Run the cell again to go on",
    );
  } finally {
    clearTimeout(onStopped);
  }
}

const STOPPED = "stopped: the trials end their step and write a checkpoint; run again to go on";

/** Whether a child has ended that this process has not yet taken note of, since it does not await. */
function hasEnded(pid: number): boolean {
  try {
    // "1234 (deno) S 1 ...": Z is a child whose end nobody has taken note of, X one that is about to go.
    const state = Deno.build.os === "linux"
      ? Deno.readTextFileSync(`/proc/${pid}/stat`).match(/.*\) (.)/)?.[1]
      : new TextDecoder().decode(
        new Deno.Command("ps", { args: ["-o", "stat=", "-p", String(pid)] }).outputSync().stdout,
      ).trim().slice(0, 1);
    return !state || "ZX".includes(state);
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}

/** What the watched process uses instead of a display of its own. */
export interface Watched {
  startProgress(label: string, total: number): Progress;
  log(message: string): void;
  /** Aborted when nobody watches any more. */
  readonly stop: AbortSignal;
  end(ok: boolean, message: string): void;
}

/** The watched process's side of {@linkcode runWatched}. */
export function beWatched(folder: string): Watched {
  const state: WatchedState = { label: "", total: 0, done: 0, note: "", lines: [] };
  const write = () => writeAtomically(join(folder, "state.json"), JSON.stringify(state));
  write();
  const stop = new AbortController();
  const isAlive = aliveIn(folder);
  let writtenAt = -Infinity;
  const writeNowAndThen = () => {
    if (performance.now() - writtenAt < watchMilliseconds) return;
    writtenAt = performance.now();
    write();
  };
  const timer = setInterval(() => {
    if (!isAlive()) stop.abort();
    else write();
  }, watchMilliseconds);
  return {
    startProgress(label, total) {
      Object.assign(state, { label, total });
      return {
        update(done, note = state.note) {
          Object.assign(state, { done, note });
          writeNowAndThen();
        },
        finish: () => {},
      };
    },
    log: (message) => void state.lines.push(message),
    stop: stop.signal,
    end(ok, message) {
      clearInterval(timer);
      state.end = { ok, message };
      // Where the watcher is gone, so may be the folder's use.
      if (isAlive()) write();
      else if (isThere(folder)) Deno.removeSync(folder, { recursive: true });
    },
  };
}

/** Tells whether the cell still counts up in its file; by a clock that nobody sets. */
function aliveIn(folder: string): () => boolean {
  let seen = "";
  let seenAt = performance.now();
  return () => {
    try {
      const count = Deno.readTextFileSync(join(folder, "alive"));
      if (count !== seen) [seen, seenAt] = [count, performance.now()];
      return performance.now() - seenAt < stoppedAfterMilliseconds;
    } catch {
      return false;
    }
  };
}

function readState(folder: string): WatchedState | undefined {
  try {
    return stateSchema.parse(JSON.parse(Deno.readTextFileSync(join(folder, "state.json"))));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
