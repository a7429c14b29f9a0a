/** The flags that `reproduce`, `reproduce-all` and `status` share, and what they mean. */
import { join } from "node:path";
import { presentSets } from "../datasets/mod.ts";
import type { ReproduceOptions } from "../experiments/mod.ts";
import { dataFolder, type IsPresent, type Scale, scales } from "../trials/mod.ts";
import { type Command, Option, positiveInteger, UsageError } from "./command.ts";

/** The flags as commander gives them. */
export interface TrialFlags {
  section?: string[];
  only?: string[];
  scale: Scale;
  trials?: number;
  jobs?: number;
  dryRun?: true;
  data?: string;
}

/** Adds the flags that choose trials and say how to run them. */
export function addTrialFlags(program: Command): Command {
  const scale = new Option("--scale <scale>", "how much of the paper's settings to keep")
    .choices(scales).default("preview");
  return program
    .option("--section <section...>", "sections of the paper, such as 5.1 (default: all)")
    .option("--only <glob...>", '<data set>/<network>/<loss>, such as "mnist/*/hem" (default: all)')
    .addOption(scale)
    .option(
      "--trials <count>",
      "repeats of each (default: the scale's own number)",
      positiveInteger,
    )
    .option(
      "--jobs <count>",
      "trials side by side (default: one per GPU, else what the cores allow)",
      positiveInteger,
    )
    .option("--dry-run", "print what would run, and run nothing")
    .option("--data <folder>", "the folder of results/ and runs/ (default: HEM_DATA, else data)");
}

/** Which data sets are on this machine, by a look at their files. */
export async function presence(data: string): Promise<IsPresent> {
  const present = await presentSets({ data });
  return (dataset) => present.has(dataset);
}

/** What the flags ask for, as `planReproduction()` takes it. */
export async function reproduceOptions(flags: TrialFlags): Promise<ReproduceOptions> {
  const { only, scale, trials, jobs } = flags;
  const data = dataFolder(flags.data);
  return {
    scale,
    data,
    isPresent: await presence(data),
    ...(only && { only }),
    ...(trials && { trials }),
    ...(jobs && { jobs }),
  };
}

/**
 * Makes sure that results can be written, before anything runs.
 *
 * @throws {UsageError} where the folders cannot be made or written.
 */
export function requireWritable(data: string): void {
  for (const folder of [join(data, "results"), join(data, "runs")]) {
    const probe = join(folder, `.probe-${crypto.randomUUID().slice(0, 8)}`);
    try {
      Deno.mkdirSync(folder, { recursive: true });
      Deno.writeTextFileSync(probe, "");
      Deno.removeSync(probe);
    } catch (error) {
      throw new UsageError(
        `Cannot write to ${folder}: ${(error as Error).message}. ` +
          "Name another folder with --data, or make this one writable",
      );
    }
  }
}
