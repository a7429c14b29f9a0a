/** `deno task reproduce`: runs the trials of a section, or part of them, that have no results yet. */
import {
  beWatched,
  describeFailures,
  describeMissing,
  planReproduction,
  type ReproduceOptions,
  runPlan,
  type SectionPlan,
} from "../reproduction/mod.ts";
import {
  type Command,
  command,
  exitCodes,
  LackingDataError,
  Option,
  runCommand,
  UsageError,
} from "./command.ts";
import { takeInterrupts } from "./interrupt.ts";
import { measuredCosts } from "./measured_costs.ts";
import { describeSectionPlan, describeShard } from "./plan_text.ts";
import { describeTrials, listTrials } from "./trial_list.ts";
import { addTrialFlags, reproduceOptions, type TrialFlags } from "./trial_options.ts";
import { requireWritable } from "./writable.ts";

/** The command; `script` replaces the program that runs one trial, for tests. */
export function reproduceCommand(script?: URL): Command {
  const program = command("reproduce", "Run the trials of the paper's sections that are missing.");
  addTrialFlags(program).addOption(new Option("--watched <folder>").hideHelp());
  return program.action(async (flags: TrialFlags & { watched?: string }) => {
    if (flags.watched) return await reproduceWatched(flags, flags.watched, script);
    const options = await reproduceOptions(flags);
    if (flags.dryRun || flags.list) return await printPlan(flags, options);
    const plan = await planReproduction(flags.section, options);
    console.log(describeSectionPlan(plan));
    requireSomething(plan);
    requireWritable(plan.data);
    Deno.exitCode = (await runPlanned(plan, flags, script)).code;
  });
}

const nothingToRun = "Nothing of what was asked for can run yet";

/** Whether nothing of a plan can run; a part may be empty of one that is not. */
function runsNothing({ tasks, waiting, shard }: SectionPlan): boolean {
  const isEmptyPart = shard !== undefined && shard.of > 0 && waiting.length === 0;
  return tasks.length === 0 && !isEmptyPart;
}

/** Refuses a plan of which nothing can run. */
function requireSomething(plan: SectionPlan): void {
  if (!runsNothing(plan)) return;
  if (!lacksData(plan)) throw new UsageError(`${nothingToRun}: choose another --scale or --only`);
  throw new LackingDataError(
    `${nothingToRun}: \`deno task data\` tells how to get what is missing`,
  );
}

/** Whether data is missing that was asked for; conditions that are no part of the scale lack none. */
function lacksData({ missing }: SectionPlan): boolean {
  return missing.some(({ excluded }) => excluded === undefined);
}

/**
 * Prints what would run: the trials one by one, or condition by condition with what it costs, for which networks and the
 * device are measured.
 */
export async function printPlan(flags: TrialFlags, options: ReproduceOptions): Promise<void> {
  const costs = flags.list ? undefined : await measuredCosts();
  const plan = await planReproduction(flags.section, { ...options, ...(costs && { costs }) });
  if (flags.list) {
    const trials = listTrials(plan);
    // Where there are none in all parts together, nothing of what was asked for is part of the scale.
    const isOutside = (plan.shard?.of ?? trials.length) === 0;
    const reasons = isOutside ? describeMissing(plan.missing) : [];
    const text = () => [...describeShard(plan), describeTrials(trials), ...reasons].join("\n");
    console.log(flags.json ? JSON.stringify(trials, null, 2) : text());
  } else if (flags.json) {
    console.log(JSON.stringify({ device: costs?.device, ...plan }, null, 2));
  } else console.log(describeSectionPlan(plan, costs?.device));
  if (flags.strict && lacksData(plan)) Deno.exitCode = exitCodes.missingData;
}

/** That a run which does things anew leaves alone what it has done before. */
function goingOn({ anew }: SectionPlan): string[] {
  if (!anew?.isUnderWay) return [];
  return [
    "Goes on with the same run, which was interrupted, failed in part, or is at work in another process. Where it is not at work, " +
    `all is done anew once ${anew.file} is removed.`,
  ];
}

/** Runs a plan's pending trials under Ctrl-C, and says how it went and what the command's exit code is by now. */
export async function runPlanned(
  plan: SectionPlan,
  { strict }: TrialFlags,
  script?: URL,
): Promise<{ code: number; stopped: boolean }> {
  for (const sentence of goingOn(plan)) console.log(sentence);
  using interrupt = takeInterrupts("the trials");
  const { stop, kill } = interrupt;
  const result = await runPlan(plan, { stop, kill, ...(script && { script }) });
  const { done, elsewhere, failed, stopped, halted } = result;
  const parts = [`${done.length} trials done`];
  if (elsewhere.length > 0) parts.push(`${elsewhere.length} done by another run`);
  if (failed.length > 0) parts.push(`${failed.length} failed`);
  if (stopped.length > 0) parts.push(`${stopped.length} left to do`);
  if (done.length + elsewhere.length + failed.length + stopped.length > 0) {
    console.log(`${parts.join(", ")}.`);
  }
  if (failed.length > 0) console.error(describeFailures(result));
  if (halted !== undefined) console.error(`error: ${halted}.`);
  if (stop.aborted) {
    console.log("Stopped. Give the same command again to go on from the checkpoints.");
    return { code: interrupt.exitCode!, stopped: true };
  }
  const failure = failed.length > 0 || halted !== undefined;
  const lacks = strict && lacksData(plan);
  const code = failure ? exitCodes.failed : lacks ? exitCodes.missingData : exitCodes.done;
  return { code, stopped: false };
}

/** As the command, for a notebook's cell that watches through files. */
async function reproduceWatched(flags: TrialFlags, folder: string, script?: URL): Promise<void> {
  const watched = beWatched(folder);
  try {
    const plan = await planReproduction(flags.section, await reproduceOptions(flags));
    if (runsNothing(plan)) {
      throw new UsageError([nothingToRun, ...describeMissing(plan.missing)].join("\n"));
    }
    for (const line of describeMissing(plan.missing)) watched.log(`Missing: ${line}`);
    for (const sentence of goingOn(plan)) watched.log(sentence);
    requireWritable(plan.data);
    const result = await runPlan(plan, {
      stop: watched.stop,
      place: watched,
      ...(script && { script }),
    });
    const { done, elsewhere, failed, stopped, halted } = result;
    const ran = done.length + elsewhere.length;
    const there = plan.tasks.length - ran - failed.length - stopped.length;
    // The cell may be back before the trials have ended that were stopped without it.
    const left = stopped.length === 0
      ? ""
      : ` ${stopped.length} are left to do, stopped while this cell did not show: run it again to go on.`;
    watched.end(
      failed.length === 0 && stopped.length === 0 && halted === undefined,
      failed.length > 0 ? describeFailures(result) : halted ??
        `Section ${flags.section}, scale ${plan.scale}: ${ran} trials run, ${there} were there.${left}`,
    );
  } catch (error) {
    watched.end(false, error instanceof Error ? error.message : String(error));
  }
}

if (import.meta.main) await runCommand(reproduceCommand());
