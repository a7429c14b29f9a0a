/** `deno task logs`: what trials have said while they ran. */
import { join, matchesGlob } from "node:path";
import { z } from "zod";
import { isFile, isThere } from "../files/mod.ts";
import { logFile } from "../reproduction/mod.ts";
import { dataFolder, openStore } from "../trials/mod.ts";
import {
  type Command,
  command,
  positiveInteger,
  runCommand,
  UsageError,
  userFolder,
} from "./command.ts";

interface LogFlags {
  follow?: true;
  lines?: number;
  json?: true;
  data?: string;
}

const MS_BETWEEN_LOOKS = 300;

/** The command. */
function logsCommand(): Command {
  return command("logs", "Print what trials have said while they ran.")
    .argument(
      "<trials...>",
      'ids, or globs over ids or over <data>/<method>/<loss>, such as "mnist/*/hem"',
    )
    .option(
      "-f, --follow",
      "go on with what is said from now on, also by trials that begin later, until Ctrl-C",
    )
    .option("-n, --lines <count>", "the last lines of each alone", positiveInteger)
    .option("--json", "as it is stored: one JSON object a line")
    .option("--data <folder>", "the folder of runs/ (default: HEM_DATA, else data)", userFolder)
    .action(async (globs: string[], { data: named, lines = Infinity, json, follow }: LogFlags) => {
      const data = dataFolder(named);
      const awaited = follow && whyNone(data, globs);
      // Beside the lines, which a program may read.
      if (awaited) console.error(`${awaited}. Waiting for it, until Ctrl-C.`);
      const logs = awaited ? findLogs(data, globs) : logsOf(data, globs);
      const tails = logs.map(({ id, path }) => new Tail(id, path));
      let shown = "";
      const print = (tail: Tail, entries: readonly string[]) => {
        if (entries.length === 0) return;
        if (tails.length > 1 && shown !== tail.id && !json) console.log(`==> ${tail.id} <==`);
        shown = tail.id;
        for (const entry of entries) console.log(json ? entry : describeEntry(entry));
      };
      for (const tail of tails) print(tail, tail.more().slice(-lines));
      while (follow) {
        await new Promise((resolve) => setTimeout(resolve, MS_BETWEEN_LOOKS));
        // Trials that have begun since.
        const ids = tails.map(({ id }) => id);
        const others = findLogs(data, globs).filter(({ id }) => !ids.includes(id));
        tails.push(...others.map(({ id, path }) => new Tail(id, path)));
        for (const tail of tails) print(tail, tail.more());
      }
    });
}

/**
 * The logs of the trials that globs name.
 *
 * @throws {UsageError} where one names none.
 */
export function logsOf(data: string, globs: readonly string[]): Log[] {
  const why = whyNone(data, globs);
  if (why !== undefined) throw new UsageError(why);
  return findLogs(data, globs);
}

/** Why one of some globs names no log; undefined where each names some. */
function whyNone(data: string, globs: readonly string[]): string | undefined {
  const glob = globs.find((one) => findLogs(data, [one]).length === 0);
  if (glob === undefined) return undefined;
  const why = whatThereIs(findLogs(data, ["*"]).map(({ id }) => id), glob);
  return `No trial called "${glob}" has a log in ${join(data, "runs")}: ${why}. ` +
    "`deno task reproduce --list` prints the trials of a plan";
}

interface Log {
  id: string;
  path: string;
}

function findLogs(data: string, globs: readonly string[]): Log[] {
  const store = openStore({ data });
  const runs = join(data, "runs");
  const ids = isThere(runs) ? Array.from(Deno.readDirSync(runs), ({ name }) => name).sort() : [];
  const withLogs = ids.filter((id) => isFile(logFile(store, id)));
  const named = globs.flatMap((glob) =>
    withLogs.filter((id) => id === glob || matchesGlob(id, patternOf(glob)))
  );
  return [...new Set(named)].map((id) => ({ id, path: logFile(store, id) }));
}

/** <data>/<method>/<loss> is how an id begins. */
function patternOf(glob: string): string {
  return glob.includes("/") ? `${glob.replaceAll("/", "-")}-*` : glob;
}

function whatThereIs(ids: readonly string[], glob: string): string {
  if (ids.length === 0) return "none has run there (a trial's log stays where the trial ran)";
  const trial = glob.replace(/@[^@/]*$/, "");
  if (trial !== glob && ids.some((id) => matchesGlob(id, patternOf(trial)))) {
    return `a stage's variant speaks in its trial's log, which "${trial}" names`;
  }
  const begin = ids.filter((id) => id.startsWith(patternOf(glob).replace(/-?\*$/, "")));
  if (glob !== "" && begin.length > 0) {
    return `"${begin[0]}" begins so; "${glob}*" names all that do`;
  }
  return `${ids.length} have one, such as ${ids[0]}`;
}

/** A file that grows. */
class Tail {
  #read = 0;
  #rest = "";

  constructor(readonly id: string, readonly path: string) {}

  /** The whole lines that have come since. */
  more(): string[] {
    // `gc` may have removed it.
    if (!isFile(this.path)) return [];
    using file = Deno.openSync(this.path);
    const { size } = file.statSync();
    // Written anew.
    if (size < this.#read) [this.#read, this.#rest] = [0, ""];
    file.seekSync(this.#read, Deno.SeekMode.Start);
    const bytes = new Uint8Array(size - this.#read);
    for (let at = 0; at < bytes.length;) at += file.readSync(bytes.subarray(at)) ?? Infinity;
    this.#read = size;
    const lines = (this.#rest + new TextDecoder().decode(bytes)).split("\n");
    this.#rest = lines.pop()!;
    return lines.filter((line) => line !== "");
  }
}

const entrySchema = z.looseObject({ time: z.string(), pid: z.number(), event: z.string() });

/** An entry as a line for people: the local time, the process, what happened. */
function describeEntry(line: string): string {
  let entry: z.infer<typeof entrySchema>;
  try {
    entry = entrySchema.parse(JSON.parse(line));
  } catch {
    return line;
  }
  const { time, pid, event, ...more } = entry;
  const what = Object.entries(more)
    .filter(([, value]) => value !== null)
    .map(([name, value]) =>
      ["text", "message", "stage"].includes(name) ? value : `${name} ${value}`
    );
  return [new Date(time).toLocaleString("sv"), `[${pid}]`, event, ...what].join(" ");
}

if (import.meta.main) await runCommand(logsCommand());
