/** Learning one experience after the other, with measurements in between and checkpoints. */
import { basename, join } from "node:path";
import { z } from "zod";
import { predictions } from "../evaluation/mod.ts";
import { isFile, removeIfThere, UnusableFileError, writeAtomically } from "../files/mod.ts";
import type { Normalisation } from "../models/mod.ts";
import { turnOfEventLoop } from "../progress/mod.ts";
import {
  type Batch,
  DivergenceError,
  type EpochRecord,
  type Experience,
  type Learner,
  predictLogits,
  runEpochs,
} from "../training/mod.ts";
import { experienceOrder, type OrderOptions, plansOf } from "./experience_order.ts";
import { checkHeads, widenHeads } from "./heads.ts";
import type { Scenario } from "./scenario.ts";
import { checkHeadSizes } from "./scenario_checks.ts";
import { checkLearner, type ExperienceOrder, type Strategy } from "./strategy.ts";
import { experienceImages, streamBatches } from "./stream_batches.ts";

/** What {@linkcode learnExperiences} takes. */
export interface ContinualOptions {
  scenario: Scenario;
  /** Its hooks are the strategy. */
  learner: Learner;
  strategy: Strategy;
  order: OrderOptions;
  normalisation: Normalisation;
  /** The learning rate of a step of an experience, which counts from 0. */
  learningRate: (step: number, stepsPerEpoch: number) => number;
  /**
   * Where and how often to write checkpoints (every 30 seconds unless given); the run goes on from there. `identity` says
   * what is trained: checkpoints of another training are refused.
   */
  checkpoint?: { folder: string; everySeconds?: number; identity: string };
  /** Stops after the present step, with a checkpoint; after the present batch where an experience is tested or gone through again. */
  signal?: AbortSignal;
  onStep?: (step: number, totalSteps: number) => void;
}

/** What learning the experiences gave. */
export interface ContinualResults {
  /** Test images of each experience classified correctly before any training. */
  untrained: number[];
  /** The same after each experience (row). */
  correct: number[][];
  /** Epochs of each experience. */
  epochs: EpochRecord[][];
  /** What the strategy measured after each experience. */
  measures: Record<string, number>[];
}

const counts = z.array(z.int().nonnegative());
const resultsSchema = z.strictObject({
  identity: z.string(),
  results: z.strictObject({
    untrained: counts,
    correct: z.array(counts),
    epochs: z.array(
      z.array(z.strictObject({ epoch: z.int(), loss: z.number(), seconds: z.number() })),
    ),
    measures: z.array(z.record(z.string(), z.number())),
  }),
});

/**
 * Learns all experiences in turn and measures every test experience after each; joint training learns all of them at once.
 *
 * A run that was stopped or killed goes on with the numbers of one that was not: checkpoints hold the learner with its
 * optimiser and all that the strategy remembers.
 *
 * @returns undefined when the signal stopped it
 * @throws {TypeError} when the learner's hooks are not the strategy
 * @throws {RangeError} when the network has not the scenario's heads, or the strategy cannot learn an experience in this way
 * @throws {DivergenceError} when a loss is NaN or infinite, or weights to be written or left by an epoch are
 * @throws {UnusableFileError} when a checkpoint is damaged or of another training
 */
export function learnExperiences(options: ContinualOptions): Promise<ContinualResults | undefined> {
  return new Run(options).run();
}

/** Ends what is done between the steps when the signal is heard there. */
class Stop extends Error {}

class Run {
  readonly #options: ContinualOptions;
  /** The experiences that are learnt together, in turn. */
  readonly #phases: readonly (readonly number[])[];
  readonly #orders: readonly ExperienceOrder[];
  #results: ContinualResults | undefined;

  constructor(options: ContinualOptions) {
    const { scenario, strategy, order, learner } = options;
    checkLearner(learner, strategy);
    checkHeads(learner.network, scenario.heads);
    checkHeadSizes(scenario);
    const all = scenario.experiences.map((_, k) => k);
    this.#options = options;
    this.#phases = strategy.isJoint ? [all] : all.map((k) => [k]);
    this.#orders = this.#phases.map((experiences, index) =>
      experienceOrder(scenario.train, {
        ...order,
        index,
        experiences,
        isMixed: scenario.heads === undefined,
      })
    );
    for (const order of this.#orders) strategy.check?.(order);
  }

