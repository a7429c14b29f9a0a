/** `deno task verify`: measures stored results again from their weights, trains one network again, and compares. */
import { experimentOf, experiments } from "../experiments/mod.ts";
import { dataSources, presentSets } from "../datasets/mod.ts";
import { startProgress } from "../progress/mod.ts";
import {
  type Changed,
  conditionsAt,
  select,
  trialsToVerify,
  type Verified,
  verifyTrial,
} from "../reproduction/mod.ts";
import { stageDefinition } from "../stages/mod.ts";
import { openStore, type PlannedTrial, type Scale, scales, trialId } from "../trials/mod.ts";
import {
  type Command,
  command,
  Option,
  positiveInteger,
  runCommand,
  userFolder,
} from "./command.ts";
import { storedFolder } from "./stored_folder.ts";
import { ofMicroBatch } from "./trial_options.ts";

interface VerifyFlags {
  section?: string[];
  only?: string[];
  scale: Scale;
  count: number;
  stages: string[];
  retrain: boolean;
  microBatch?: number;
  data?: string;
}

/** The command. */
export function verifyCommand(): Command {
  return command(
    "verify",
    "Measure stored results again from their weights, train one network again, and compare.",
  )
    .option("--section <section...>", "sections of the paper, such as 5.1 (default: all)")
    .option("--only <glob...>", '<data>/<method>/<loss>, such as "mnist/*/hem" (default: all)')
    .addOption(
      new Option("--scale <scale>", "of which scale").choices(scales).default("paper"),
    )
    .option(
      "--count <trials>",
      "at most so many trials, all of the same number of threads",
      positiveInteger,
      3,
    )
    .option("--stages <stage...>", "which stages to measure again", ["clean", "unknown"])
    .option("--no-retrain", "do not train any network again")
    .addOption(ofMicroBatch())
    .option(
      "--data <folder>",
      "the folder of results/ and runs/ (default: HEM_DATA, else data)",
      userFolder,
    )
    .action(async (flags: VerifyFlags) => {
      const found = await verify(flags);
      console.log(describe(found, flags));
      const isWrong = found.every(({ compared }) => compared === 0) ||
        found.some(({ changed, sameWeights, otherWeights }) =>
          changed.length > 0 || sameWeights === false || otherWeights !== undefined
        );
      if (isWrong) Deno.exitCode = 1;
    });
}

/** Verifies trials that are stored with their weights; the last of them, the cheapest to train, is trained again. */
async function verify(flags: VerifyFlags): Promise<Verified[]> {
  const {
    section = Object.keys(experiments),
    only = [],
    scale,
    count,
    stages,
    retrain,
    microBatch,
  } = flags;
  // A name that is none is the user's mistake.
  stages.forEach(stageDefinition);
  const data = storedFolder(flags.data);
  const conditions = section.flatMap((name) =>
    conditionsAt(experimentOf(name), scale, { ...(microBatch && { microBatch }) })
  );
  const selected = select(conditions, only);
  const planned = conditions.flatMap((one) => one.planned)
    .flatMap(selected)
    .map(({ trial, stages: all }): PlannedTrial => ({
      trial,
      stages: all.filter(({ name }, i) => i === 0 || stages.includes(name)),
    }));
  const chosen = trialsToVerify(planned, { data, count, retrain });
  const present = await presentSets({ data });
  const missing = new Set(dataSources.map(({ name }) => name).filter((name) => !present.has(name)));
  const found: Verified[] = [];
  if (chosen.length > 0) Deno.env.set("HEM_THREADS", String(chosen[0]!.trial.recipe.threads));
  const progress = startProgress("Verifying", chosen.length, { unit: "trials" });
  try {
    for (const one of chosen) {
      const again = retrain && one === chosen.at(-1);
      const verified = await verifyTrial(one, { data, missing, retrain: again });
      if (verified !== undefined) found.push(verified);
      progress.update(found.length, trialId(one.trial));
    }
  } finally {
    progress.finish();
  }
  return found;
}

function describe(found: readonly Verified[], flags: VerifyFlags): string {
  if (found.length === 0) {
    return "No trial that was asked for is stored here with its weights: " +
      "`deno task reproduce --list` says, section by section and scale by scale, of which there are some.";
  }
  return found.flatMap((one) => describeOne(one, flags)).join("\n");
}

function describeOne(
  {
    id,
    compared,
    changed,
    rounded: { count, most },
    sameWeights,
    otherWeights,
    missing,
    watching = [],
  }: Verified,
  { stages, data }: VerifyFlags,
): string[] {
  if (otherWeights !== undefined) {
    return [
      `${id}: not measured, since its weights are others than its results are of`,
      `  the SHA-256 of ${otherWeights} is not that of its training's record: put the weights of ` +
      "that training there, or remove the file: the next run that needs it trains again",
    ];
  }
  return [
    (compared === 0
      ? `${id}: nothing was compared`
      : `${id}: ${compared - changed.length - count} of ${compared} numbers are the same`) +
    (count === 0
      ? ""
      : `, ${count} more up to rounding (at most ${
        most.toExponential(0)
      } apart, as another processor or version sums)`) +
    (sameWeights === undefined
      ? ""
      : `; trained again, its weights are ${sameWeights ? "the same" : "others"}`),
    ...(missing.length === 0 ? [] : [
      `  left out, since \`deno task data\` does not find them here: the numbers on ${
        missing.join(", ")
      }`,
    ]),
    ...(watching.length === 0 ? [] : [
      `  left out, since they watch a training, which was not run again: ${watching.join(", ")}`,
    ]),
    ...(compared + missing.length + watching.length > 0 ? [] : [
      `  none of --stages ${stages.join(" ")} is stored of it; it has ${storedStages(id, data)}`,
    ]),
    ...changed.slice(0, 10).map((one) => `  ${describeChange(one)}`),
  ];
}

/** What is stored of a trial that can be asked for. */
function storedStages(id: string, data?: string): string {
  const measured = openStore({ data: storedFolder(data) }).read({ id })
    .filter(({ weights }) => weights?.role === "measured");
  return [...new Set(measured.map(({ stage }) => stage.name))].join(", ") || "its training alone";
}

function describeChange({ stage, row: { metric, dataset = "", value }, now }: Changed): string {
  return `${stage} ${dataset} ${metric}: ${value} stored, ${now ?? "nothing"} now`;
}

if (import.meta.main) await runCommand(verifyCommand());
