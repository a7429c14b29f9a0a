/** The flags that `reproduce`, `reproduce-all` and `status` share, and what they mean. */
import {
  datasetFacts,
  dataSources,
  FROST_TEXTURES,
  howToGet,
  isMade,
  isPresentFor,
  presentSets,
  setState,
  unknownSetNames,
} from "../datasets/mod.ts";
import { experiments, usualSections } from "../experiments/mod.ts";
import type { MissingData, ReproduceOptions, Shard } from "../reproduction/mod.ts";
import { dataFolder, type Scale, scales } from "../trials/mod.ts";
import {
  type Command,
  InvalidArgumentError,
  Option,
  positiveInteger,
  UsageError,
  userFolder,
} from "./command.ts";
import { networkCosts } from "./measured_costs.ts";

/** The flags as commander gives them. */
export interface TrialFlags {
  section?: string[];
  only?: string[];
  scale: Scale;
  trials?: number;
  jobs?: number;
  microBatch?: number;
  force?: true;
  retryDiverged?: true;
  strict?: true;
  dryRun?: true;
  list?: true;
  shard?: Shard;
  json?: true;
  data?: string;
}

const onRequest = Object.keys(experiments).filter((section) => !usualSections.includes(section));

/** What `--section` takes. */
export const sectionHelp = `sections of the paper, such as 5.1 (default: all but ${
  onRequest.join(", ")
}, which run where they are named)`;

/** The flag by which a command is of the trials that `reproduce --micro-batch` makes. */
export function ofMicroBatch(): Option {
  return new Option(
    "--micro-batch <images>",
    "of the trials that reproduce --micro-batch makes (default: of those of whole batches)",
  ).argParser(positiveInteger);
}

/** Adds the flags that choose trials and say how to run them. */
export function addTrialFlags(program: Command): Command {
  const scale = new Option("--scale <scale>", "how much of the paper's settings to keep")
    .choices(scales).default("preview");
  return program
    .option("--section <section...>", sectionHelp)
    .option(
      "--only <glob...>",
      '<data>/<method>/<loss>, such as "mnist/*/hem" or "cifar10/resnet18/hem@*" (default: all)',
    )
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
    .option(
      "--micro-batch <images>",
      "so many images at once where a batch does not fit the device (other trials than those of whole batches)",
      positiveInteger,
    )
    .option(
      "--dry-run",
      "print what would run, what it costs and which data is missing; run nothing",
    )
    .option("--list", "print the trials one by one with their state; run nothing")
    .option(
      "--shard <i/n>",
      "the i-th of n parts of the trials, alike in cost, for n jobs or machines; no two share a trial",
      parseShard,
    )
    .option(
      "--force",
      "run again what is stored; the results that are there are kept as superseded",
    )
    .option("--retry-diverged", "try trainings again that diverged")
    .option(
      "--strict",
      "end with code 3 where data is missing that was asked for, sets of unknown classes and of corrupted images included",
    )
    .option("--json", "with --dry-run or --list: print it as JSON, trial by trial")
    .option(
      "--data <folder>",
      "the folder of results/ and runs/ (default: HEM_DATA, else data)",
      userFolder,
    );
}

/** What tells which data sets are there. */
type Looks = "isPresent" | "missingData" | "missingUnknown" | "missingCorrupted";

/** Which data sets are on this machine, by a look at their files, and what to do about those that are not. */
export async function presence(data: string): Promise<Required<Pick<ReproduceOptions, Looks>>> {
  const present = await presentSets({ data });
  const reasons = new Map<string, string>();
  for (const source of dataSources) {
    const there = present.get(source.name);
    if (there?.train && there.testImages === undefined) continue;
    const { state, reason } = await setState(source, { data });
    const what = state === "damaged"
      ? `damaged (${reason}); remove it`
      : state === "partial"
      ? `not whole (${reason})`
      : `not on this machine${reason === undefined ? "" : ` (${reason})`}`;
    reasons.set(source.name, `${source.title} is ${what}. ${howToGet(source, { data })}`);
  }
  const missing = (train: boolean): MissingData => (dataset, testCount) =>
    isPresentFor({ train, testCount }, present.get(dataset)) ? undefined : reasons.get(dataset);
  return {
    isPresent: (dataset) => isPresentFor({}, present.get(dataset)),
    missingData: missing(true),
    // Their test images are enough.
    missingUnknown: (dataset, count) =>
      unknownSetNames(dataset).filter((name) => !isMade(name))
        .map((name) => missing(false)(name, count)).filter((reason) => reason !== undefined),
    // Those of photographs that are not published ones are made here: frost of its textures.
    missingCorrupted: (dataset) =>
      datasetFacts(dataset).family === "digits" || present.has(`${dataset}_c`)
        ? undefined
        : missing(false)(FROST_TEXTURES.name),
  };
}

/** What the flags ask for, as `planReproduction()` takes it. */
export async function reproduceOptions(flags: TrialFlags): Promise<ReproduceOptions> {
  const { only, scale, trials, jobs, microBatch, force, retryDiverged, shard } = flags;
  if (flags.json && !flags.dryRun && !flags.list) {
    throw new UsageError(
      "--json goes with --dry-run or --list; `deno task status --json` tells what is stored",
    );
  }
  const again = force ? "all" : retryDiverged ? "diverged" : undefined;
  const data = dataFolder(flags.data);
  return {
    scale,
    data,
    ...await presence(data),
    ...(only && { only }),
    ...(trials && { trials }),
    ...(jobs && { jobs }),
    ...(microBatch && { microBatch }),
    ...(again && { again }),
    ...(shard && { shard, costs: { networkOf: await networkCosts() } }),
  };
}

/** Parses `--shard`. */
function parseShard(text: string): Shard {
  const [index, count] = /^([1-9]\d*)\/([1-9]\d*)$/.exec(text)?.slice(1).map(Number) ?? [];
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(count) || index! > count!) {
    throw new InvalidArgumentError("Wanted i/n with i from 1 to n, such as 3/8.");
  }
  return { index: index!, count: count! };
}
