/** `deno task report`: the whole workbook as one HTML page that needs no other file. */
import { join } from "node:path";
import { writeAtomically } from "../files/mod.ts";
import { report, shortPath } from "../reporting/mod.ts";
import { type Scale, scales } from "../trials/mod.ts";
import { type Command, command, Option, runCommand, userFolder, userPath } from "./command.ts";
import { microBatchOption, settingsOf } from "./figure_settings.ts";
import { storedFolder } from "./stored_folder.ts";
import { requireWritableFile } from "./writable.ts";

interface ReportFlags {
  scale?: Scale;
  microBatch?: number;
  data?: string;
  output?: string;
}

/** The command. */
export function reportCommand(): Command {
  return command("report", "Writes every figure, table and claim as one self-contained HTML page.")
    .addOption(
      new Option(
        "--scale <scale>",
        "one scale (default: each item at the best that has results of it)",
      )
        .choices(scales),
    )
    .addOption(microBatchOption())
    .option("--data <folder>", "the folder of results/ (default: HEM_DATA, else data)", userFolder)
    .option(
      "--output <file>",
      "where to write it (default: report.html in figures/, the data folder's where that is another one)",
      userPath,
    )
    .action(async ({ scale, microBatch, data, output }: ReportFlags) => {
      const settings = {
        ...settingsOf(storedFolder(data)),
        ...(scale !== undefined && { scale }),
        ...(microBatch && { microBatch }),
      };
      const path = output ?? join(settings.figures, "report.html");
      requireWritableFile(path, "--output");
      writeAtomically(path, await report(settings));
      console.log(`Written: ${shortPath(path)}. Open it in a browser, send it, or print it.`);
    });
}

if (import.meta.main) await runCommand(reportCommand());
