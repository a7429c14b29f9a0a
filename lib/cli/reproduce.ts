/** `deno task reproduce`: runs the trials of a section, or part of them, that have no results yet. */
import {
  beWatched,
  describeFailures,
  planReproduction,
  type ReproduceOptions,
  runPlan,
  type SectionPlan,
} from "../reproduction/mod.ts";
import { type Command, command, Option, runCommand, UsageError } from "./command.ts";
import { takeInterrupts } from "./interrupt.ts";
import { measuredCosts } from "./measured_costs.ts";
import { describeSectionPlan } from "./plan_text.ts";
import {
  addTrialFlags,
  reproduceOptions,
  requireWritable,
  type TrialFlags,
} from "./trial_options.ts";

/** What shells give a command that Ctrl-C ended. */
export const interruptedCode = 130;

/** The command; `script` replaces the program that runs one trial, for tests. */
export function reproduceCommand(script?: URL): Command {
  const program = command("reproduce", "Run the trials of the paper's sections that are missing.");
  addTrialFlags(program).addOption(new Option("--watched <folder>").hideHelp());
  return program.action(async (flags: TrialFlags & { watched?: string }) => {
    if (flags.watched) return await reproduceWatched(flags, flags.watched, script);
    const options = await reproduceOptions(flags);
    if (flags.dryRun) return await printPlan(flags, options);
    const plan = await planReproduction(flags.section, options);
    console.log(describeSectionPlan(plan));
    if (plan.tasks.length === 0) throw new UsageError("Nothing of what was asked for can run yet");
    requireWritable(plan.data);
    const code = await runPlanned(plan, script);
    Deno.exitCode = code === 0 && flags.strict && lacksData(plan) ? 1 : code;
  });
}

/** Whether data is missing that was asked for; conditions that are no part of the scale lack none. */
export function lacksData({ missing }: SectionPlan): boolean {
  return missing.some(({ excluded }) => excluded === undefined);
}

/** Measures what the networks cost and how fast the device is, and prints what would run. */
export async function printPlan(flags: TrialFlags, options: ReproduceOptions): Promise<void> {
  const costs = await measuredCosts();
  const plan = await planReproduction(flags.section, { ...options, costs });
  if (!flags.json) return console.log(describeSectionPlan(plan, costs.device));
  console.log(JSON.stringify({ device: costs.device, ...plan }, null, 2));
}

/**
 * Runs a plan's pending trials under Ctrl-C, says how it went, and returns the exit code: 0, 1 where
 * trials failed, 130 where it was stopped.
 */
export async function runPlanned(plan: SectionPlan, script?: URL): Promise<number> {
  using interrupt = takeInterrupts();
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
    return interruptedCode;
  }
  return failed.length > 0 || halted !== undefined ? 1 : 0;
}

/** As the command, for a notebook's cell that watches through files. */
async function reproduceWatched(flags: TrialFlags, folder: string, script?: URL): Promise<void> {
  const watched = beWatched(folder);
  try {
    const plan = await planReproduction(flags.section, await reproduceOptions(flags));
    if (plan.tasks.length === 0) throw new UsageError("Nothing of what was asked for can run yet");
    requireWritable(plan.data);
    const result = await runPlan(plan, {
      stop: watched.stop,
      place: watched,
      ...(script && { script }),
    });
    const { done, elsewhere, failed, stopped, halted } = result;
    const ran = done.length + elsewhere.length;
    const there = plan.tasks.length - ran - failed.length - stopped.length;
    watched.end(
      failed.length === 0 && halted === undefined,
      failed.length > 0 ? describeFailures(result) : halted ??
        `Section ${flags.section}, scale ${plan.scale}: ${ran} trials run, ${there} were there.`,
    );
  } catch (error) {
    watched.end(false, error instanceof Error ? error.message : String(error));
  }
}

if (import.meta.main) await runCommand(reproduceCommand());
