import { classCounts, type Dataset, describeOrigin } from "../datasets/mod.ts";
import { type Loss, losses } from "../losses/mod.ts";
import type { Network } from "../models/mod.ts";
import {
  DivergenceError,
  type EpochRecord,
  givesNumbers,
  saveWeights,
  train,
  type TrainOptions,
  trainSkipping,
} from "../training/mod.ts";
import { type Facts, type ResultRow, stageKey, type Trial, trialId } from "../trials/mod.ts";
import { newClassifier, sharedClassifier } from "./classifier.ts";
import { divergence } from "./divergence.ts";
import { resuming } from "./put_aside.ts";
import { givesClasses, newSegmenter, pixelLoss, sceneBatches } from "./segmenter.ts";
import { type Made, type MakeContext, StoppedError } from "./work.ts";

/** What is trained, with what, on what, and what captions say of it. */
interface Material {
  network: Network;
  loss: Loss;
  images: TrainOptions["images"];
  facts: Facts;
  /** Whether what the network gives for some of the images is finite. */
  givesNumbers: () => Promise<boolean>;
}

/** The loss of a trial that classifies, with what the catalogue takes from its training images. */
export function classifierLoss({ loss }: Trial, dataset: Dataset): Loss {
  return losses[loss.name]({
    classCounts: classCounts(dataset),
    ...(loss.options && { options: loss.options }),
  });
}

/** A classifier and its images, or a network of pixels and its scenes. */
async function materialOf(context: MakeContext): Promise<Material> {
  const { trial, data } = context;
  if (trial.kind === "segmentation") {
    const segmenter = await context.shared("segmenter", () => newSegmenter(context));
    const { network, dataset } = segmenter;
    const { loss, facts } = await pixelLoss(trial, dataset, data);
    const images = sceneBatches(segmenter, trial);
    return {
      ...{ network, loss, images },
      facts: { ...originOf(dataset.train), ...segmenter.facts, ...facts },
      givesNumbers: () => givesClasses(segmenter),
    };
  }
  const { network, dataset } = await context.shared(
    sharedClassifier,
    () => newClassifier(context),
  );
  const loss = classifierLoss(trial, dataset);
  return {
    ...{ network, loss, images: dataset.train, facts: originOf(dataset.train) },
    givesNumbers: () => givesNumbers(network, dataset.train),
  };
}

/** For captions: where the training images come from, where they were not made. */
function originOf(train: Parameters<typeof describeOrigin>[0]): Facts {
  const origin = describeOrigin(train);
  return origin === undefined ? {} : { training_images: origin };
}

/**
 * Trains the trial's network and saves its weights. A training that was interrupted goes on from its checkpoint; one whose
 * loss is no number any more is a result too.
 */
export async function trainNetwork(context: MakeContext): Promise<Made> {
  const { trial, stage, weights, checkpoint, signal, followers, advance } = context;
  const { recipe } = trial;
  const { network, loss, images, facts, givesNumbers } = await materialOf(context);
  const common: Omit<TrainOptions, "images"> = {
    network,
    loss,
    recipe,
    seed: trial.seed,
    givesNumbers,
    ...(signal && { signal }),
    onEpoch: async (epoch) => {
      for (const follower of followers) await follower.onEpoch(epoch, network);
    },
    onStep: (step, total) => {
      const epoch = Math.ceil(step * recipe.epochs / total);
      advance(step / total, `epoch ${epoch}/${recipe.epochs}`);
    },
  };
  const learn = () => {
    if (recipe.skipLearnt) {
      if ("batches" in images) throw new RangeError("Only whole images can be skipped, not pixels");
      return trainSkipping({ ...common, images });
    }
    return train({
      ...common,
      images,
      checkpoint: {
        file: checkpoint,
        identity: `${trialId(trial)} ${stageKey(stage)}`,
        // Of a run that others watched, or nobody.
        refusal: ({ epochs: { length } }) =>
          followers.every((follower) => follower.hasFirst(length))
            ? undefined
            : `it is after epoch ${length}, and what is wanted now was not measured after each before it`,
      },
    });
  };
  try {
    const { finished, epochs } = await resuming(learn, context);
    if (!finished) throw new StoppedError("Stopped in training");
    await saveWeights(network, weights.file, { trial: trialId(trial) });
    return { outcome: { name: "finished" }, ...measuredOf(epochs), ...named(facts) };
  } catch (error) {
    if (!(error instanceof DivergenceError)) throw error;
    return { outcome: divergence(error), ...measuredOf(error.epochs), ...named(facts) };
  }
}

/** What a training says of its epochs, as rows, and how long they took. */
function measuredOf(epochs: readonly EpochRecord[]): { rows: ResultRow[]; seconds: number } {
  return {
    rows: epochs.flatMap(({ epoch, loss, seconds, presented }): ResultRow[] => {
      const at = { epoch: epoch + 1 };
      return [
        { metric: "loss", value: loss, at },
        { metric: "seconds", value: seconds, at },
        ...(presented === undefined ? [] : [{ metric: "presented", value: presented, at }]),
      ];
    }),
    seconds: epochs.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

/** Facts as a record has them: left out where there are none. */
function named(facts: Facts): { facts?: Facts } {
  return Object.keys(facts).length === 0 ? {} : { facts };
}
