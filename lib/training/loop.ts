/** The training loop: batches into a learner, with checkpoints, losses and an end. */
import { turnOfEventLoop } from "../progress/mod.ts";
import { tf } from "../tensorflow/mod.ts";
import { type EpochRecord, readCheckpoint, type Standing, writeCheckpoint } from "./checkpoint.ts";
import type { Batch } from "./hooks.ts";
import type { Learner } from "./learner.ts";
import { UnreadLosses } from "./unread_losses.ts";

/** What {@linkcode runEpochs} takes. */
export interface LoopOptions {
  learner: Learner;
  /**
   * The batches from step `firstStep` on, those of all epochs one after another, from any source: images that are read
   * ahead, new ones mixed with remembered ones, a stream. The loop frees them.
   */
  batches: (firstStep: number) => AsyncIterable<Batch>;
  stepsPerEpoch: number;
  epochs: number;
  /** The learning rate of each step, which counts from 0. */
  learningRate: (step: number) => number;
  /**
   * Where and how often to write checkpoints (every 30 seconds unless given); the loop goes on from the file when it is
   * there. `identity` says what is trained: the checkpoint of another training is refused. `refusal` says why it cannot go on
   * from where the file stands.
   */
  checkpoint?: {
    file: string;
    everySeconds?: number;
    identity: string;
    refusal?: (standing: Pick<Standing, "epochs">) => string | undefined;
  };
  /** Stops after the present step, with a checkpoint. */
  signal?: AbortSignal;
  /** Called after every step with the number of steps done. */
  onStep?: (step: number, totalSteps: number) => void;
  /** Called after every epoch, before its checkpoint; waited for, and not counted in any epoch's seconds. */
  onEpoch?: (epoch: EpochRecord) => void | Promise<void>;
  /**
   * Asked after every epoch, before `onEpoch`, whether what the network gives are numbers: finite weights can have products that
   * are none, of which nobody could measure anything. If not, the training has diverged.
   */
  givesNumbers?: () => Promise<boolean>;
}

/** A training whose loss is no longer a number. */
export class DivergenceError extends Error {
  override name = "DivergenceError";
  /** Number of the step, from 0, whose loss is not finite, or that left weights or a network's outputs that are not. */
  readonly step: number;
  /** The loss of that step. */
  readonly loss: number;
  /** The last checkpoint, all of whose numbers are finite, if one was written. */
  readonly checkpoint: string | undefined;
  /** The epochs that were finished before. */
  readonly epochs: readonly EpochRecord[];

  constructor(
    step: number,
    loss: number,
    checkpoint: string | undefined,
    epochs: readonly EpochRecord[] = [],
    /** What is not finite where the loss is. */
    left: "weights" | "outputs" = "weights",
  ) {
    const kept = checkpoint === undefined
      ? "there is no checkpoint before it"
      : `the last good checkpoint is ${checkpoint}`;
    const after = Number.isFinite(loss) ? `, and its ${left} are no longer finite` : "";
    super(`Training diverged: the loss of step ${step} is ${loss}${after}; ${kept}`);
    this.step = step;
    this.loss = loss;
    this.checkpoint = checkpoint;
    this.epochs = epochs;
  }
}

/** Long enough to cost nothing beside the training, short enough to lose little. */
const SECONDS_BETWEEN_CHECKPOINTS = 30;

/**
 * Feeds a learner with batches for some epochs, or goes on from a checkpoint with the numbers of an uninterrupted run.
 *
 * @returns finished is false when the signal stopped it; epochs are those finished so far
 * @throws {DivergenceError} when a loss is NaN or infinite, or weights to be written or left by an epoch are, or `givesNumbers` says
 *   no
 * @throws {UnusableFileError} when the checkpoint is damaged, of another training, or refused
 * @throws {RangeError} when there are fewer batches than steps
 */
export function runEpochs(
  options: LoopOptions,
): Promise<{ finished: boolean; epochs: EpochRecord[] }> {
  return new Loop(options).run();
}

/** Whether the last step left numbers in all that the next one depends on; its loss is that of the weights before it. */
export async function hasNumbers(learner: Learner): Promise<boolean> {
  const values = [...learner.variables().values()].map(({ value }) => value);
  if (values.length === 0) return true;
  const all = tf.tidy(() => tf.stack(values.map((value) => value.isFinite().all())).all());
  const [isFinite] = await all.data();
  all.dispose();
  return isFinite === 1;
}

