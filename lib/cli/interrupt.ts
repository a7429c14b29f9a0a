/** What Ctrl-C does while trials run: the first asks them to stop, the second kills them. */
import { log } from "../progress/mod.ts";

/** Signals for a run, and how to take the handlers away again. */
export interface Interrupt extends Disposable {
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
}

/** Takes over Ctrl-C and SIGTERM until it is disposed of. */
export function takeInterrupts(): Interrupt {
  const stop = new AbortController();
  const kill = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) {
      log("Killing the trials.");
      kill.abort();
      return;
    }
    log("Stopping: each trial ends its step and writes a checkpoint (Ctrl-C again kills them).");
    stop.abort();
  };
  const signals: Deno.Signal[] = ["SIGINT", "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, onSignal);
  return {
    stop: stop.signal,
    kill: kill.signal,
    [Symbol.dispose]() {
      for (const signal of signals) Deno.removeSignalListener(signal, onSignal);
    },
  };
}
