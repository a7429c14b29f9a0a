import { join } from "node:path";
import { z } from "zod";
import { writeAtomically } from "../files/mod.ts";
import { log, type Progress, startProgress } from "../progress/mod.ts";
import { isTrialRunning, lockTrial } from "../trials/mod.ts";

/**
 * Why a notebook's cell runs trials through a process that it only watches: the stop button can end
 * a cell that computes, never one that awaits. So the cell waits without awaiting, which leaves
 * nothing but files to talk through: the process writes `state.json`, the cell touches `alive`, and
 * when it no longer does, the process stops its trials.
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
const startMilliseconds = 60_000;

/**
 * Runs `deno run <script> <args> --watched <folder>` and waits for its end without awaiting, with
 * its progress shown.
 *
 * @returns The message it ended with.
 * @throws {Error} with that message where it failed, or where it died.
 */
export function runWatched(script: URL, args: readonly string[]): string {
  const folder = Deno.makeTempDirSync({ prefix: "hem-" });
  const touch = () => Deno.writeTextFileSync(join(folder, "alive"), "");
  touch();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", script.href, ...args, "--watched", folder],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  child.unref();
  // A timer fires only when the cell no longer computes: at once after the stop button.
  const onStopped = setTimeout(() => Deno.removeSync(join(folder, "alive")), 0);
  const startedAt = performance.now();
  let progress: Progress | undefined;
  let logged = 0;
  for (;;) {
    sleep(watchMilliseconds);
    touch();
    // Asked before the state is read, so that a last state is not missed.
    const isRunning = isTrialRunning(folder);
    const state = readState(folder);
    if (state) {
      if (state.total > 0) progress ??= startProgress(state.label, state.total);
      progress?.update(state.done, state.note);
      for (; logged < state.lines.length; logged++) log(state.lines[logged]!);
    }
    if (state?.end) {
      clearTimeout(onStopped);
      progress?.finish(state.end.message);
      Deno.removeSync(folder, { recursive: true });
      if (!state.end.ok) throw new Error(state.end.message);
      return state.end.message;
    }
    const isLate = performance.now() - startedAt > startMilliseconds;
    if (!isRunning && (state || isLate)) {
      clearTimeout(onStopped);
      throw new Error("The process that runs the trials has died; run the cell again to go on");
    }
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
  // Held until the process ends, however it ends.
  lockTrial(folder);
  const state: WatchedState = { label: "", total: 0, done: 0, note: "", lines: [] };
  const write = () => writeAtomically(join(folder, "state.json"), JSON.stringify(state));
  write();
  const stop = new AbortController();
  let writtenAt = 0;
  const writeNowAndThen = () => {
    if (performance.now() - writtenAt < watchMilliseconds) return;
    writtenAt = performance.now();
    write();
  };
  const timer = setInterval(() => {
    if (!isAlive(folder)) stop.abort();
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
      if (isAlive(folder)) write();
      else Deno.removeSync(folder, { recursive: true });
    },
  };
}

function isAlive(folder: string): boolean {
  try {
    const { mtime } = Deno.statSync(join(folder, "alive"));
    return Date.now() - mtime!.getTime() < stoppedAfterMilliseconds;
  } catch {
    return false;
  }
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
