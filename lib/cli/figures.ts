/** `deno task figures`: draws every figure and table from stored results, without Jupyter. */
import { join } from "node:path";
import type { ImageCorruptionList } from "../corruptions/mod.ts";
import { writeAtomically } from "../files/mod.ts";
import {
  catalogue,
  closing,
  corruptionLists,
  draw,
  drawings,
  type Entry,
  type Figure,
  folderOf,
  projectFolder,
  type Settings,
  shortPath,
  type Table,
  withResults,
  writeFigure,
  writeTable,
} from "../reporting/mod.ts";
import { startProgress } from "../progress/mod.ts";
import { type Scale, scales } from "../trials/mod.ts";
import { alignColumns } from "./columns.ts";
import { type Command, command, Option, runCommand, userFolder } from "./command.ts";
import { areOwnFigures, microBatchOption, settingsOf } from "./figure_settings.ts";
import { storedFolder } from "./stored_folder.ts";
import { requireWritableFolder } from "./writable.ts";

interface FigureFlags {
  scale?: Scale;
  data?: string;
  corruptions?: ImageCorruptionList;
  microBatch?: number;
}

/** The command. */
export function figuresCommand(): Command {
  return command("figures", "Draws every figure and table from stored results, without Jupyter.")
    .addOption(
      new Option(
        "--scale <scale>",
        "one scale (default: each that has results of what is drawn)",
      )
        .choices(scales),
    )
    .addOption(
      new Option(
        "--corruptions <list>",
        "over how many of the 19 corruptions of colour images Figure 2 has the mean (default: HEM_CORRUPTIONS, else 18 as the paper)",
      )
        .choices(corruptionLists),
    )
    .addOption(microBatchOption())
    .option(
      "--data <folder>",
      "the folder of results/ (default: HEM_DATA, else data); of another one than data, figures go to its " +
        "figures/ (or HEM_FIGURES) and README stays as it is",
      userFolder,
    )
    .action(async (flags: FigureFlags) => {
      const settings = {
        ...settingsOf(storedFolder(flags.data)),
        ...(flags.corruptions && { corruptions: flags.corruptions }),
        ...(flags.microBatch && { microBatch: flags.microBatch }),
      };
      requireWritableFolder(settings.figures, "HEM_FIGURES");
      const chosen = flags.scale ?? settings.scale;
      console.log(describeDrawn(await drawAll(settings, chosen === undefined ? [] : [chosen])));
      if (chosen === undefined) console.log(`\n${await drawClosing(settings)}`);
    });
}

/** A figure or table that was drawn. */
export interface Drawn {
  entry: Entry;
  item: Figure | Table;
  /** Where it was written, without ending. */
  path: string;
}

/**
 * Draws the catalogue: what is of no trials once, everything else at each scale that has results of it (at preview, with all
 * of it missing, where none has), and what stands at its best scale part by part once more. Where that is all of the project's
 * own figures of its own results, README says what they show.
 */
export async function drawAll(settings: Settings, only: readonly Scale[] = []): Promise<Drawn[]> {
  const drawn: Drawn[] = [];
  const progress = startProgress("Drawing", catalogue.length, { unit: "figures and tables" });
  try {
    for (const [i, entry] of catalogue.entries()) {
      const items = only.length > 0 && entry.needs.length > 0
        ? await Promise.all(only.map((scale) => draw(entry.name, { settings, scale })))
        : await drawings(entry, settings);
      for (const item of items) {
        if ("spec" in item) await writeFigure(item, settings.figures);
        else writeTable(item, settings.figures);
        const path = shortPath(`${folderOf(item, settings.figures)}/${item.name}`);
        drawn.push({ entry, item, path });
      }
      progress.update(i + 1, entry.name);
    }
  } finally {
    progress.finish();
  }
  // What README says of the results is of whole batches, with which its commands train.
  if (only.length === 0 && areOwnFigures(settings) && settings.microBatch === undefined) {
    const readme = join(projectFolder, "README.md");
    const text = Deno.readTextFileSync(readme);
    const made = withResults(text, settings);
    if (made !== text) writeAtomically(readme, made);
  }
  return drawn;
}

/** What was drawn: each figure with its scale, trials and what is missing. */
export function describeDrawn(drawn: readonly Drawn[]): string {
  const rows = drawn.map(({ path, item: { scale, trials, missing } }) => [
    path,
    scale ?? "–",
    trials ?? "–",
    missing.length > 3 ? `${missing.length} parts` : missing.join("; ") || "nothing",
  ]);
  return alignColumns([["figure or table", "scale", "trials", "missing"], ...rows]);
}

/** Draws the closing table, each of the paper's figures and tables once, ours beside the paper's; returns it as text. */
export async function drawClosing(settings: Settings): Promise<string> {
  const table = await closing(settings);
  writeTable(table, settings.figures);
  const { columns, rows } = table;
  const keys = Object.keys(columns);
  return alignColumns([
    Object.values(columns),
    ...rows.map((row) => keys.map((key) => String(row[key] ?? "–"))),
  ]);
}

if (import.meta.main) await runCommand(figuresCommand());
