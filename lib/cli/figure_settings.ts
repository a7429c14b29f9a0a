import { join } from "node:path";
import { projectFolder, readSettings, type Settings } from "../reporting/mod.ts";
import { Option, positiveInteger } from "./command.ts";

const ownFigures = join(projectFolder, "figures");

/** Whether a data folder is the project's own, whose results its README, figures/ and notebooks show. */
export function isOwnData(data: string): boolean {
  return data === join(projectFolder, "data");
}

/** Whether what is drawn are the project's own figures, of its own results: those that README tells of. */
export function areOwnFigures({ data, figures }: Settings): boolean {
  return isOwnData(data) && figures === ownFigures;
}

/** What `readSettings()` gives, for a data folder: figures of another one than the project's go into it, unless HEM_FIGURES is set. */
export function settingsOf(data: string): Settings {
  const figures = isOwnData(data) || Deno.env.get("HEM_FIGURES")
    ? {}
    : { figures: join(data, "figures") };
  return { ...readSettings(), data, ...figures };
}

/** The flag that shows trials in parts of batches. */
export function microBatchOption(): Option {
  return new Option(
    "--micro-batch <images>",
    "show the trials of reproduce --micro-batch, of conditions that have any (default: HEM_MICRO_BATCH, else none)",
  ).argParser(positiveInteger);
}
