/** `deno task train`: trains a network with a loss, on a data set or a folder of images, and saves its weights. */
import {
  classCounts,
  type Dataset,
  datasetFacts,
  loadDataset,
  loadOwnImages,
} from "../datasets/mod.ts";
import { experimentOf } from "../experiments/mod.ts";
import { isThere, withLock } from "../files/mod.ts";
import { startProgress } from "../progress/mod.ts";
import { dataFolder, withEpochs } from "../trials/mod.ts";
import { type LossName, lossNames } from "../losses/names.ts";
import type { Recipe } from "../training/mod.ts";
import {
  type Command,
  command,
  exitCodes,
  InvalidArgumentError,
  Option,
  positiveInteger,
  runCommand,
  UsageError,
  userFolder,
  userPath,
} from "./command.ts";
import { requireDataset } from "./dataset_name.ts";
import { takeInterrupts } from "./interrupt.ts";
import { requireWritableFile } from "./writable.ts";

interface TrainFlags {
  network: string;
  dataset?: string;
  images?: string;
  size: number;
  loss: LossName;
  out?: string;
  epochs?: number;
  batchSize?: number;
  learningRate?: number;
  margin?: number;
  seed: number;
  data?: string;
}

// What A.1.4 says of CIFAR, for networks and data sets that the paper has no recipe for.
const likeCifar = { dataset: "cifar10", network: "resnet32" };

/** The command. */
function trainCommand(): Command {
  return command("train", "Train a network with a loss, by the paper's recipe for it or your own.")
    .requiredOption("--network <name>", 'a network of this library, such as "resnet32"')
    .option("--dataset <name>", 'a data set, such as "cifar10"')
    .option(
      "--images <folder>",
      "your own images: train/<class>/* and test/<class>/* in a folder",
      userFolder,
    )
    .option("--size <pixels>", "side that your own images get", positiveInteger, 64)
    .addOption(
      new Option("--loss <name>", "the loss").choices(lossNames).default("hem"),
    )
    .option(
      "--out <file>",
      "where the weights go (default: <network>-<loss>.safetensors)",
      userPath,
    )
    .option(
      "--epochs <count>",
      "default: the recipe's, its schedule stretched alike",
      positiveInteger,
    )
    .option("--batch-size <count>", "default: the recipe's", positiveInteger)
    .option("--learning-rate <rate>", "default: the recipe's", positive)
    .option("--margin <margin>", "of MM or HEM (default: the paper's)", positive)
    .option("--seed <seed>", "decides initial weights, order and augmentation", wholeNumber, 0)
    .option("--data <folder>", "the folder of raw/ (default: HEM_DATA, else data)", userFolder)
    .action(async (flags: TrainFlags) => {
      Deno.exitCode = await trainFrom(flags);
    });
}

/** The paper's recipe for a network on a data set, else MNIST's for digits and CIFAR's for all else, with what the flags change. */
export function recipeOf(flags: Omit<TrainFlags, "loss" | "size" | "seed">): Recipe {
  const { conditions } = experimentOf("5.1");
  const find = (dataset: string | undefined, network: string) =>
    conditions.find(({ trial }) =>
      trial.dataset.name === dataset && trial.network.name === network
    );
  // Fashion-MNIST and KMNIST as MNIST, whose images are not cropped or mirrored.
  const isDigits = flags.dataset !== undefined && datasetFacts(flags.dataset).family === "digits";
  const dataset = isDigits ? "mnist" : flags.dataset;
  const { recipe } = find(dataset, flags.network) ??
    conditions.find(({ trial }) => trial.dataset.name === dataset) ??
    find(likeCifar.dataset, likeCifar.network)!;
  const { epochs = recipe.epochs, batchSize = recipe.batchSize, learningRate } = flags;
  return {
    ...withEpochs(recipe, epochs),
    batchSize,
    ...(learningRate !== undefined && { optimizer: { ...recipe.optimizer, learningRate } }),
  };
}