  async run(): Promise<ContinualResults | undefined> {
    try {
      return await this.#learnAll();
    } catch (error) {
      // A phase that has ended has its checkpoint: nothing that was learnt is lost.
      if (error instanceof Stop) return undefined;
      throw error;
    }
  }

  /** Learns all phases; undefined when the signal stopped one between two steps. */
  async #learnAll(): Promise<ContinualResults | undefined> {
    const first = this.#firstPhase();
    this.#results = first === undefined ? undefined : this.#readResults();
    if (this.#results === undefined) {
      const untrained = (await this.#measure(this.#phases.length))!;
      this.#results = { untrained, correct: [], epochs: [], measures: [] };
    }
    for (let index = first ?? 0; index < this.#phases.length; index++) {
      if (!await this.#learn(index)) return undefined;
      await this.#remove(index - 1);
    }
    return this.#results;
  }

  /** Learns a phase; false when the signal stopped it. */
  async #learn(index: number): Promise<boolean> {
    const { strategy, learner, learningRate, signal, onStep } = this.#options;
    const order = this.#orders[index]!;
    const { stepsPerEpoch, epochs } = order;
    const before = this.#stepsBefore(index);
    const total = this.#stepsBefore(this.#phases.length);
    const experience: Experience = { index, batches: (size) => this.#once(order, size) };
    this.#widenHeads(index);
    await learner.beforeExperience(experience);
    const isResumed = this.#options.checkpoint !== undefined && isFile(this.#fileOf(index));
    const learnt = await this.#runEpochs(index, {
      learner,
      batches: (firstStep) => {
        if (isResumed) strategy.restored?.();
        return this.#batches(strategy.plans?.(order, firstStep) ?? plansOf(order, firstStep));
      },
      stepsPerEpoch,
      epochs,
      learningRate: (step) => learningRate(step, stepsPerEpoch),
      onStep: (step) => onStep?.(before + step, total),
      ...this.#checkpointOf(index),
      ...(signal && { signal }),
    });
    if (!learnt.finished) return false;
    await learner.afterExperience(experience);
    await this.#note(index, learnt.epochs);
    return true;
  }

  /** As `runEpochs()`; of a training that diverges it says the step and the epochs of all phases together. */
  async #runEpochs(index: number, options: Parameters<typeof runEpochs>[0]) {
    try {
      return await runEpochs(options);
    } catch (error) {
      if (!(error instanceof DivergenceError)) throw error;
      const { step, loss, checkpoint, epochs } = error;
      const all = [...this.#results!.epochs.slice(0, index).flat(), ...epochs];
      throw new DivergenceError(this.#stepsBefore(index) + step, loss, checkpoint, all);
    }
  }

  /** The images of a phase once, in the order of the stream, until the signal stops it. */
  async *#once(order: ExperienceOrder, size: number): AsyncGenerator<Batch, void> {
    const images = order.ofEpoch(0).toSorted();
    const plans = Array.from({ length: Math.ceil(images.length / size) }, (_, b) => ({
      indices: images.subarray(b * size, (b + 1) * size),
      // As no epoch of the training.
      change: order.changeOf(order.epochs),
    }));
    for await (const batch of this.#batches(plans)) {
      yield batch;
      await turnOfEventLoop();
      this.#heedStop();
    }
  }

  #heedStop(): void {
    if (this.#options.signal?.aborted) throw new Stop();
  }

  #batches(plans: Parameters<typeof streamBatches>[1]): AsyncGenerator<Batch, void> {
    const { scenario, normalisation } = this.#options;
    return streamBatches(scenario, plans, normalisation);
  }

  /** Measures what there is to measure after a phase, unless that was done before a kill. */
  async #note(index: number, epochs: EpochRecord[]): Promise<void> {
    const { untrained, correct, ...results } = this.#results!;
    if (correct.length > index) return;
    const measures = await this.#options.strategy.measures?.() ?? {};
    const measured = await this.#measure(index);
    if (measured === undefined || !Object.values(measures).every(Number.isFinite)) {
      const last = this.#stepsBefore(index + 1) - 1;
      // The mean of the last epoch, all of whose losses are numbers.
      const { loss } = epochs.at(-1)!;
      const kept = this.#checkpointOf(index).checkpoint?.file;
      const all = [...results.epochs.flat(), ...epochs];
      throw new DivergenceError(last, loss, kept, all, "outputs");
    }
    this.#results = {
      untrained,
      correct: [...correct, measured],
      epochs: [...results.epochs, epochs],
      measures: [...results.measures, measures],
    };
    this.#writeResults();
  }

  /**
   * Test images of each experience that are classified correctly after a phase; undefined where the logits are no numbers any more.
   */
  async #measure(index: number): Promise<number[] | undefined> {
    const { scenario, learner: { network }, normalisation } = this.#options;
    const correct: number[] = [];
    for (const k of scenario.experiences.keys()) {
      this.#widenHeads(index, k);
      const images = experienceImages(scenario.test, k, normalisation);
      const head = scenario.heads === undefined ? {} : { task: k };
      const logits = await predictLogits(network, images, {
        ...head,
        diverged: "give",
        onProgress: () => this.#heedStop(),
      });
      if (!logits.every(Number.isFinite)) return undefined;
      const predicted = predictions(logits, logits.length / images.count);
      correct.push(predicted.filter((label, i) => label === images.labels[i]).length);
    }
    return correct;
  }

  /**
   * In avalanche-lib a head's output has a column for every class seen so far, in training or in a test: after the first experience
   * those of the tests up to experience `tested`, and all from the second experience on.
   */
  #widenHeads(index: number, tested = 0): void {
    const { scenario: { experiences }, learner: { network } } = this.#options;
    const last = index === 0 ? Math.max(tested, ...this.#phases[0]!) : experiences.length - 1;
    const seen = experiences.slice(0, last + 1).flat();
    widenHeads(network, 1 + Math.max(...seen));
  }

  #stepsBefore(index: number): number {
    return this.#orders.slice(0, index)
      .reduce((sum, { stepsPerEpoch, epochs }) => sum + stepsPerEpoch * epochs, 0);
  }

  #fileOf(index: number): string {
    return join(this.#options.checkpoint!.folder, `experience_${index + 1}.safetensors`);
  }

  #checkpointOf(index: number) {
    const { checkpoint } = this.#options;
    if (checkpoint === undefined) return {};
    const identity = `${checkpoint.identity}, experience ${index + 1}`;
    return { checkpoint: { ...checkpoint, identity, file: this.#fileOf(index) } };
  }

  /** The phase to go on with: the last one that has a checkpoint; undefined where none has. */
  #firstPhase(): number | undefined {
    if (this.#options.checkpoint === undefined) return undefined;
    const index = this.#phases.findLastIndex((_, index) => isFile(this.#fileOf(index)));
    return index < 0 ? undefined : index;
  }

  /** The checkpoint of a phase is needed until the next one has its own. */
  async #remove(index: number): Promise<void> {
    if (this.#options.checkpoint === undefined || index < 0) return;
    await removeIfThere(this.#fileOf(index));
  }

  get #resultsFile(): string {
    return join(this.#options.checkpoint!.folder, "experiences.json");
  }

  #readResults(): ContinualResults | undefined {
    const { checkpoint } = this.#options;
    if (checkpoint === undefined) return undefined;
    // They are first written when the first phase ends.
    if (!isFile(this.#resultsFile) && this.#firstPhase() === 0) return undefined;
    try {
      const { identity, results } = resultsSchema.parse(
        JSON.parse(Deno.readTextFileSync(this.#resultsFile)),
      );
      if (identity === checkpoint.identity) return results;
      throw new TypeError(`it is of another training (${identity}), wanted ${checkpoint.identity}`);
    } catch (error) {
      const reason = `${basename(this.#resultsFile)}: ${(error as Error).message}`;
      // Without it the checkpoint of a later experience is of no use.
      throw new UnusableFileError(checkpoint.folder, reason, { cause: error });
    }
  }

  #writeResults(): void {
    const { checkpoint } = this.#options;
    if (checkpoint === undefined) return;
    const { identity } = checkpoint;
    writeAtomically(this.#resultsFile, JSON.stringify({ identity, results: this.#results }));
  }
}
