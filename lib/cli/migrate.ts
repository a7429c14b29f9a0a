/** `deno task migrate`: brings stored results of an earlier form into the present one, with nothing run again. */
import { migrateResults } from "../trials/mod.ts";
import { type Command, command, runCommand, userFolder } from "./command.ts";
import { storedFolder } from "./stored_folder.ts";

/** The command. */
export function migrateCommand(): Command {
  return command(
    "migrate",
    "Bring stored results of an earlier form into the present one; nothing is run again, nothing is lost.",
  )
    .option(
      "--data <folder>",
      "the folder of results/ and runs/ (default: HEM_DATA, else data)",
      userFolder,
    )
    .action(({ data }: { data?: string }) => {
      const folder = storedFolder(data);
      const { records, trials, rowsBefore, rowsAfter, histograms, runs, already, unread } =
        migrateResults(folder);
      console.log(
        `${folder}: ${records} results of ${trials} trials brought into the present form ` +
          `(${rowsBefore} rows and ${histograms} histograms kept, ${
            rowsAfter - rowsBefore
          } rows more ` +
          `for epochs that had a list of their own); ${runs} folders of weights renamed; ` +
          `${already} results were in it.`,
      );
      for (const { path, reason } of unread) console.error(`Left as it is: ${path} (${reason})`);
      if (unread.length > 0) Deno.exitCode = 1;
    });
}

if (import.meta.main) await runCommand(migrateCommand());