/** Trains as the flags say; returns the exit code. An interrupted training goes on when the command is given again. */
async function trainFrom(flags: TrainFlags): Promise<number> {
  const { network: name, loss: lossName } = flags;
  if ((flags.dataset === undefined) === (flags.images === undefined)) {
    throw new UsageError("Give --dataset or --images, one of them");
  }
  if (flags.dataset !== undefined) requireDataset(flags.dataset);
  const recipe = recipeOf(flags);
  const file = flags.out ?? userPath(`${name}-${lossName}.safetensors`);
  requireWritableFile(file, "--out");
  requireNew(file);
  const { parseNetworkName } = await import("../models/mod.ts");
  parseNetworkName(name);
  const dataset = await load(flags);
  const lock = `${file}.lock`;
  return await withLock(lock, () => trainInto(file, dataset, recipe, flags), {
    onWait() {
      throw new UsageError(
        `--out: another process trains into ${file} (it holds ${lock}); name another file, or wait for its end`,
      );
    },
  });
}

function requireNew(file: string): void {
  if (!isThere(file)) return;
  throw new UsageError(`--out: ${file} is there already; name another file, or remove that one`);
}

/** Trains into a file, whose lock is held. Returns the exit code. */
async function trainInto(
  file: string,
  dataset: Dataset,
  recipe: Recipe,
  { network: name, loss: lossName, margin, seed }: TrainFlags,
): Promise<number> {
  // The lock's last holder may have written it meanwhile.
  requireNew(file);
  const { buildNetwork, parseNetworkName } = await import("../models/mod.ts");
  const { name: family, options } = parseNetworkName(name);
  const { losses } = await import("../losses/mod.ts");
  const { DivergenceError, givesNumbers, predictLogits, saveWeights, train } = await import(
    "../training/mod.ts"
  );
  const { accuracy } = await import("../evaluation/mod.ts");
  const { classes, imageShape } = dataset;
  const network = buildNetwork(family, { classes, inputShape: imageShape, seed, options });
  const loss = losses[lossName]({
    classCounts: classCounts(dataset),
    ...(margin !== undefined && { options: { margin } }),
  });
  const progress = startProgress(`Training ${name} with ${lossName}`, 1);
  using interrupt = takeInterrupts("the training");
  interrupt.kill.addEventListener("abort", () => Deno.exit(interrupt.exitCode));
  const stopped = () => {
    progress.finish("stopped");
    console.log("Stopped. Give the same command again to go on from the checkpoint.");
    return interrupt.exitCode ?? exitCodes.failed;
  };
  let shown = "";
  try {
    const { finished } = await train({
      network,
      loss,
      images: dataset.train,
      recipe,
      seed,
      checkpoint: {
        file: `${file}.checkpoint`,
        identity: JSON.stringify([name, lossName, margin, imageShape]),
      },
      signal: interrupt.stop,
      givesNumbers: () => givesNumbers(network, dataset.train),
      onStep: (step, total) => {
        const epoch = Math.ceil(step * recipe.epochs / total);
        progress.update(step / total, `epoch ${epoch}/${recipe.epochs}${shown}`);
      },
      onEpoch: ({ loss }) => {
        shown = `, loss ${loss.toPrecision(3)}`;
      },
    });
    if (!finished) return stopped();
    // Before the weights are in their place: where it is stopped here, the same command again goes on with the test.
    const logits = await predictLogits(network, dataset.test, {
      onProgress: (fraction) => {
        interrupt.stop.throwIfAborted();
        progress.update(1, `tested ${Math.floor(100 * fraction)} %`);
      },
    });
    await saveWeights(network, file, { network: name, loss: lossName });
    const percent = 100 * accuracy(logits, dataset.test.labels, classes);
    progress.finish();
    await Deno.remove(`${file}.checkpoint`);
    // Whoever holds it next finds the weights.
    await Deno.remove(`${file}.lock`);
    console.log(`${percent.toFixed(2)} % of ${dataset.test.count} test images are right.`);
    console.log(`Weights, under PyTorch's names: ${file}`);
    return 0;
  } catch (error) {
    if (error === interrupt.stop.reason) return stopped();
    if (!(error instanceof DivergenceError)) throw error;
    throw new Error(`${error.message}. Try a smaller --learning-rate, with another --out`);
  } finally {
    progress.finish();
    network.dispose();
  }
}

async function load({ dataset, images, size, data }: TrainFlags): Promise<Dataset> {
  if (images !== undefined) {
    const own = await loadOwnImages(images, { size });
    console.log(
      `${images}: ${own.train.count} images to train with and ${own.test.count} to test, of ${own.classes} classes.`,
    );
    return own;
  }
  return await loadDataset(dataset!, { data: dataFolder(data) });
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("Wanted a number above 0.");
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError("Wanted a whole number of 0 or more.");
}

if (import.meta.main) await runCommand(trainCommand());
