/** `deno task status`: what is done and what is missing, per section and scale, and how long it takes. */
import { experiments } from "../experiments/mod.ts";
import {
  describeMissing,
  describeSeconds,
  type MissingCondition,
  planReproduction,
} from "../reproduction/mod.ts";
import { conditionOf, dataFolder, type Scale, scales } from "../trials/mod.ts";
import { alignColumns } from "./columns.ts";
import { type Command, command, Option, runCommand, userPath } from "./command.ts";
import { presence } from "./trial_options.ts";

interface StatusFlags {
  section?: string[];
  scale?: Scale;
  data?: string;
  json?: true;
}

/** One line of the status: a section at a scale. */
export interface SectionStatus {
  section: string;
  scale: Scale;
  /** A condition is a network on a data set under one loss; done when all its trials are. */
  conditionsDone: number;
  conditionsMissing: number;
  trialsDone: number;
  trialsMissing: number;
  /** Trials that some process works on now. */
  running: number;
  /** Expected hours of what is missing, on this machine; of the trials whose cost is known. */
  hoursLeft: number;
  trialsOfUnknownCost: number;
  /** Conditions that cannot run at the scale, and why; not counted above. */
  missing: MissingCondition[];
}

/** The command. */
export function statusCommand(): Command {
  return command("status", "Per section and scale: what is done, what is missing, hours left.")
    .option("--section <section...>", "sections of the paper, such as 5.1 (default: all)")
    .addOption(new Option("--scale <scale>", "one scale (default: all)").choices(scales))
    .option(
      "--data <folder>",
      "the folder of results/ and runs/ (default: HEM_DATA, else data)",
      userPath,
    )
    .option("--json", "print JSON")
    .action(async (flags: StatusFlags) => {
      const sections = flags.section ?? Object.keys(experiments);
      const lines: SectionStatus[] = [];
      for (const section of sections) {
        for (const scale of flags.scale ? [flags.scale] : scales) {
          lines.push(await sectionStatus(section, scale, dataFolder(flags.data)));
        }
      }
      console.log(flags.json ? JSON.stringify(lines, null, 2) : describeStatus(lines));
    });
}

async function sectionStatus(section: string, scale: Scale, data: string): Promise<SectionStatus> {
  const plan = await planReproduction([section], {
    scale,
    data,
    ...await presence(data),
  });
  const unfinished = plan.tasks.filter((task) => task.pending.length > 0);
  const all = new Set(plan.tasks.map(({ trial }) => conditionOf(trial)));
  const open = new Set(unfinished.map(({ trial }) => conditionOf(trial)));
  return {
    section,
    scale,
    conditionsDone: all.size - open.size,
    conditionsMissing: open.size,
    trialsDone: plan.tasks.length - unfinished.length,
    trialsMissing: unfinished.length,
    running: unfinished.filter((task) => task.running).length,
    hoursLeft: plan.seconds / 3600,
    trialsOfUnknownCost: plan.unknownCost,
    missing: plan.missing,
  };
}

function describeStatus(lines: readonly SectionStatus[]): string {
  const rows = lines.map((line) => [
    line.section,
    line.scale,
    `${line.conditionsDone}/${line.conditionsDone + line.conditionsMissing}`,
    `${line.trialsDone}/${line.trialsDone + line.trialsMissing}`,
    String(line.running),
    describeSeconds(line.hoursLeft * 3600) +
    (line.trialsOfUnknownCost > 0 ? ` + ${line.trialsOfUnknownCost} trials of unknown cost` : ""),
  ]);
  const header = ["section", "scale", "conditions", "trials", "running", "time left"];
  const text = [alignColumns([header, ...rows])];
  for (const { section, scale, missing } of lines) {
    if (missing.length === 0) continue;
    text.push(
      `Section ${section}, scale ${scale}: ${missing.length} cannot run, not counted above:`,
    );
    text.push(...describeMissing(missing).map((line) => `  ${line}`));
  }
  return text.join("\n");
}

if (import.meta.main) await runCommand(statusCommand());
