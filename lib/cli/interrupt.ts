/** What Ctrl-C does while something is trained: the first asks it to stop, the second kills it. */
import { log } from "../progress/mod.ts";
import { type EndingSignal, exitCodeOf, onEnding } from "../runtime/mod.ts";

/** Signals for a run, and how to take the handlers away again. */
export interface Interrupt extends Disposable {
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
  /** That of the signal that asked for the end; undefined where none has. */
  readonly exitCode: number | undefined;
}

// One Ctrl-C comes twice under `deno task`: from the terminal, and passed on by the task's runner.
const sameMilliseconds = 1000;

/**
 * Takes over Ctrl-C, SIGTERM and the closing of the terminal until it is disposed of.
 *
 * @param what How the user is told what is stopped, or killed
 */
export function takeInterrupts(what: string): Interrupt {
  const stop = new AbortController();
  const kill = new AbortController();
  let stoppedAt = 0;
  let exitCode: number | undefined;
  const onSignal = (signal: EndingSignal) => {
    if (stop.signal.aborted) {
      if (performance.now() - stoppedAt < sameMilliseconds) return;
      log(`Killing ${what}.`);
      kill.abort();
      return;
    }
    log(`Stopping ${what}: a step is ended and what can be resumed is kept (Ctrl-C again kills).`);
    stoppedAt = performance.now();
    exitCode = exitCodeOf(signal);
    stop.abort();
  };
  const listening = onEnding(onSignal);
  return {
    stop: stop.signal,
    kill: kill.signal,
    get exitCode() {
      return exitCode;
    },
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  };
}
