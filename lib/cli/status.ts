/** `deno task status`: what is done and what is missing, per section and scale, and how long it takes. */
import { usualSections } from "../experiments/mod.ts";
import {
  describeSeconds,
  type MissingCondition,
  planReproduction,
  type ReproduceOptions,
} from "../reproduction/mod.ts";
import { conditionOf, openStore, type Scale, scales } from "../trials/mod.ts";
import { alignColumns } from "./columns.ts";
import { type Command, command, Option, runCommand, userFolder } from "./command.ts";
import { storedFolder } from "./stored_folder.ts";
import { ofMicroBatch, presence, sectionHelp } from "./trial_options.ts";

interface StatusFlags {
  section?: string[];
  scale?: Scale;
  microBatch?: number;
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
    .option("--section <section...>", sectionHelp)
    .addOption(new Option("--scale <scale>", "one scale (default: all)").choices(scales))
    .addOption(ofMicroBatch())
    .option(
      "--data <folder>",
      "the folder of results/ and runs/ (default: HEM_DATA, else data)",
      userFolder,
    )
    .option("--json", "print JSON")
    .action(async (flags: StatusFlags) => {
      const { section: sections = usualSections, microBatch } = flags;
      const data = storedFolder(flags.data);
      // Once, since it looks at every data set's files.
      const options = {
        store: openStore({ data }),
        ...(microBatch && { microBatch }),
        ...await presence(data),
      };
      const lines: SectionStatus[] = [];
      for (const section of sections) {
        for (const scale of flags.scale ? [flags.scale] : scales) {
          lines.push(await sectionStatus(section, { scale, ...options }));
        }
      }
      console.log(flags.json ? JSON.stringify(lines, null, 2) : describeStatus(lines));
    });
}

async function sectionStatus(
  section: string,
  options: ReproduceOptions & { scale: Scale },
): Promise<SectionStatus> {
  const plan = await planReproduction([section], options);
  const unfinished = plan.tasks.filter((task) => task.pending.length > 0);
  const all = new Set(plan.tasks.map(({ trial }) => conditionOf(trial)));
  const open = new Set(unfinished.map(({ trial }) => conditionOf(trial)));
  return {
    section,
    scale: options.scale,
    conditionsDone: all.size - open.size,
    conditionsMissing: open.size,
    trialsDone: plan.tasks.length - unfinished.length,
    trialsMissing: unfinished.length,
    running: unfinished.filter((task) => task.running).length,
    hoursLeft: plan.seconds / 3600,
    trialsOfUnknownCost: plan.unknownCost,
    missing: plan.missing.filter(({ runs }) => !runs),
  };
}

/** The table, then what cannot run: by what is missing, and how much is no part of its scale. */
export function describeStatus(lines: readonly SectionStatus[]): string {
  const rows = lines
    .filter((line) => line.trialsDone + line.trialsMissing > 0)
    .map((line) => [
      line.section,
      line.scale,
      `${line.conditionsDone}/${line.conditionsDone + line.conditionsMissing}`,
      `${line.trialsDone}/${line.trialsDone + line.trialsMissing}`,
      String(line.running),
      describeTimeLeft(line),
    ]);
  const header = ["section", "scale", "conditions", "trials", "running", "time left"];
  return [
    alignColumns([header, ...rows]),
    ...describeLacking(lines),
    ...describeExcluded(lines),
  ].join("\n");
}

function describeTimeLeft({ hoursLeft, trialsOfUnknownCost: unknown }: SectionStatus): string {
  const parts = unknown > 0 ? [`${unknown} trials of unknown cost`] : [];
  if (hoursLeft > 0 || unknown === 0) parts.unshift(describeSeconds(hoursLeft * 3600));
  return parts.join(" + ");
}

/** What cannot run for want of data, and is not counted: a paragraph for each reason. */
function describeLacking(lines: readonly SectionStatus[]): string[] {
  const lacking = lines.flatMap(({ scale, missing }) =>
    missing.filter(({ excluded }) => !excluded).map((one) => ({ ...one, scale }))
  );
  if (lacking.length === 0) return [];
  return [
    "",
    "Waiting for data, and not counted above:",
    ...[...Map.groupBy(lacking, ({ reason }) => reason)].flatMap(([reason, same]) => [
      `  ${reason}`,
      `    waits: ${places(same)}`,
    ]),
  ];
}

/** How much is left out of its scale by intent, and where the reasons are told. */
function describeExcluded(lines: readonly SectionStatus[]): string[] {
  const excluded = lines.flatMap(({ scale, missing }) =>
    missing.filter((one) => one.excluded).map((one) => ({ ...one, scale }))
  );
  if (excluded.length === 0) return [];
  const { section, scale } = excluded[0]!;
  return [
    "",
    `No part of their scale by intent: ${places(excluded)}.`,
    `\`deno task reproduce --section ${section} --scale ${scale} --dry-run\` says of each why.`,
  ];
}

/** In how many conditions of which sections, by scale: `short: 5.1 (3), 5.2 (2); paper: ...` */
function places(conditions: readonly { section: string; scale: Scale }[]): string {
  const scaled = Map.groupBy(conditions, ({ scale }) => scale);
  return [...scaled].map(([scale, some]) =>
    `${scale}: ` +
    [...Map.groupBy(some, ({ section }) => section)]
      .map(([section, { length }]) => `${section} (${length})`).join(", ")
  ).join("; ");
}

if (import.meta.main) await runCommand(statusCommand());