/** A loop under way. */
class Loop {
  readonly #options: LoopOptions;
  readonly #totalSteps: number;
  #standing: Standing = { step: 0, epochs: [], lossSum: 0, seconds: 0 };
  readonly #unread = new UnreadLosses();
  #lastLoss = NaN;
  #lastWritten = performance.now();
  #resumedAt = performance.now();
  #hasCheckpoint = false;

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#totalSteps = options.stepsPerEpoch * options.epochs;
  }

  async run(): Promise<{ finished: boolean; epochs: EpochRecord[] }> {
    await this.#restore();
    const input = iterate(this.#options.batches(this.#standing.step));
    try {
      return { finished: await this.#learnFrom(input), epochs: this.#standing.epochs };
    } finally {
      this.#unread.dispose();
      await input.return?.();
    }
  }

  /** Takes the steps that are left; false when the signal stopped it. */
  async #learnFrom(input: AsyncIterator<Batch>): Promise<boolean> {
    const { stepsPerEpoch, signal } = this.#options;
    while (this.#standing.step < this.#totalSteps) {
      if (signal?.aborted) {
        await this.#write();
        return false;
      }
      this.#step(await this.#next(input));
      if (this.#standing.step % stepsPerEpoch === 0) await this.#finishEpoch();
      else if (this.#unread.areDue) {
        await this.#readLosses();
        await this.#writeWhenDue();
      } else continue;
      await turnOfEventLoop();
    }
    return true;
  }

  async #next(input: AsyncIterator<Batch>): Promise<Batch> {
    const next = await input.next();
    if (!next.done) return next.value;
    throw new RangeError(
      `There are ${this.#totalSteps} steps to take, and after ${this.#standing.step} there is no further batch`,
    );
  }

  #step(batch: Batch): void {
    const { learner, learningRate, onStep } = this.#options;
    try {
      this.#unread.add(learner.step(batch, learningRate(this.#standing.step)));
    } finally {
      tf.dispose([batch?.images, batch?.labels]);
    }
    this.#standing.step++;
    onStep?.(this.#standing.step, this.#totalSteps);
  }

  async #finishEpoch(): Promise<void> {
    await this.#readLosses();
    const { learner, stepsPerEpoch, onEpoch, givesNumbers } = this.#options;
    const { epochs, lossSum, step } = this.#standing;
    const record = {
      epoch: epochs.length,
      loss: lossSum / stepsPerEpoch,
      seconds: this.#secondsOfEpoch(),
    };
    this.#standing = { ...this.#standing, epochs: [...epochs, record], lossSum: 0, seconds: 0 };
    // Who measures the network after the epoch can make nothing of weights that are no numbers.
    if (!await hasNumbers(learner)) throw this.#divergence(step - 1, this.#lastLoss);
    if (await givesNumbers?.() === false) {
      throw this.#divergence(step - 1, this.#lastLoss, "outputs");
    }
    await onEpoch?.(record);
    this.#resumedAt = performance.now();
    await this.#write();
  }

  async #readLosses(): Promise<void> {
    const values = await this.#unread.read();
    const firstStep = this.#standing.step - values.length;
    values.forEach((value, i) => {
      if (!Number.isFinite(value)) throw this.#divergence(firstStep + i, value);
      this.#standing.lossSum += value;
      this.#lastLoss = value;
    });
  }

  #divergence(step: number, loss: number, left?: "outputs"): DivergenceError {
    const kept = this.#hasCheckpoint ? this.#options.checkpoint?.file : undefined;
    return new DivergenceError(step, loss, kept, this.#standing.epochs, left);
  }

  #secondsOfEpoch(): number {
    return this.#standing.seconds + (performance.now() - this.#resumedAt) / 1000;
  }

  async #restore(): Promise<void> {
    const { learner, checkpoint } = this.#options;
    if (checkpoint === undefined) return;
    const { file, identity, refusal } = checkpoint;
    const variables = learner.variables();
    const restored = await readCheckpoint(file, { variables, identity, refusal });
    if (restored === undefined) return;
    const { learner: standing = { steps: restored.step, updates: {} }, ...own } = restored;
    this.#standing = own;
    learner.standing = standing;
    this.#hasCheckpoint = true;
  }

  async #writeWhenDue(): Promise<void> {
    const { checkpoint } = this.#options;
    if (checkpoint === undefined) return;
    const { everySeconds = SECONDS_BETWEEN_CHECKPOINTS } = checkpoint;
    if (performance.now() - this.#lastWritten >= everySeconds * 1000) {
      await this.#write();
    }
  }

  async #write(): Promise<void> {
    const { learner, checkpoint } = this.#options;
    if (checkpoint === undefined) return;
    await this.#readLosses();
    const { file, identity } = checkpoint;
    const seconds = this.#secondsOfEpoch();
    const standing = { ...this.#standing, seconds, learner: learner.standing };
    const written = await writeCheckpoint(file, {
      variables: learner.variables(),
      standing,
      identity,
    });
    if (!written) throw this.#divergence(this.#standing.step - 1, this.#lastLoss);
    this.#hasCheckpoint = true;
    this.#lastWritten = performance.now();
  }
}

/** @throws {TypeError} for what gives no batches one after another */
function iterate(batches: AsyncIterable<Batch>): AsyncIterator<Batch> {
  if (typeof batches?.[Symbol.asyncIterator] === "function") return batches[Symbol.asyncIterator]();
  throw new TypeError(
    `Cannot train on a source whose batches() gives ${batches}: wanted an async generator of { images, labels }`,
  );
}
