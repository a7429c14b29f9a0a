/** `deno task evaluate`: measures a network of one's own, from a file of weights, as the paper measures its networks. */
import { join } from "node:path";
import { datasetFacts } from "../datasets/mod.ts";
import { evaluationsOn } from "../experiments/mod.ts";
import { isFile, removeIfThere } from "../files/mod.ts";
import { startProgress } from "../progress/mod.ts";
import { evaluateNetwork } from "../stages/mod.ts";
import {
  canonicalForm,
  dataFolder,
  hashOfFile,
  isOwnName,
  type OwnResult,
  type OwnStage,
  readOwnResults,
  type ResultRow,
  type Stage,
  writeOwnResult,
} from "../trials/mod.ts";
import { alignColumns } from "./columns.ts";
import {
  type Command,
  command,
  InvalidArgumentError,
  positiveInteger,
  runCommand,
  UsageError,
  userFolder,
  userPath,
} from "./command.ts";
import { requireDataset } from "./dataset_name.ts";
import { requireWritable } from "./writable.ts";

interface EvaluateFlags {
  network: string;
  dataset: string;
  weights: string;
  as?: string;
  stages: string[];
  testCount?: number;
  attackImages?: number;
  mean?: number[];
  std?: number[];
  data?: string;
}

/** The command. */
function evaluateCommand(): Command {
  return command(
    "evaluate",
    "Measure a network of your own, from its weights, as section 5.1 measures its networks.",
  )
    .requiredOption("--network <name>", 'a network of this library, such as "resnet32"')
    .requiredOption("--dataset <name>", 'the data set that it classifies, such as "cifar10"')
    .requiredOption(
      "--weights <file>",
      "a safetensors file with PyTorch's names and layouts",
      userPath,
    )
    .option("--as <name>", "how the result is named (default: that of the weights' file)")
    .option("--mean <numbers>", "normalise images by these means, one per channel", numbers)
    .option("--std <numbers>", "and these standard deviations, such as 0.229,0.224,0.225", numbers)
    .option("--stages <stage...>", "what is measured", ["clean", "corrupt", "unknown", "attack"])
    .option("--test-count <count>", "the first test images alone (default: all)", positiveInteger)
    .option("--attack-images <count>", "so many images are attacked", positiveInteger)
    .option(
      "--data <folder>",
      "the folder of raw/ and results/ (default: HEM_DATA, else data)",
      userFolder,
    )
    .action(async (flags: EvaluateFlags) => {
      const { result, file, earlier } = await evaluate(flags);
      if (earlier !== undefined) console.log(earlier);
      console.log(describeOwn(result));
      console.log(
        `Stored in ${file}. \`deno task figures\` shows it beside the losses; without the file it is gone.`,
      );
    });
}

/** Measures what the flags name, and stores it. */
export async function evaluate(
  flags: EvaluateFlags,
): Promise<{ result: OwnResult; file: string; earlier: string | undefined }> {
  const data = dataFolder(flags.data);
  const { weights } = flags;
  const name = flags.as ?? nameOf(weights);
  if (!isOwnName(name)) {
    throw new UsageError(
      `--as "${name}": wanted up to 40 letters, digits, ".", "-" and "_", since a file is named by it`,
    );
  }
  requireDataset(flags.dataset);
  if (!isFile(weights)) throw new UsageError(`--weights: there is no file ${weights}`);
  if ((flags.mean === undefined) !== (flags.std === undefined)) {
    throw new UsageError("--mean and --std go together: give both or none");
  }
  const stages = chosenStages(flags);
  requireWritable(data);
  const { network, normalisation } = await load(flags, weights);
  const sha256 = hashOfFile(weights)!;
  const dataset = {
    name: flags.dataset,
    ...(flags.testCount !== undefined && { testCount: flags.testCount }),
  };
  const halfDone = join(data, "runs", `own-${name}`);
  const progress = startProgress("Evaluating", 1);
  try {
    const measured = await evaluateNetwork(network, {
      dataset,
      stages,
      data,
      resume: {
        folder: halfDone,
        identity: JSON.stringify([sha256, flags.network, dataset, normalisation]),
      },
      onProgress: (fraction, note) => progress.update(fraction, note),
    });
    const result: OwnResult = {
      name,
      network: flags.network,
      dataset,
      weights: { sha256 },
      ...(normalisation && { normalisation }),
      stages: measured,
    };
    const { kept, earlier } = earlierStages(result, readOwnResults(data).results);
    result.stages = [...kept, ...measured];
    const file = writeOwnResult(data, result);
    await removeHalfDone(halfDone, stages);
    return { result, file, earlier };
  } finally {
    progress.finish();
    network.dispose();
  }
}

