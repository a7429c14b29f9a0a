/** The training loop. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import type { ImageSet } from "../datasets/mod.ts";
import type { Module } from "../layers/mod.ts";
import type { Loss } from "../losses/mod.ts";
import { deriveSeed } from "../random/mod.ts";
import { tf, valueAndGradients } from "../tensorflow/mod.ts";
import type { Recipe } from "../trials/mod.ts";
import { accumulatedStep } from "./accumulation.ts";
import { type EpochRecord, readCheckpoint, type Standing, writeCheckpoint } from "./checkpoint.ts";
import { imagesFromBytes } from "./images.ts";
import { type Batch, InputPipeline, trainingBatches, workersFor } from "./input_pipeline.ts";
import { buildOptimizer, type Optimizer, type Parameters } from "./optimizer.ts";
import { lossOfOutputs } from "./outputs.ts";
import { learningRateAt } from "./schedule.ts";

/** What {@linkcode train} takes. */
export interface TrainOptions {
  network: Module;
  loss: Loss;
  images: ImageSet;
  recipe: Recipe;
  /** Decides the order of the images, their augmentation and the dropout masks. */
  seed: number;
  /**
   * Where and how often to write checkpoints; training resumes from the file when it is there. `identity` says what is
   * trained, beyond the recipe, the seed and the images (network and loss, e.g. by the trial's id): the checkpoint of
   * another training is refused.
   */
  checkpoint?: { file: string; everySeconds: number; identity?: string };
  /** Stops after the present step, with a checkpoint. */
  signal?: AbortSignal;
  /** Called after every step with the number of steps done. */
  onStep?: (step: number, totalSteps: number) => void;
  onEpoch?: (epoch: EpochRecord) => void;
  /**
   * Threads that read and change the images ahead; 0: none, in this thread. Default: as the images need. The numbers are
   * the same for each.
   */
  workers?: number;
}

/** A training whose loss is no longer a number. */
export class DivergenceError extends Error {
  override name = "DivergenceError";
  /** Number of the step, from 0, whose loss is not finite, or that left weights that are not. */
  readonly step: number;
  /** The loss of that step. */
  readonly loss: number;
  /** The last checkpoint, all of whose numbers are finite, if one was written. */
  readonly checkpoint: string | undefined;

  constructor(step: number, loss: number, checkpoint: string | undefined) {
    const kept = checkpoint === undefined
      ? "there is no checkpoint before it"
      : `the last good checkpoint is ${checkpoint}`;
    const weights = Number.isFinite(loss) ? ", and its weights are no longer finite" : "";
    super(`Training diverged: the loss of step ${step} is ${loss}${weights}; ${kept}`);
    this.step = step;
    this.loss = loss;
    this.checkpoint = checkpoint;
  }
}

/** Steps whose losses wait on the device until they are read together. */
const LOSSES_READ_TOGETHER = 50;
/** They do not wait longer than this, so that slow networks notice a signal and write checkpoints as well. */
const MILLISECONDS_BETWEEN_READS = 1000;

/**
 * Trains a network, or goes on from a checkpoint with the numbers of an uninterrupted run.
 *
 * Batches are drawn in a new order every epoch; the last one of an epoch holds what is left (PyTorch's DataLoader).
 *
 * @returns finished is false when the signal stopped it; epochs are those finished so far
 * @throws {DivergenceError} when a loss is NaN or infinite, or weights to be written are
 * @throws {TypeError} when the checkpoint is damaged or of another training
 */
export async function train(
  options: TrainOptions,
): Promise<{ finished: boolean; epochs: EpochRecord[] }> {
  const { network, recipe, images } = options;
  const parameters = network.trainedParameters();
  const optimizer = buildOptimizer(parameters, recipe.optimizer);
  try {
    return await new Training(options, optimizer, parameters, images.count).run();
  } finally {
    optimizer.dispose();
  }
}

/**
 * One step: forward, backward, update.
 *
 * @returns The loss, on the device
 */
export function trainStep(options: {
  network: Module;
  parameters: Parameters;
  optimizer: Optimizer;
  loss: Loss;
  images: Tensor;
  labels: Tensor;
  learningRate: number;
  /** Number of the step, from 0. */
  step: number;
  seed: number;
}): Tensor {
  const { network, parameters, optimizer, loss, images, labels, learningRate, step, seed } =
    options;
  return tf.tidy(() => {
    const { value, gradients } = valueAndGradients(
      () => lossOfOutputs(network.outputs(images, { training: true, seed }), loss, labels),
      [...parameters.values()].map((parameter) => parameter.value),
    );
    optimizer.update(gradients, learningRate, step + 1);
    return value;
  });
}

/** A training under way. */
class Training {
  readonly #options: TrainOptions;
  readonly #optimizer: Optimizer;
  readonly #parameters: Parameters;
  readonly #stepsPerEpoch: number;
  readonly #totalSteps: number;
  #standing: Standing = { step: 0, epochs: [], lossSum: 0, seconds: 0 };
  #unread: Tensor[] = [];
  #lastRead = performance.now();
  #lastLoss = NaN;
  #lastWritten = performance.now();
  #resumedAt = performance.now();
  #hasCheckpoint = false;

  constructor(
    options: TrainOptions,
    optimizer: Optimizer,
    parameters: Parameters,
    imageCount: number,
  ) {
    this.#options = options;
    this.#optimizer = optimizer;
    this.#parameters = parameters;
    this.#stepsPerEpoch = Math.ceil(imageCount / options.recipe.batchSize);
    this.#totalSteps = this.#stepsPerEpoch * options.recipe.epochs;
  }

