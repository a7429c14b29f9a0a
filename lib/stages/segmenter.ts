import { join } from "node:path";
import type { Tensor4D } from "@tensorflow/tfjs-node-gpu";
import {
  countPixels,
  digitScenes,
  ignoreLabel,
  loadDataset,
  loadScenes,
  loadSceneStandIn,
  MissingDataError,
  type SceneDataset,
  type SceneSet,
  splitViews,
  testViews,
  trainingViews,
  viewBatches,
} from "../datasets/mod.ts";
import { isFile } from "../files/mod.ts";
import {
  hemMargin,
  hemPlusMargins,
  type Loss,
  losses,
  type LossName,
  samplesPerClass,
  type SampleUnit,
} from "../losses/mod.ts";
import { buildNetwork, Fpn, type Network, type Normalisation, normalised } from "../models/mod.ts";
import { tf } from "../tensorflow/mod.ts";
import {
  type BatchSource,
  imagesFromBytes,
  InputPipeline,
  loadEncoderWeights,
  loadWeights,
  predictPixels,
  workersFor,
} from "../training/mod.ts";
import type { Facts, Options, Trial } from "../trials/mod.ts";
import { type SceneOptions, sceneOptions } from "./scene_options.ts";
import { type MeasureContext, type TrialContext, trialOf } from "./work.ts";

/** A network that gives each pixel a class, and the scenes that it is trained and tested on. */
export interface Segmenter {
  network: Network;
  dataset: SceneDataset;
  options: SceneOptions;
  /** Images with pixels in [0, 1], padding included, as the network takes them. */
  prepare(images: Tensor4D): Tensor4D;
  /** For captions: where the encoder's weights come from. */
  facts: Facts;
}

// torchvision's and timm's weights were trained on images that were normalised so.
const IMAGENET: Normalisation = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/**
 * A trial's network with its initial weights, and its scenes.
 *
 * @throws {MissingDataError} where the scenes, or the weights of the encoder that a trial names, are not on this machine
 */
export async function newSegmenter(
  { trial, data }: Pick<TrialContext, "trial" | "data">,
): Promise<Segmenter> {
  const dataset = await loadTrialScenes(trial, data);
  const options = sceneOptions(trial);
  const { encoderWeights, ...ofNetwork } = trial.network.options ?? {};
  const network = buildNetwork(trial.network.name, {
    classes: dataset.classes,
    inputShape: [...options.size, 3],
    seed: trial.seed,
    options: ofNetwork,
  });
  if (encoderWeights === undefined) {
    const facts = { "encoder weights": "random" };
    return { network, dataset, options, prepare: (images) => images, facts };
  }
  if (!(network instanceof Fpn)) {
    throw new RangeError(`The network "${trial.network.name}" has no encoder to give weights to`);
  }
  const file = join(data, "raw", "encoders", `${encoderWeights}.safetensors`);
  if (!isFile(file)) {
    throw new MissingDataError(`the encoder weights "${encoderWeights}"`, {
      reason: `there is no file ${file}`,
      whatToDo:
        `Put weights for the encoder "${ofNetwork.encoder}" there, with the names of segmentation_models_pytorch; torchvision's ` +
        "and timm's fit too, but for EfficientNets",
    });
  }
  const { sha256 } = await loadEncoderWeights(network.encoder, file);
  return {
    network,
    dataset,
    options,
    prepare: (images) => normalised(images, IMAGENET) as Tensor4D,
    facts: { "encoder weights": `${encoderWeights}, SHA-256 ${sha256}` },
  };
}

/** A trial's trained network and its scenes, once for all stages of a process. */
export function trainedSegmenter(context: MeasureContext): Promise<Segmenter> {
  return context.shared("segmenter", async () => {
    const { data, weights } = context;
    const segmenter = await newSegmenter({ trial: trialOf(context), data });
    await loadWeights(segmenter.network, weights.file);
    return segmenter;
  });
}

/** The batches of a trial's training: every scene once an epoch, each time in another view. */
export function sceneBatches({ dataset: { train }, options, prepare }: Segmenter, trial: Trial) {
  const { seed, recipe: { epochs, batchSize, augmentation } } = trial;
  const { count } = train;
  const views = trainingViews(train, { ...options, epochs, seed, flip: augmentation !== "none" });
  return {
    name: train.name,
    count,
    async *batches(firstStep) {
      const plans = viewBatches({ count, batchSize, seed, epochs, firstStep });
      const input = new InputPipeline(views, plans, { workers: workersFor(views) });
      try {
        for (let next = await input.next(); next !== undefined; next = await input.next()) {
          const shape = [next.labels.length, ...options.size] as const;
          const { pixels, labels } = splitViews(next.pixels as Uint8Array);
          yield {
            images: tf.tidy(() => prepare(imagesFromBytes(pixels, [...shape, 3]))),
            labels: tf.tensor3d(labels, [...shape], "int32"),
          };
        }
      } finally {
        input.close();
      }
    },
  } satisfies BatchSource;
}