/** Removes what was half done of some stages; others may have been interrupted, and go on another time. */
async function removeHalfDone(folder: string, stages: readonly Stage[]): Promise<void> {
  const entries = Array.from(Deno.readDirSync(folder), ({ name }) => name);
  const done = entries.filter((entry) => stages.some(({ name }) => entry.startsWith(`${name}-`)));
  for (const entry of done) await removeIfThere(join(folder, entry));
  if (done.length === entries.length) await removeIfThere(folder);
}

/** What an earlier result of the name has that stays, since it is of the same network and images, and a word on that. */
function earlierStages(
  result: OwnResult,
  results: readonly OwnResult[],
): { kept: OwnStage[]; earlier: string | undefined } {
  const found = results.find(({ name }) => name === result.name);
  if (found === undefined) return { kept: [], earlier: undefined };
  const of = ({ stages: _, ...network }: OwnResult) => canonicalForm(network);
  const measured = result.stages.map(({ stage }) => stage.name);
  const kept = of(found) === of(result)
    ? found.stages.filter(({ stage }) => !measured.includes(stage.name))
    : [];
  const earlier = kept.length > 0
    ? `Kept of the earlier result named ${result.name}: ${
      kept.map(({ stage }) => stage.name).join(", ")
    }.`
    : `An earlier result named ${result.name} is replaced.`;
  return { kept, earlier };
}

/** What stands in the result, metric by metric: the mean over the sets, and over how many. */
function describeOwn({ name, network, dataset, stages }: OwnResult): string {
  const images = dataset.testCount === undefined
    ? ""
    : `, the first ${dataset.testCount.toLocaleString("en")} test images`;
  const rows = stages.flatMap((stage) => summary(stage));
  const missing = stages.flatMap(({ missing = [] }) => missing.map(({ reason }) => reason));
  return [
    `${name}: ${network} on ${datasetFacts(dataset.name).title}${images}`,
    alignColumns([["measured", "%", "mean over"], ...rows]),
    ...missing.map((reason) => `Missing: ${reason}`),
  ].join("\n");
}

const shown = ["accuracy", "auroc_msp", "auroc_mls", "robust_accuracy", "dar_msp", "dar_mls"];

function summary({ stage, rows }: OwnStage): string[][] {
  return shown.flatMap((metric) => {
    const found = rows.filter((row) => row.metric === metric);
    if (found.length === 0) return [];
    const percent = (some: readonly ResultRow[]) =>
      (100 * some.reduce((sum, { value }) => sum + value, 0) / some.length).toFixed(2);
    const what = `${stage.name} ${metric}`;
    if (stage.name === "attack") {
      return found.map((row) => [`${what} ${row.dataset}`, percent([row]), "1 attack"]);
    }
    const sets = found.length === 1 ? "the test set" : `${found.length} sets`;
    return [[what, percent(found), sets]];
  });
}

function chosenStages({ stages, dataset, attackImages }: EvaluateFlags): Stage[] {
  const known = evaluationsOn(dataset);
  return [...new Set(stages)].map((name) => {
    const stage = known.find((one) => one.name === name);
    if (stage === undefined) {
      const names = known.map(({ name }) => name).join(", ");
      throw new UsageError(`--stages: there is no "${name}" on ${dataset}; there is ${names}`);
    }
    if (name !== "attack" || attackImages === undefined) return stage;
    return { ...stage, settings: { ...stage.settings, images: attackImages } };
  });
}

async function load({ network: name, dataset, mean, std }: EvaluateFlags, weights: string) {
  // TensorFlow only once everything else is known to be right.
  const { buildNetwork, NormalisedInput, parseNetworkName } = await import("../models/mod.ts");
  const { loadWeights } = await import("../training/mod.ts");
  const { classes, shape } = datasetFacts(dataset);
  if (shape === undefined) throw new UsageError(`--dataset: images of ${dataset} have no one size`);
  const parsed = parseNetworkName(name);
  const network = buildNetwork(parsed.name, {
    classes,
    inputShape: shape,
    seed: "zeros",
    options: parsed.options,
  });
  try {
    await loadWeights(network, weights).catch(({ message }: Error) => {
      throw new UsageError(`${message}. Wanted weights of --network ${name} for ${dataset}`);
    });
    if (mean === undefined || std === undefined) return { network };
    const normalisation = { mean, std };
    return { network: new NormalisedInput(network, normalisation, shape[2]), normalisation };
  } catch (error) {
    network.dispose();
    throw error;
  }
}

/** A name for the result: that of the file, in the letters that a name may have. */
function nameOf(file: string): string {
  const name = file.split("/").at(-1)!.replace(/\.safetensors$/, "");
  return name.replace(/[^A-Za-z0-9._-]+|^\.+/g, "-").slice(0, 40);
}

function numbers(text: string): number[] {
  // An empty part would be 0.
  const values = text.split(",").map((part) => part.trim() === "" ? NaN : Number(part));
  if (values.every(Number.isFinite)) return values;
  throw new InvalidArgumentError("Wanted numbers with commas between them.");
}

if (import.meta.main) await runCommand(evaluateCommand());