  async run(): Promise<{ finished: boolean; epochs: EpochRecord[] }> {
    await this.#restore();
    const { images, recipe, seed, workers } = this.#options;
    const firstStep = this.#standing.step;
    const plans = trainingBatches({ ...recipe, count: images.count, seed, firstStep });
    const input = new InputPipeline(images, plans, {
      workers: workers ?? workersFor(images, recipe.augmentation),
    });
    try {
      return { finished: await this.#learnFrom(input), epochs: this.#standing.epochs };
    } finally {
      input.close();
    }
  }

  /** Takes the steps that are left; false when the signal stopped it. */
  async #learnFrom(input: InputPipeline): Promise<boolean> {
    while (this.#standing.step < this.#totalSteps) {
      if (this.#options.signal?.aborted) {
        await this.#write();
        return false;
      }
      this.#step((await input.next())!);
      if (this.#standing.step % this.#stepsPerEpoch === 0) await this.#finishEpoch();
      else if (this.#isReadDue()) {
        await this.#readLosses();
        await this.#writeWhenDue();
      } else continue;
      // Lets a signal, a timer or a message from outside come in.
      await new Promise((resolve) => setTimeout(resolve));
    }
    return true;
  }

  #step({ pixels, labels }: Batch): void {
    const { network, loss, images: { shape }, recipe, seed, onStep } = this.#options;
    const { step } = this.#standing;
    const size = shape[0] * shape[1] * shape[2];
    const images = (first: number, count: number) =>
      imagesFromBytes(pixels.subarray(first * size, (first + count) * size) as Uint8Array, [
        count,
        ...shape,
      ]);
    const { microBatch = labels.length } = recipe;
    this.#unread.push(tf.tidy(() => {
      const common = {
        network,
        parameters: this.#parameters,
        optimizer: this.#optimizer,
        loss,
        labels: tf.tensor1d(labels, "int32"),
        learningRate: learningRateAt(step, {
          initial: recipe.optimizer.learningRate,
          schedule: recipe.schedule,
          stepsPerEpoch: this.#stepsPerEpoch,
        }),
        step,
        seed: deriveSeed(seed, "step", step),
      };
      return microBatch < labels.length
        ? accumulatedStep({ ...common, images, microBatch })
        : trainStep({ ...common, images: images(0, labels.length) });
    }));
    this.#standing.step++;
    onStep?.(this.#standing.step, this.#totalSteps);
  }

  async #finishEpoch(): Promise<void> {
    await this.#readLosses();
    const { epochs, lossSum } = this.#standing;
    const record = {
      epoch: epochs.length,
      loss: lossSum / this.#stepsPerEpoch,
      seconds: this.#secondsOfEpoch(),
    };
    this.#standing = { ...this.#standing, epochs: [...epochs, record], lossSum: 0, seconds: 0 };
    this.#resumedAt = performance.now();
    this.#options.onEpoch?.(record);
    await this.#write();
  }

  #isReadDue(): boolean {
    return this.#unread.length >= LOSSES_READ_TOGETHER ||
      performance.now() - this.#lastRead >= MILLISECONDS_BETWEEN_READS;
  }

  async #readLosses(): Promise<void> {
    this.#lastRead = performance.now();
    if (this.#unread.length === 0) return;
    const stacked = tf.stack(this.#unread);
    const values = await stacked.data();
    const firstStep = this.#standing.step - values.length;
    tf.dispose([stacked, this.#unread]);
    this.#unread = [];
    values.forEach((value, i) => {
      if (!Number.isFinite(value)) throw this.#divergence(firstStep + i, value);
      this.#standing.lossSum += value;
      this.#lastLoss = value;
    });
  }

  #divergence(step: number, loss: number): DivergenceError {
    const kept = this.#hasCheckpoint ? this.#options.checkpoint?.file : undefined;
    return new DivergenceError(step, loss, kept);
  }

  #secondsOfEpoch(): number {
    return this.#standing.seconds + (performance.now() - this.#resumedAt) / 1000;
  }

  async #restore(): Promise<void> {
    const { network, checkpoint } = this.#options;
    if (checkpoint === undefined) return;
    const identity = this.#identity();
    const restored = await readCheckpoint(checkpoint.file, {
      network,
      optimizer: this.#optimizer,
      identity,
    });
    if (restored === undefined) return;
    this.#standing = restored;
    this.#hasCheckpoint = true;
  }

  /** What makes a checkpoint belong to this training. */
  #identity(): string {
    const { recipe, seed, images, checkpoint } = this.#options;
    const { name, count } = images;
    return JSON.stringify({ of: checkpoint?.identity, recipe, seed, images: name, count });
  }

  async #writeWhenDue(): Promise<void> {
    const { checkpoint } = this.#options;
    if (checkpoint === undefined) return;
    if (performance.now() - this.#lastWritten >= checkpoint.everySeconds * 1000) {
      await this.#write();
    }
  }

  async #write(): Promise<void> {
    const { network, checkpoint } = this.#options;
    if (checkpoint === undefined) return;
    await this.#readLosses();
    const written = await writeCheckpoint(checkpoint.file, {
      network,
      optimizer: this.#optimizer,
      standing: { ...this.#standing, seconds: this.#secondsOfEpoch() },
      identity: this.#identity(),
    });
    if (!written) throw this.#divergence(this.#standing.step - 1, this.#lastLoss);
    this.#hasCheckpoint = true;
    this.#lastWritten = performance.now();
  }
}
