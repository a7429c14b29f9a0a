/** `deno task data`: which data sets are on this machine; downloads and checks those that are named. */
import {
  DamagedDataError,
  type DataSource,
  dataSource,
  dataSources,
  DownloadError,
  downloadSource,
  MissingDataError,
  setState,
  type SourceState,
} from "../datasets/mod.ts";
import { dataFolder } from "../trials/mod.ts";
import { alignColumns } from "./columns.ts";
import { exitCodeOf, onEnding } from "../runtime/mod.ts";
import { type Command, command, exitCodes, runCommand, userFolder } from "./command.ts";
import { bytes as size } from "./quantities.ts";

interface DataFlags {
  data?: string;
  verify?: true;
  json?: true;
}

/** What there is of a data set. */
export interface DataStatus {
  name: string;
  title: string;
  /**
   * "installed": not in raw/, but where a package brings it. "partial": its test images, all or the first of them, or its
   * training images alone.
   */
  state: SourceState["state"] | "installed";
  /** Bytes of its files on this machine. */
  bytes: number;
  /** Bytes of the official files; absent where they are not all known. */
  officialBytes?: number;
  licence: string;
  address: string;
  /** In which form it was found, where, and what was compared. */
  form?: SourceState["form"];
  found?: string;
  checked?: string;
  /** All of that in words, with what is wrong or lacking, or how it is had where it cannot be downloaded. */
  note?: string;
}

/** The command. */
export function dataCommand(): Command {
  const program = command(
    "data",
    "Which data sets are on this machine, where they come from, under which licence. Downloads nothing unless asked to.",
  );
  const place = "the folder that holds raw/ (default: HEM_DATA, else data)";
  program.command("list", { isDefault: true })
    .description(
      "list every data set: present, partial, missing or damaged, and what was found of it",
    )
    .option("--verify", "compare hashes too, which reads every file")
    .option("--json", "print JSON")
    .option("--data <folder>", place, userFolder)
    .allowExcessArguments(false)
    .action(async ({ data, verify, json }: DataFlags) => {
      const all = await statusOf(dataSources, { data: dataFolder(data), verify: verify === true });
      console.log(json ? JSON.stringify(all, null, 2) : describe(all));
    });
  program.command("download <names...>")
    .description("download the data sets named, check them by their hashes, resume what was cut")
    .option("--data <folder>", place, userFolder)
    .action(async (names: string[], { data }: DataFlags) => {
      await downloadAll(names.map(dataSource), dataFolder(data));
    });
  program.command("verify [names...]")
    .description("compare the hashes of the data sets named, or of all that are there")
    .option("--data <folder>", place, userFolder)
    .action(async (names: string[], { data }: DataFlags) => {
      const sources = names.length > 0 ? names.map(dataSource) : dataSources;
      const all = await statusOf(sources, { data: dataFolder(data), verify: true });
      const there = all.filter(({ state }) => names.length > 0 || state !== "missing");
      console.log(describe(there));
      if (there.some(({ state }) => state === "damaged")) Deno.exitCode = exitCodes.failed;
      else if (there.some(({ state }) => state === "missing")) {
        Deno.exitCode = exitCodes.missingData;
      }
    });
  return program;
}

/** What is there of some data sets. */
export async function statusOf(
  sources: readonly DataSource[],
  { data, verify }: { data: string; verify: boolean },
): Promise<DataStatus[]> {
  const all: DataStatus[] = [];
  for (const source of sources) {
    const there = await setState(source, { data, verify });
    const { state, bytes, form, found, checked, installed } = there;
    const { name, title, licence, address, files } = source;
    const lengths = files.map((file) => file.bytes);
    const known = lengths.filter((length) => length !== undefined);
    const note = noteOf(source, there);
    all.push({
      name,
      title,
      state: state === "present" && installed ? "installed" : state,
      bytes,
      ...(known.length > 0 && known.length === files.length && { officialBytes: sum(known) }),
      licence,
      address,
      ...(form && { form }),
      ...(found && { found }),
      ...(checked && { checked }),
      ...(note !== "" && { note }),
    });
  }
  return all;
}

/** What was found of a set, what was compared, and what is wrong or lacking. */
function noteOf({ registration }: DataSource, there: SourceState): string {
  const { state, form, found, checked, reason, train, testImages } = there;
  const parts: string[] = [];
  if (form && found) parts.push(`${form}: ${found}${checked ? ` (compared: ${checked})` : ""}`);
  if (state === "partial" && train === false && testImages === undefined) {
    parts.push("its test images are there, which is all that unknown classes take");
  }
  if (state === "partial" && testImages === 0) parts.push("its training images alone are there");
  if (reason !== undefined) parts.push(reason);
  else if (state === "missing" && registration) parts.push("needs your own registration");
  return parts.join("; ");
}

async function downloadAll(sources: readonly DataSource[], data: string): Promise<void> {
  const stop = new AbortController();
  let code: number = exitCodes.failed;
  using _ = onEnding((signal) => {
    code = exitCodeOf(signal);
    stop.abort(new DOMException("stopped", "AbortError"));
  });
  const failures: string[] = [];
  try {
    for (const source of sources) {
      const failure = await tryDownload(source, { data, signal: stop.signal });
      if (failure !== undefined) failures.push(failure);
    }
    if (failures.length > 0) throw new DownloadError(failures.join("\n"));
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    console.log("Stopped. Give the same command again to go on from what has come.");
    Deno.exitCode = code;
  }
}

/** Downloads a set, or returns why it cannot be had: the others are fetched all the same. */
async function tryDownload(
  source: DataSource,
  options: { data: string; signal: AbortSignal },
): Promise<string | undefined> {
  try {
    const paths = await downloadSource(source, options);
    console.log(`${source.title} (${source.licence}): ${paths.join(", ")}`);
    return undefined;
  } catch (error) {
    const ofThisSet = [DownloadError, MissingDataError, DamagedDataError];
    if (!ofThisSet.some((kind) => error instanceof kind)) throw error;
    return (error as Error).message;
  }
}

function describe(all: readonly DataStatus[]): string {
  const header = ["name", "state", "here", "official", "licence", "from", ""];
  const rows = all.map(({ name, state, bytes, officialBytes, licence, address, note = "" }) => [
    name,
    state,
    bytes === 0 ? "–" : size(bytes),
    officialBytes === undefined ? "?" : size(officialBytes),
    licence,
    address,
    note,
  ]);
  return alignColumns([header, ...rows]);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

if (import.meta.main) await runCommand(dataCommand());
