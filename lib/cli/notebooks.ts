/** `deno task notebooks`: executes the notebooks without a window and stores them with their outputs. */
import { basename, join } from "node:path";
import { ensureJupyter, executeNotebook, missingOutputs } from "../jupyter/mod.ts";
import { log } from "../progress/mod.ts";
import { projectFolder } from "../reporting/mod.ts";
import { noTrials } from "../reproduction/mod.ts";
import { type Scale, scales } from "../trials/mod.ts";
import { type Command, command, Option, runCommand, UsageError, userFolder } from "./command.ts";
import { isOwnData, microBatchOption, settingsOf } from "./figure_settings.ts";
import { storedFolder } from "./stored_folder.ts";
import { requireWritableFolder } from "./writable.ts";

/** What `notebooks` is told: the data folder whose results are shown, which of them, and where what is executed is stored. */
export interface NotebookFlags {
  output?: string | undefined;
  scale?: Scale | undefined;
  microBatch?: number | undefined;
  data?: string | undefined;
}

/** The command. */
export function notebooksCommand(): Command {
  return command("notebooks", "Executes the notebooks and stores them with their outputs.")
    .argument("[names...]", "notebooks, such as 02_losses (default: all)")
    .addOption(
      new Option(
        "--scale <scale>",
        "HEM_SCALE for the notebooks (default: of each figure the best " +
          "that has results of it)",
      ).choices(scales),
    )
    .addOption(microBatchOption())
    .option(
      "--output <folder>",
      "where they are stored (default: each in its own place; of another data folder than data, its notebooks/)",
      userFolder,
    )
    .option(
      "--data <folder>",
      "the folder of results/ (default: HEM_DATA, else data); figures of another one than data go to its figures/ (or HEM_FIGURES)",
      userFolder,
    )
    .action(async (names: string[], flags: NotebookFlags) => {
      const paths = notebookPaths(names);
      const options = executionOf(flags);
      if (options.output !== undefined) {
        requireWritableFolder(options.output, flags.output === undefined ? "--data" : "--output");
      }
      requireWritableFolder(settingsOf(storedFolder(flags.data)).figures, "HEM_FIGURES");
      await executeAll(paths, options);
    });
}

// A notebook's kernel draws with one thread, and takes some 300 MB with TensorFlow.
const SIDE_BY_SIDE = Math.min(4, navigator.hardwareConcurrency);

/** How notebooks are executed. */
export interface ExecuteAllOptions {
  /** Variables for their kernels. */
  env?: Readonly<Record<string, string>>;
  /** The folder that they are stored in; by default each takes the place of what was executed. */
  output?: string | undefined;
}

/** How notebooks show the results of a data folder: those of another one than the project's leave its notebooks and figures alone. */
export function executionOf(
  { data: named, scale, microBatch, output }: NotebookFlags,
): ExecuteAllOptions {
  const { data, figures } = settingsOf(storedFolder(named));
  return {
    env: {
      HEM_DATA: data,
      HEM_FIGURES: figures,
      ...(scale && { HEM_SCALE: scale }),
      ...(microBatch && { HEM_MICRO_BATCH: String(microBatch) }),
    },
    output: output ?? (isOwnData(data) ? undefined : join(data, "notebooks")),
  };
}

/**
 * Executes notebooks, some side by side; then checks that every cell that should show something does.
 *
 * @throws {Error} where a cell fails, or lost its output; the others are executed all the same.
 */
export async function executeAll(
  paths: readonly string[],
  { env = {}, output }: ExecuteAllOptions = {},
): Promise<void> {
  if (output !== undefined) await Deno.mkdir(output, { recursive: true });
  // Set up once, before several ask for it.
  await ensureJupyter();
  const lost: string[] = [];
  const failed: string[] = [];
  const queue = [...paths];
  const work = async () => {
    for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
      const executed = output === undefined ? path : join(output, basename(path));
      try {
        await executeNotebook(path, { env: { ...env, [noTrials]: "1" }, output: executed });
      } catch (error) {
        failed.push((error as Error).message);
        continue;
      }
      for (const { number, source } of await missingOutputs(executed)) {
        lost.push(`${basename(path)}, cell ${number}: ${source.trim().split("\n")[0]}`);
      }
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  if (failed.length > 0) {
    const count = `${failed.length} of ${paths.length} notebooks`;
    throw new Error(`${count} could not be executed:\n  ${failed.sort().join("\n  ")}`);
  }
  if (lost.length > 0) {
    throw new Error(`Cells without the output they should have:\n  ${lost.sort().join("\n  ")}`);
  }
  const where = output === undefined ? "" : `, stored in ${output}`;
  log(`Executed ${paths.length} notebooks${where}; every cell that should show something does.`);
}

/**
 * The notebooks of the project, or those named.
 *
 * @throws {UsageError} where a name is none of them.
 */
export function notebookPaths(names: readonly string[] = []): string[] {
  const folder = join(projectFolder, "notebooks");
  const all = Array.from(Deno.readDirSync(folder), ({ name }) => name)
    .filter((name) => name.endsWith(".ipynb")).sort();
  const wanted = names.map((name) => {
    const file = `${basename(name, ".ipynb")}.ipynb`;
    if (all.includes(file)) return file;
    throw new UsageError(`No notebook is called "${name}": there are ${all.join(", ")}`);
  });
  return (wanted.length > 0 ? wanted : all).map((name) => join(folder, name));
}

if (import.meta.main) await runCommand(notebooksCommand());
