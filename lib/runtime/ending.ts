import { isNotebook, log } from "../progress/mod.ts";

// What ends a program from outside: Ctrl-C, a request, and the closing of its terminal. 128 + number is a shell's code.
const NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** A signal that asks for the end of a program. */
export type EndingSignal = keyof typeof NUMBERS;

/** The exit code of a program that a signal has ended. */
export function exitCodeOf(signal: EndingSignal): number {
  return 128 + NUMBERS[signal];
}

let taskWatch: Worker | undefined;
let listening = 0;

/** Calls `action` when a signal asks for the end of this program, instead of its end; until it is disposed of. */
export function onEnding(action: (signal: EndingSignal) => void): Disposable {
  // A notebook's kernel is Jupyter's to end.
  if (isNotebook()) return { [Symbol.dispose]: () => {} };
  const signals = (Object.keys(NUMBERS) as EndingSignal[])
    .filter((signal) => signal !== "SIGHUP" || !ignoresHangup());
  const listeners = signals.map((signal) =>
    [signal, () => {
      // A second signal would mean another thing.
      taskWatch?.terminate();
      action(signal);
    }] as const
  );
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  listening++;
  return {
    [Symbol.dispose]() {
      listening--;
      for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
    },
  };
}

/** Says a line where Ctrl-C in a terminal ends this program, unless {@linkcode onEnding} has another meaning for it; until disposed of. */
export function sayAtInterrupt(words: string): Disposable {
  const listener = () => {
    if (listening > 0) return;
    log(words);
    Deno.exit(exitCodeOf("SIGINT"));
  };
  const isShown = Deno.stderr.isTerminal();
  if (isShown) Deno.addSignalListener("SIGINT", listener);
  return { [Symbol.dispose]: () => isShown && Deno.removeSignalListener("SIGINT", listener) };
}

/**
 * From now on this program ends as by a SIGTERM when the `deno task` that runs it is killed, which can tell nobody; until it is
 * disposed of. It does nothing for a program that no task runs: that may be meant to outlive its shell.
 */
export function endWithTask(): Disposable {
  if (Deno.env.get("INIT_CWD") && Deno.build.os !== "windows") {
    const url = new URL("task_watch.ts", import.meta.url);
    taskWatch = new Worker(url, { type: "module", name: String(Deno.ppid) });
  }
  return { [Symbol.dispose]: () => taskWatch?.terminate() };
}

/** Whether this program was started to outlive its terminal (`nohup`). */
function ignoresHangup(): boolean {
  try {
    // A mask of signals in hexadecimal digits; the lowest bit is SIGHUP's.
    const mask = Deno.readTextFileSync("/proc/self/status").match(/^SigIgn:\s*(\w+)/m)?.[1];
    return mask !== undefined && parseInt(mask.at(-1)!, 16) % 2 === 1;
  } catch {
    return !Deno.stdin.isTerminal() && !Deno.stderr.isTerminal();
  }
}

/**
 * Waits for a child. A signal that asks for the end of this program is handed to the child as a request to end, and when
 * it has, this program ends as well.
 *
 * @param options.keepInterrupt Whether Ctrl-C in a terminal, which reaches the child by itself, is the child's to understand
 */
export async function endWith(
  child: Deno.ChildProcess,
  { keepInterrupt = false }: { keepInterrupt?: boolean } = {},
): Promise<Deno.CommandStatus> {
  let asked: EndingSignal | undefined;
  using _ = onEnding((signal) => {
    if (signal === "SIGINT" && keepInterrupt && Deno.stdin.isTerminal()) return;
    asked = signal;
    kill(child, "SIGTERM");
  });
  const status = await child.status;
  if (asked) Deno.exit(exitCodeOf(asked));
  return status;
}

const running = new Set<Deno.ChildProcess>();

/** The output of a child that is killed, with its group of processes, where this program is ended under {@linkcode cleaningUp}. */
export async function outputOf(child: Deno.ChildProcess): Promise<Deno.CommandOutput> {
  running.add(child);
  try {
    return await child.output();
  } finally {
    running.delete(child);
  }
}

/** Runs `action`. Where a signal ends this program meanwhile, its children are killed and `clean` is called before. */
export async function cleaningUp<T>(clean: () => void, action: () => Promise<T>): Promise<T> {
  using _ = onEnding((signal) => {
    for (const child of running) killGroup(child);
    insist(clean);
    Deno.exit(exitCodeOf(signal));
  });
  return await action();
}

const MS_TO_INSIST = 2000;
const TIMES_TO_MISS = 3;

/** Children that are killed write, and remove, until they have gone. */
function insist(clean: () => void) {
  const end = performance.now() + MS_TO_INSIST;
  for (let missed = 0;;) {
    try {
      return clean();
    } catch (error) {
      // Once, it may be a file that a child has removed just now.
      if (error instanceof Deno.errors.NotFound && ++missed === TIMES_TO_MISS) return;
      if (performance.now() > end) return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
}

function killGroup(child: Deno.ChildProcess) {
  try {
    Deno.kill(-child.pid, "SIGKILL");
  } catch {
    // It leads none.
    kill(child, "SIGKILL");
  }
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal) {
  try {
    child.kill(signal);
  } catch {
    // It has ended already.
  }
}