/** Whether the logits of a network are finite, for a scene that it has learnt from. */
export async function givesClasses(
  { network, dataset, options, prepare }: Segmenter,
): Promise<boolean> {
  const views = testViews(dataset.train, options);
  const { pixels } = splitViews(await views.read(Uint32Array.of(0)));
  const predict = predictPixels(network, { prepare, diverged: "give" });
  const images = imagesFromBytes(pixels, [1, ...options.size, 3]);
  try {
    return (await predict(images))[0]! >= 0;
  } finally {
    images.dispose();
    predict.dispose();
  }
}

/** The losses that take the number of training samples, in a unit that a trial may choose. */
const COUNTING: readonly LossName[] = ["la", "hem", "hem_plus"];

/**
 * The trial's loss for labels per pixel, and its margins for captions. The samples are counted in the scenes as they are stored,
 * not as training resizes or crops them.
 */
export async function pixelLoss(
  { loss: { name, options: all = {} } }: Trial,
  { train }: SceneDataset,
  data: string,
): Promise<{ loss: Loss; facts: Facts }> {
  const { sampleUnit = "pixels", ...others } = all;
  // The other losses refuse it.
  const options = COUNTING.includes(name) ? others : all;
  const unit = sampleUnit as SampleUnit;
  const lossFor = (classCounts: readonly number[]) =>
    losses[name]({ classCounts, options: { ...options, ignoreLabel } });
  // What is wrong is said before all masks are counted.
  samplesPerClass({ pixels: [], images: [], pixelsPerImage: 1 }, unit);
  lossFor(new Array<number>(train.classes).fill(1));
  const counts = await countPixels(train, { data });
  const samples = samplesPerClass(counts, unit);
  const classCounts = name === "hem_plus" ? aboveZero(samples, options) : samples;
  const loss = lossFor(classCounts);
  const facts: Facts = { "labelled pixels": counts.pixels.reduce((a, b) => a + b, 0) };
  const of = options.samples === undefined ? {} : { samples: Number(options.samples) };
  if (name === "hem") facts.margin = Number(options.margin ?? hemMargin(sum(classCounts), of));
  if (name === "hem_plus") {
    hemPlusMargins(classCounts, of).forEach((margin, c) => facts[`margin of class ${c}`] = margin);
  }
  return { loss, facts };
}

/** Counts for HEM+'s margins, which need samples of every class: a small part of a set can lack one. */
function aboveZero(samples: readonly number[], { marginIndex }: Options): number[] {
  // It is no pixel's target, whose margin only has to be a number; a competitor's stands in the errors of all pixels.
  const least = marginIndex === "competitor"
    ? Math.min(...samples.filter((count) => count > 0))
    : 1;
  return samples.map((count) => count || least);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The scenes of a trial, as many as it says: the first ones. Those of digits are made of MNIST. */
async function loadTrialScenes(trial: Trial, data: string): Promise<SceneDataset> {
  const { name, trainCount, testCount, standIn, longTail, perClass } = trial.dataset;
  if (longTail !== undefined || perClass !== undefined) {
    throw new RangeError(
      `Cannot choose scenes of ${name} by their class: each has pixels of several; leave out longTail and perClass`,
    );
  }
  if (name === "digit_scenes") {
    if (trainCount === undefined || testCount === undefined) {
      throw new RangeError(
        "Scenes of digits are made: a trial says how many, trainCount and testCount",
      );
    }
    const digits = await loadDataset("mnist", { data });
    // The same scenes for every trial.
    return digitScenes(digits, { seed: 0, train: trainCount, test: testCount });
  }
  const dataset = standIn
    ? await loadSceneStandIn(name, join(data, "runs", "stand_in", name))
    : await loadScenes(name, { data });
  return {
    ...dataset,
    train: first(dataset.train, trainCount),
    test: first(dataset.test, testCount),
  };
}

/** The first scenes of a set. */
function first(set: SceneSet, count = Infinity): SceneSet {
  if (count >= set.count) return set;
  const { places, ...rest } = set;
  return {
    ...rest,
    name: `${set.name}, the first ${count}`,
    count,
    read: (index) => set.read(index),
    ...(places && { places: places.slice(0, count) }),
  };
}
