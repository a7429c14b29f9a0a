import { join } from "node:path";
import { z } from "zod";
import { isDiskFull } from "../files/mod.ts";
import type { Store } from "../trials/mod.ts";
import type { Task } from "./queue.ts";

/** What a child tells on its standard output, one JSON line each. */
export type ChildEvent =
  | { event: "progress"; done: number; total: number; note: string }
  | { event: "stage"; stage: string }
  | { event: "note"; message: string }
  /** Another process runs it; `holder` says which, where that is known. */
  | { event: "busy"; holder?: string }
  | { event: "done" }
  | { event: "failed"; message: string; diskFull?: boolean };

const eventSchema: z.ZodType<ChildEvent> = z.discriminatedUnion("event", [
  z.object({
    event: z.literal("progress"),
    done: z.number(),
    total: z.number(),
    note: z.string(),
  }),
  z.object({ event: z.literal("stage"), stage: z.string() }),
  z.object({ event: z.literal("note"), message: z.string() }),
  z.object({ event: z.literal("busy"), holder: z.exactOptional(z.string()) }),
  z.object({ event: z.literal("done") }),
  z.object({
    event: z.literal("failed"),
    message: z.string(),
    diskFull: z.exactOptional(z.boolean()),
  }),
]);

/** How a child ended. */
export type ChildEnd =
  | { end: "done" }
  | { end: "busy" }
  | { end: "stopped" }
  | { end: "failed"; message: string }
  /** Nothing more can be written: no trial can go on. */
  | { end: "disk_full"; message: string };

/** What `runChild()` takes. */
export interface ChildOptions {
  store: Store;
  /** The program that runs one trial: `lib/cli/run_trial.ts`, or another in tests. */
  script: URL;
  /** The GPU that the child alone may see; undefined leaves the choice to TensorFlow. */
  gpu: string | undefined;
  /** Asks the child to stop at its next step and write a checkpoint. */
  stop: AbortSignal;
  /** Kills the child at once. */
  kill: AbortSignal;
  onEvent: (event: ChildEvent) => void;
}

/** The log of a trial: the events of every run of it, and what it wrote on standard error. */
export function logFile(store: Store, id: string): string {
  return join(store.runFolder(id), "log.jsonl");
}

/**
 * Runs one trial in a process of its own and waits for its end. The trial and its stages go in as the first line
 * of its standard input, which stays open: should this process die, the child sees it closed and
 * stops at its next step.
 */
export async function runChild(
  task: Task,
  options: ChildOptions,
): Promise<ChildEnd> {
  const { store, script, gpu, stop, kill, onEvent } = options;
  const log = openLog(store, task.id);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", script.href, "--data", store.data],
    env: {
      HEM_THREADS: String(task.trial.recipe.threads),
      ...(gpu === undefined ? {} : { CUDA_VISIBLE_DEVICES: gpu }),
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let diskFull: string | undefined;
  const record = (entry: object) => {
    try {
      log(child.pid, entry);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      diskFull ??= (error as Error).message;
      // It will not be able to store anything either.
      onStop();
    }
  };

  const stdin = child.stdin.getWriter();
  const onStop = () => {
    signalChild(child, "SIGTERM");
    stdin.close().catch(() => {});
  };
  const onKill = () => signalChild(child, "SIGKILL");
  stop.addEventListener("abort", onStop);
  kill.addEventListener("abort", onKill);
  // A child that dies at its start closes the pipe; its exit status says so better than this write.
  stdin.write(
    new TextEncoder().encode(
      JSON.stringify({ trial: task.trial, stages: task.stages, again: task.again }) + "\n",
    ),
  )
    .catch(() => {});
  record({ event: "start" });
  if (stop.aborted) onStop();

  let last: ChildEvent | undefined;
  let lastWords = "";
  await Promise.all([
    forEachLine(child.stdout, (line) => {
      const event = parseEvent(line);
      if (!event) return record({ event: "output", text: line });
      if (event.event !== "progress") record(event);
      last = event;
      onEvent(event);
    }),
    forEachLine(child.stderr, (line) => {
      record({ event: "stderr", text: line });
      if (line.trim()) lastWords = line.trim();
    }),
  ]);
  const status = await child.status;
  stop.removeEventListener("abort", onStop);
  kill.removeEventListener("abort", onKill);
  stdin.close().catch(() => {});
  record({ event: "exit", code: status.code, signal: status.signal });

  if (diskFull !== undefined) return { end: "disk_full", message: diskFull };
  if (last?.event === "failed") {
    return { end: last.diskFull ? "disk_full" : "failed", message: last.message };
  }
  if (last?.event === "done" && status.success) return { end: "done" };
  if (last?.event === "busy") return { end: "busy" };
  if (stop.aborted || kill.aborted) return { end: "stopped" };
  const how = status.signal ? `was killed by ${status.signal}` : `ended with code ${status.code}`;
  return {
    end: "failed",
    message: `the process ${how}${lastWords && `: ${lastWords}`}`,
  };
}

function parseEvent(line: string): ChildEvent | undefined {
  try {
    return eventSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function openLog(store: Store, id: string): (pid: number, entry: object) => void {
  const path = logFile(store, id);
  return (pid, entry) => {
    // Here, since a disk may be too full for a folder too.
    Deno.mkdirSync(store.runFolder(id), { recursive: true });
    const line = JSON.stringify({ time: new Date().toISOString(), pid, ...entry });
    Deno.writeTextFileSync(path, line + "\n", { append: true });
  };
}

function signalChild(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended already.
  }
}

async function forEachLine(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop()!;
    lines.forEach(onLine);
  }
  if (rest) onLine(rest);
}
