/** `deno task figures`: draws every figure and table from stored results, without Jupyter. */
import type { ImageCorruptionList } from "../corruptions/mod.ts";
import { losses } from "../losses/mod.ts";
import { measureNetwork } from "../models/mod.ts";
import {
  assumptionsTable,
  claimsTable,
  comparison,
  computedClaims,
  corruptionLists,
  type Figure,
  figure02,
  figure03,
  figure04,
  folderOf,
  lossCurves,
  lossesFigure,
  openResults,
  readSettings,
  type Settings,
  shortPath,
  type Table,
  table01,
  table02,
  table51,
  writeFigure,
  writeTable,
} from "../reporting/mod.ts";
import { tf } from "../tensorflow/mod.ts";
import { dataFolder, openStore, type Scale, scales } from "../trials/mod.ts";
import { type Command, command, Option, runCommand } from "./command.ts";

interface FigureFlags {
  scale?: Scale;
  data?: string;
  corruptions?: ImageCorruptionList;
}

/** The command. */
export function figuresCommand(): Command {
  return command("figures", "Draws every figure and table from stored results, without Jupyter.")
    .addOption(
      new Option(
        "--scale <scale>",
        "one scale (default: preview and paper, where there are results)",
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
    .option("--data <folder>", "the folder of results/ (default: HEM_DATA, else data)")
    .action(async (flags: FigureFlags) => {
      const settings = {
        ...readSettings(),
        data: dataFolder(flags.data),
        ...(flags.corruptions && { corruptions: flags.corruptions }),
      };
      const chosen = flags.scale ?? settings.scale;
      console.log(describeDrawn(await drawAll(settings, chosen === undefined ? [] : [chosen])));
    });
}

/** A figure or table that was drawn: where, from what, and what it lacks. */
export interface Drawn {
  path: string;
  scale: Scale | undefined;
  trials: string | undefined;
  missing: string[];
}

/** Draws everything that does not depend on results, and section 5.1 at each scale. */
export async function drawAll(settings: Settings, only: readonly Scale[] = []): Promise<Drawn[]> {
  const computed = computedClaims(tf, losses);
  const items: (Figure | Table)[] = [
    table01(tf, losses),
    lossesFigure(lossCurves(tf, losses)),
    table02(measureNetwork),
    assumptionsTable(),
    ...(only.length > 0 ? only : scalesWithResults(settings.data)).flatMap((scale) => {
      const results = openResults("5.1", { scale, settings });
      return [
        figure02(results),
        comparison("figure_02", results),
        figure03(results),
        comparison("figure_03", results),
        figure04(results),
        table51(results),
        claimsTable(results, computed),
      ];
    }),
  ];
  const drawn: Drawn[] = [];
  for (const item of items) {
    if ("spec" in item) await writeFigure(item, settings.figures);
    else writeTable(item, settings.figures);
    drawn.push({
      path: shortPath(`${folderOf(item, settings.figures)}/${item.name}`),
      scale: item.scale,
      trials: item.trials,
      missing: item.missing,
    });
  }
  return drawn;
}

/** The closing table: each figure with its scale, trials and what is missing. */
export function describeDrawn(drawn: readonly Drawn[]): string {
  const rows = drawn.map(({ path, scale, trials, missing }) => [
    path,
    scale ?? "–",
    trials ?? "–",
    missing.length > 3 ? `${missing.length} parts` : missing.join("; ") || "nothing",
  ]);
  const table = [["figure or table", "scale", "trials", "missing"], ...rows];
  const widths = [0, 1, 2].map((i) => Math.max(...table.map((row) => row[i]!.length)));
  return table.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ").trimEnd())
    .join("\n");
}

// Smoke results are for tests; preview is drawn even before there are any, with all of it missing.
function scalesWithResults(data: string): Scale[] {
  const store = openStore({ data });
  const there = (["preview", "paper"] as const)
    .filter((scale) => store.read({ scale }).length > 0);
  return there.length > 0 ? there : ["preview"];
}

if (import.meta.main) await runCommand(figuresCommand());
