import { describeOrigin } from "../datasets/mod.ts";
import { losses } from "../losses/mod.ts";
import { DivergenceError, saveWeights, train, UnusableCheckpointError } from "../training/mod.ts";
import { type ResultRow, trialId } from "../trials/mod.ts";
import { classCounts, newClassifier, sharedClassifier } from "./classifier.ts";
import { putAside } from "./put_aside.ts";
import { type Made, type MakeContext, StoppedError } from "./work.ts";

// Long enough to cost nothing beside the training, short enough to lose little.
const secondsBetweenCheckpoints = 30;

/**
 * Trains the trial's network and saves its weights. A training that was interrupted goes on from its checkpoint; one whose
 * loss is no number any more is a result too.
 */
export async function makeClassifier(context: MakeContext): Promise<Made> {
  const { trial, weights, checkpoint, signal, followers, advance } = context;
  const { recipe } = trial;
  const classifier = await context.shared(sharedClassifier, () => newClassifier(context));
  const { network, dataset } = classifier;
  const done: ResultRow[] = [];
  let seconds = 0;
  const learn = () =>
    train({
      network,
      loss: losses[trial.loss.name]({
        classCounts: classCounts(dataset),
        ...(trial.loss.options && { options: trial.loss.options }),
      }),
      images: dataset.train,
      recipe,
      seed: trial.seed,
      checkpoint: {
        file: checkpoint,
        everySeconds: secondsBetweenCheckpoints,
        identity: trialId(trial),
      },
      ...(signal && { signal }),
      onEpoch: async (epoch) => {
        for (const follower of followers) await follower.onEpoch(epoch, network);
      },
      onStep: (step, total) => {
        const epoch = Math.ceil(step * recipe.epochs / total);
        advance(step / total, `epoch ${epoch}/${recipe.epochs}`);
      },
    });
  try {
    const { finished, epochs } = await learn().catch((error) => {
      if (!(error instanceof UnusableCheckpointError)) throw error;
      const aside = putAside(error.file);
      context.note(
        `its checkpoint cannot be used (${error.reason}): put aside as ${aside}, begins anew`,
      );
      return learn();
    });
    if (!finished) throw new StoppedError("Stopped in training");
    for (const { epoch, loss, seconds: taken } of epochs) {
      const at = { epoch: epoch + 1 };
      done.push({ metric: "loss", value: loss, at }, { metric: "seconds", value: taken, at });
      seconds += taken;
    }
  } catch (error) {
    if (!(error instanceof DivergenceError)) throw error;
    const { step, loss } = error;
    const stepsPerEpoch = Math.ceil(dataset.train.count / recipe.batchSize);
    const outcome = {
      name: "diverged" as const,
      step,
      epoch: Math.floor(step / stepsPerEpoch),
      loss: Number.isFinite(loss) ? loss : String(loss),
    };
    return { outcome, seconds, rows: done };
  }
  await saveWeights(network, weights.file, { trial: trialId(trial) });
  const images = describeOrigin(dataset.train);
  const facts = images === undefined ? {} : { facts: { training_images: images } };
  return { outcome: { name: "finished" }, seconds, rows: done, ...facts };
}
