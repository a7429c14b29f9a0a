/** What learns: a network with its loss and its optimiser, and the step that they take together. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import type { StoredVariable } from "../layers/mod.ts";
import type { Loss } from "../losses/mod.ts";
import { checkNetwork, type Network } from "../models/mod.ts";
import { deriveSeed } from "../random/mod.ts";
import { capture, type Captured, tf } from "../tensorflow/mod.ts";
import { checkOptimizer, type Recipe } from "./recipe.ts";
import { gradientsInParts, gradientsOfBatch } from "./gradients.ts";
import type { Batch, Experience, Hooks, UpdateContext } from "./hooks.ts";
import { LabelCheck } from "./labels.ts";
import { buildOptimizer, type Optimizer } from "./optimizer.ts";
import { prefixed } from "./variable_maps.ts";

/** What a {@linkcode Learner} is made of. */
export interface LearnerOptions extends Pick<Recipe, "optimizer" | "microBatch"> {
  network: Network;
  loss: Loss;
  /** Decides the dropout masks of every step. */
  seed: number;
  /** What a strategy of continual learning adds to the steps. */
  hooks?: Hooks;
  /** Whether a step is one TensorFlow function (the default), or its ops are run one by one, which is for comparisons. */
  captured?: boolean;
}

/** What of a learner is no variable. */
export interface LearnerStanding {
  /** Steps taken. */
  steps: number;
  /**
   * The updates of parameters that not every step moved, such as another task's head: Adam corrects by the updates of a
   * parameter, as in PyTorch.
   */
  updates: Record<string, number>;
}

/** What a step takes that is another each time; everything else about it is constant. */
type StepInputs = {
  images: Tensor;
  labels: Tensor;
  /** The seed of each part's dropout masks, int32 scalars. */
  seeds: Tensor[];
  /** The optimiser's numbers for each parameter that moves, in their order. */
  rates: Tensor[][];
};

/**
 * A network, a loss and an optimiser that learn from batches, one step at a time: forward, backward, update. A step is
 * captured: one TensorFlow function for each shape of batches. The network is the caller's; {@linkcode dispose} frees the
 * optimiser's memory and the functions.
 *
 * @example
 * ```ts
 * const learner = new Learner({ network, loss, optimizer: { name: "adam", learningRate: 1e-3 }, seed: 0 });
 * const loss = learner.step({ images, labels }, 1e-3);
 * ```
 */
export class Learner {
  readonly network: Network;
  readonly loss: Loss;
  /** What a strategy of continual learning adds to the steps. */
  readonly hooks: Hooks;
  readonly #captured: boolean;
  /** The captured steps by task and moving parameters. */
  readonly #functions = new Map<string, Captured<StepInputs, Tensor>>();
  readonly #labels: LabelCheck;
  readonly #optimizer: Optimizer;
  readonly #seed: number;
  readonly #microBatch: number | undefined;
  #steps = 0;
  readonly #updates = new Map<string, number>();

  /**
   * @throws {TypeError} where the network is none of this library, or the loss is no function
   * @throws {RangeError} where there is no such optimiser, or one of its numbers cannot be
   */
  constructor(options: LearnerOptions) {
    const { network, loss, optimizer, seed, hooks = {}, microBatch, captured = true } = options;
    checkNetwork(network, "train");
    checkLoss(loss);
    checkOptimizer(optimizer);
    if (microBatch !== undefined && !(Number.isInteger(microBatch) && microBatch > 0)) {
      throw new RangeError(
        `Cannot train in parts of ${microBatch} images: give a whole number from 1`,
      );
    }
    this.network = network;
    this.loss = loss;
    this.hooks = hooks;
    this.#captured = captured;
    this.#labels = new LabelCheck(network, loss.ignoreLabel);
    this.#optimizer = buildOptimizer(network.trainedParameters(), optimizer);
    this.#seed = seed;
    this.#microBatch = microBatch;
  }

