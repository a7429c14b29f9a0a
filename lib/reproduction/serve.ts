import { isDiskFull } from "../files/mod.ts";
import { onEnding } from "../runtime/mod.ts";
import type { RunTrial } from "../stages/mod.ts";
import { parseStages, parseTrial, type PlannedTrial, TrialBusyError } from "../trials/mod.ts";
import type { ChildEvent } from "./child.ts";

/** Exit codes of a child: what shells use for a failure, "try later" (sysexits.h) and SIGINT. */
const exitCodes = { done: 0, failed: 1, busy: 75, stopped: 130 };

// More progress events a second than anyone can see would only cost time.
const progressMilliseconds = 200;

/**
 * The child's side of the process protocol: takes a trial and its stages from the first line of standard input,
 * runs it with what `load` brings, tells its events on standard output, and returns the exit code. A signal that asks for the
 * end and the end of standard input stop it.
 */
export async function serveTrial(
  load: (planned: PlannedTrial) => Promise<RunTrial>,
  options: { data: string },
): Promise<number> {
  const stop = new AbortController();
  using _ = onEnding(() => stop.abort());
  try {
    const { trial, stages, again } = JSON.parse(await readTrialLine(stop));
    const planned = { trial: parseTrial(trial), stages: parseStages(stages) };
    if (stop.signal.aborted) return exitCodes.stopped;
    const runTrial = await load(planned);
    const end = await runTrial(planned, {
      data: options.data,
      ...(typeof again === "string" && { again }),
      signal: stop.signal,
      onProgress: throttled((done, total, note) => emit({ event: "progress", done, total, note })),
      onStage: (stage) => emit({ event: "stage", stage }),
      onNote: (message) => emit({ event: "note", message }),
    });
    if (end === "done") emit({ event: "done" });
    return exitCodes[end];
  } catch (error) {
    if (error instanceof TrialBusyError) {
      emit({ event: "busy", ...(error.holder !== undefined && { holder: error.holder }) });
      return exitCodes.busy;
    }
    // The stack goes to the trial's log.
    console.error(error);
    // A full disk holds no checkpoint of the stop.
    if (stop.signal.aborted && !isDiskFull(error)) return exitCodes.stopped;
    const message = error instanceof Error ? error.message : String(error);
    emit({ event: "failed", message, ...(isDiskFull(error) && { diskFull: true }) });
    return exitCodes.failed;
  }
}

/** The first line of standard input; what follows is only waited for, until its end asks for a stop. */
async function readTrialLine(stop: AbortController): Promise<string> {
  const reader = Deno.stdin.readable.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  const drain = async () => {
    while (!(await reader.read()).done);
    stop.abort();
  };
  if (text.includes("\n")) drain().catch(() => stop.abort());
  return text;
}

function emit(event: ChildEvent): void {
  const bytes = new TextEncoder().encode(JSON.stringify(event) + "\n");
  try {
    for (let at = 0; at < bytes.length;) {
      at += Deno.stdout.writeSync(bytes.subarray(at));
    }
  } catch (error) {
    // Whoever listened has died; the end of standard input asks for the stop.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

function throttled(
  report: (done: number, total: number, note: string) => void,
): (done: number, total: number, note: string) => void {
  let last = -Infinity;
  return (done, total, note) => {
    const now = performance.now();
    if (done < total && now - last < progressMilliseconds) return;
    last = now;
    report(done, total, note);
  };
}
