/**
 * The stop button of a notebook, as `lib/jupyter/kernel.py` hands it on: a byte in a file that both processes have open.
 * Outside of a kernel that it started everything here does nothing.
 */

/** Somebody pressed the stop button. */
export class StoppedError extends Error {
  override name = "StoppedError";
}

// The bytes of the file, as in lib/jupyter/kernel.py.
const [WANTED, TURNS, FORCED] = [0, 1, 2] as const;

// A person does not notice so short a wait, nor a computation so few questions.
const MS_BETWEEN_LOOKS = 100;
// After as long nobody who could end has seen it.
const MS_UNTIL_GIVEN_UP = 2000;

const file = openShared();
const bytes = new Uint8Array(3);
let lookedAt = -Infinity;
let forced = 0;
// From a stop to the next turn of the event loop.
let isBeingStopped = false;
let wantedSince: number | undefined;
const waiting = new Set<AbortController>();
const whenForced = new Set<() => void>();

function openShared(): Deno.FsFile | undefined {
  try {
    const path = Deno.env.get("HEM_STOP_FILE");
    // Its children inherit the variable, and are no notebooks.
    if (!path || typeof Deno.jupyter.broadcast !== "function") return undefined;
    return Deno.openSync(path, { read: true, write: true });
  } catch {
    return undefined;
  }
}

function read(): Uint8Array {
  file!.seekSync(0, Deno.SeekMode.Start);
  file!.readSync(bytes);
  if (bytes[FORCED] !== forced) {
    forced = bytes[FORCED]!;
    for (const action of whenForced) action();
  }
  return bytes;
}

function write(place: number, value: number) {
  file!.seekSync(place, Deno.SeekMode.Start);
  file!.writeSync(Uint8Array.of(value));
}

/**
 * To be called again and again in long work: ends it where the stop button was pressed.
 *
 * @throws {StoppedError} once for each press; again where something else goes on that does not let the event loop turn, such
 *   as another of the promises that the cell awaits, since the cell would not be over until that has ended
 */
export function throwIfStopped(): void {
  if (!file) return;
  const now = performance.now();
  if (now - lookedAt < MS_BETWEEN_LOOKS) return;
  lookedAt = now;
  if (read()[WANTED] === 0 && !isBeingStopped) return;
  // Who goes on all the same, as a loop that catches every error, is ended by force.
  write(WANTED, isBeingStopped ? 1 : 0);
  if (!isBeingStopped) {
    isBeingStopped = true;
    setTimeout(() => {
      isBeingStopped = false;
      write(WANTED, 0);
    });
  }
  throw new StoppedError("Stopped by the stop button");
}

/**
 * A signal for long waits, aborted with a {@linkcode StoppedError} when the stop button is pressed, or as `signal` is.
 * Dispose of it.
 */
export function stopSignal(signal?: AbortSignal): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  waiting.add(controller);
  return {
    signal: signal ? AbortSignal.any([signal, controller.signal]) : controller.signal,
    [Symbol.dispose]: () => void waiting.delete(controller),
  };
}

/** Calls `action` before anything else when a cell was ended in the middle of what it computed. */
export function onForcedStop(action: () => void): void {
  whenForced.add(action);
}

/** What a cell that awaits does now and then: its turn of the event loop is noted, and whoever waits is told to stop. */
function look() {
  read();
  write(TURNS, bytes[TURNS]! + 1);
  if (bytes[WANTED] === 0) {
    wantedSince = undefined;
    return;
  }
  if (waiting.size > 0) {
    write(WANTED, 0);
    const reason = new StoppedError("Stopped by the stop button");
    for (const controller of waiting) controller.abort(reason);
    waiting.clear();
    return;
  }
  wantedSince ??= performance.now();
  if (performance.now() - wantedSince < MS_UNTIL_GIVEN_UP) return;
  wantedSince = undefined;
  write(WANTED, 0);
  console.log(
    "This cell awaits something that the stop button cannot end, and goes on until that has come. To end it, restart " +
      "the kernel (menu Kernel, Restart): results that are stored stay.",
  );
}

if (file) Deno.unrefTimer(setInterval(look, MS_BETWEEN_LOOKS));