  /** The number of steps taken. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * One step. The batch stays the caller's.
   *
   * @throws {TypeError} where images or labels are no tensors of a batch, or were disposed of, or a hook leaves a gradient out
   * @returns The objective with its penalty before the update, a scalar on the device
   * @throws {RangeError} where the learning rate is no number, or a label is none of the network's classes, nor the one that the loss ignores, or a hook freezes what is no parameter; nothing has moved
   */
  step(batch: Batch, learningRate: number): Tensor {
    checkBatch(batch);
    if (!Number.isFinite(learningRate)) {
      throw new RangeError(`Cannot take a step with a learning rate of ${learningRate}`);
    }
    this.#labels.check(batch, `the batch of step ${this.#steps}`);
    const parameters = this.#parametersOf(batch.task);
    return tf.tidy(() => {
      const counts = new Map(
        [...parameters.keys()].map((name) => [name, (this.#updates.get(name) ?? 0) + 1]),
      );
      const inputs = this.#inputsOf(batch, learningRate, counts);
      const loss = this.#functionFor(batch.task, parameters)(inputs);
      // Only now: a step that throws counts nowhere. One that throws while it is captured has moved nothing either.
      this.#steps++;
      for (const [name, count] of counts) this.#updates.set(name, count);
      return loss;
    });
  }

  /** Tells the hooks that an experience begins, after which their steps may do other things. */
  async beforeExperience(experience: Experience): Promise<void> {
    await this.hooks.beforeExperience?.(experience);
    this.#forget();
  }

  /** Tells the hooks that an experience has ended. */
  async afterExperience(experience: Experience): Promise<void> {
    await this.hooks.afterExperience?.(experience);
    this.#forget();
  }

  /** Everything that the next step depends on, by name: weights, buffers, the optimiser's memory, the hooks' variables. */
  variables(): Map<string, StoredVariable> {
    return new Map([
      ...this.network.state(),
      ...prefixed("optimizer", this.#optimizer.state),
      ...prefixed("hooks", this.hooks.variables?.() ?? new Map()),
    ]);
  }

  /** What must be restored with {@linkcode variables}. */
  get standing(): LearnerStanding {
    const counts = [...this.network.trainedParameters().keys()].map((name) =>
      [name, this.#updates.get(name) ?? 0] as const
    );
    const others = counts.filter(([, count]) => count !== this.#steps);
    return { steps: this.#steps, updates: Object.fromEntries(others) };
  }

  set standing({ steps, updates }: LearnerStanding) {
    this.#steps = steps;
    this.#updates.clear();
    for (const name of this.network.trainedParameters().keys()) {
      this.#updates.set(name, updates[name] ?? steps);
    }
  }

  /** Frees the optimiser's memory and the captured steps. */
  dispose(): void {
    this.#forget();
    this.#optimizer.dispose();
  }

  #forget(): void {
    this.#labels.forget();
    for (const step of this.#functions.values()) step.dispose();
    this.#functions.clear();
  }

  /** The step of a task that moves these parameters. */
  #functionFor(
    task: number | undefined,
    parameters: ReadonlyMap<string, StoredVariable>,
  ): (inputs: StepInputs) => Tensor {
    const step = (inputs: StepInputs) => this.#run(inputs, task, parameters);
    if (!this.#captured) return step;
    const key = [task, ...parameters.keys()].join(" ");
    let known = this.#functions.get(key);
    if (known === undefined) {
      this.#functions.set(key, known = capture(step, { name: "The training step" }));
    }
    return known;
  }

  /** The parameters that a step of this task moves. */
  #parametersOf(task: number | undefined): Map<string, StoredVariable> {
    const parameters = this.network.trainedParameters(task);
    for (const name of this.hooks.frozen?.() ?? []) {
      // Another task's head is none of these.
      if (parameters.delete(name) || this.network.parameters().has(name)) continue;
      throw new RangeError(`Cannot freeze ${name}: the network has no parameter of that name`);
    }
    return parameters;
  }

  /**
   * The tensors that are new in this step.
   *
   * @param counts How many updates of each parameter there are with this one
   */
  #inputsOf(
    batch: Batch,
    learningRate: number,
    counts: ReadonlyMap<string, number>,
  ): StepInputs {
    const { images, labels } = batch;
    const seed = deriveSeed(this.#seed, "step", this.#steps);
    const seeds = this.#microBatch === undefined || this.#microBatch >= images.shape[0]!
      ? [seed]
      : partsOf(images.shape[0]!, this.#microBatch).map(({ first }) =>
        deriveSeed(seed, "part", first)
      );
    const byCount = new Map<number, Tensor[]>();
    const rates = [...counts.values()].map((count) => {
      let rates = byCount.get(count);
      if (rates === undefined) {
        rates = this.#optimizer.rates(learningRate, count).map((rate) => tf.scalar(rate));
        byCount.set(count, rates);
      }
      return rates;
    });
    return { images, labels, seeds: seeds.map((seed) => tf.scalar(seed, "int32")), rates };
  }

  /** The step as a function of tensors. */
  #run(
    { images, labels, seeds, rates }: StepInputs,
    task: number | undefined,
    parameters: ReadonlyMap<string, StoredVariable>,
  ): Tensor {
    const { network, loss } = this;
    const hooks = this.hooks;
    const about: UpdateContext = { network, loss, images, labels, task };
    const { value, gradients } = seeds.length === 1
      ? gradientsOfBatch(about, { hooks, parameters, seed: seeds[0]! })
      : gradientsInParts(about, {
        hooks,
        parameters,
        parts: partsOf(images.shape[0]!, this.#microBatch!).map((part, i) => ({
          ...part,
          seed: seeds[i]!,
        })),
      });
    const changed = hooks.beforeUpdate?.(gradients, about) ?? gradients;
    // All of them before the first moves.
    for (const name of parameters.keys()) {
      if (changed.has(name)) continue;
      throw new TypeError(`A hook's beforeUpdate left out the gradient of ${name}`);
    }
    [...parameters.keys()].forEach((name, i) =>
      this.#optimizer.update(name, changed.get(name)!, rates[i]!)
    );
    hooks.afterUpdate?.(gradients, about);
    return value;
  }
}

/** @throws {TypeError} where a loss is no function */
export function checkLoss(loss: unknown): void {
  if (typeof loss === "function") return;
  throw new TypeError(
    `Cannot train with the loss ${loss}: wanted a function, such as highErrorMargin() gives`,
  );
}

function checkBatch(batch: Batch): void {
  if (typeof batch !== "object" || batch === null) {
    throw new TypeError(`Cannot train on ${batch}: wanted a batch, { images, labels }`);
  }
  const { images, labels } = batch;
  for (const [name, tensor] of Object.entries({ images, labels })) {
    if (tensor instanceof tf.Tensor && !tensor.isDisposed && tensor.rank > 0) continue;
    throw new TypeError(
      tensor instanceof tf.Tensor && tensor.isDisposed
        ? `Cannot train on a batch: its ${name} were disposed of; train() frees what a source of batches yields`
        : `Cannot train on a batch: its ${name} must be a tensor over N images`,
    );
  }
  if (images.dtype !== "float32") {
    throw new TypeError(
      `Cannot train on images of ${images.dtype}: wanted float32, such as imagesFromBytes() gives`,
    );
  }
  if (images.shape[0] === labels.shape[0]) return;
  throw new TypeError(
    `Cannot train on a batch of images [${images.shape}] with labels [${labels.shape}]: wanted one for each`,
  );
}

/** A batch in parts of `size` images, the last one of what is left. */
function partsOf(count: number, size: number): { first: number; count: number }[] {
  return Array.from({ length: Math.ceil(count / size) }, (_, i) => ({
    first: i * size,
    count: Math.min(size, count - i * size),
  }));
}
