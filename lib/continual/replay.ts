/** Replay. */
import { z } from "zod";
import { sameLayout, StoredVariable } from "../layers/mod.ts";
import { generator } from "../random/mod.ts";
import type { BatchPlan, Experience } from "../training/mod.ts";
import { ClassBalancedMemory, type Remembered } from "./memory.ts";
import { parseOptions } from "./options.ts";
import type { ExperienceOrder, Strategy } from "./strategy.ts";

/** Options of {@linkcode Replay}. */
export interface ReplayOptions {
  /** When the memory takes up new samples: after each step, or after each experience. */
  mode: "online" | "offline";
  /** Samples that are remembered, of all classes together. */
  capacity: number;
  /** Remembered samples of a step, beside the new ones. */
  memoryBatch: number;
}

const optionsFor = (classes: number) =>
  z.strictObject({
    mode: z.enum(["online", "offline"]),
    capacity: z.int().min(classes, `a memory needs room for each of the ${classes} classes`),
    memoryBatch: z.int().positive(),
  }).refine(({ capacity, memoryBatch }) => memoryBatch <= capacity, {
    path: ["memoryBatch"],
    message: "the memory never holds so many",
  });

/**
 * Replay with a memory that is balanced over the classes, as in the Continual Learning Baselines (specification of the recipes,
 * 2.6): each step learns from new samples and as many remembered ones as `memoryBatch` says, all in one batch.
 *
 * - `online`: one epoch, and the memory takes up the samples of a step after it. A last batch of an experience that is short is not
 *   learnt, but taken up.
 * - `offline`: the memory takes up an experience when it ends; it is drawn from in a random order, again and again, beginning
 *   anew with each epoch.
 *
 * Where an experience is learnt in whole batches alone, so is the memory: what is left beyond them is not drawn, and while it holds
 * fewer samples than `memoryBatch`, a step learns from the new ones alone.
 */
export class Replay implements Strategy {
  /** As both replay scripts of the Continual Learning Baselines (`drop_last`). */
  readonly dropsLast = true;
  readonly #options: ReplayOptions;
  readonly #seed: number;
  readonly #memory: ClassBalancedMemory;
  readonly #stored: Record<"image" | "label" | "weight", StoredVariable>;
  #order: ExperienceOrder | undefined;

  /**
   * @param context.classes Of all experiences together, where they are known
   * @throws {RangeError} when an option is missing, unknown or out of range
   */
  constructor({ seed, classes = 1 }: { seed: number; classes?: number }, options: ReplayOptions) {
    this.#options = parseOptions("replay", optionsFor(classes), options);
    this.#seed = seed;
    this.#memory = new ClassBalancedMemory(options.capacity);
    const row = () =>
      new StoredVariable(
        new Float32Array(options.capacity).fill(-1),
        sameLayout([options.capacity]),
      );
    this.#stored = { image: row(), label: row(), weight: row() };
  }

  /** What is remembered now. */
  get remembered(): readonly Remembered[] {
    return this.#memory.samples;
  }

  check({ epochs }: ExperienceOrder): void {
    if (this.#options.mode === "offline" || epochs === 1) return;
    throw new RangeError(
      `Online replay learns each experience once, not in ${epochs} epochs; the mode "offline" may have more`,
    );
  }

  plans(order: ExperienceOrder, firstStep: number): Iterable<BatchPlan> {
    this.#order = order;
    return this.#plansFrom(order, firstStep);
  }

  *#plansFrom(order: ExperienceOrder, firstStep: number): Iterable<BatchPlan> {
    const { epochs, stepsPerEpoch, batchSize } = order;
    for (let step = firstStep; step < epochs * stepsPerEpoch; step++) {
      const images = order.ofEpoch(Math.floor(step / stepsPerEpoch));
      const first = step % stepsPerEpoch * batchSize;
      // What the step before has learnt is taken up now, so that a checkpoint after that step comes before it.
      if (this.#options.mode === "online" && first > 0) {
        this.#see(images.subarray(first - batchSize, first));
      }
      const fresh = images.subarray(first, first + batchSize);
      const old = this.#draw(order, step);
      yield {
        indices: Uint32Array.from([...fresh, ...old]),
        change: order.changeOf(step),
      };
    }
  }

  /** Takes up what the memory has not seen of the experience; nothing where the batches were not its own plans. */
  afterExperience(_: Experience): Promise<void> {
    const order = this.#order;
    if (order === undefined) return Promise.resolve();
    const { mode } = this.#options;
    const images = order.ofEpoch(order.epochs - 1);
    const seen = mode === "offline" ? 0 : (order.stepsPerEpoch - 1) * order.batchSize;
    this.#see(images.subarray(Math.max(0, seen)));
    return Promise.resolve();
  }

  variables(): ReadonlyMap<string, StoredVariable> {
    const samples = this.#memory.samples;
    for (const [field, variable] of Object.entries(this.#stored)) {
      const values = new Float32Array(this.#options.capacity).fill(-1);
      samples.forEach((sample, i) => values[i] = sample[field as keyof Remembered]);
      variable.assign(values);
    }
    return new Map(Object.entries(this.#stored));
  }

  restored(): void {
    const { image, label, weight } = this.#stored;
    // At once: a run that is stopped before its next step stores the memory again.
    const [images, labels, weights] = [image, label, weight].map(({ value }) =>
      value.dataSync<"float32">()
    ) as [Float32Array, Float32Array, Float32Array];
    const count = images.indexOf(-1) < 0 ? images.length : images.indexOf(-1);
    this.#memory.samples = Array.from(
      { length: count },
      (_, i) => ({ image: images[i]!, label: labels[i]!, weight: weights[i]! }),
    );
  }

  measures(): Promise<Record<string, number>> {
    return Promise.resolve({ count_remembered: this.#memory.size });
  }

  dispose(): void {
    for (const variable of Object.values(this.#stored)) variable.dispose();
  }

  #see(images: Uint32Array): void {
    const order = this.#order!;
    this.#memory.see(Array.from(images, (image) => ({
      image,
      label: order.labelOf(image),
      // A multiple of 2^-24, which a checkpoint keeps exactly.
      weight: Math.floor(generator(this.#seed, "memory weight", image).uniform() * 2 ** 24) /
        2 ** 24,
    })));
  }

  /** The remembered images of a step. */
  #draw({ index, stepsPerEpoch, dropLast }: ExperienceOrder, step: number): number[] {
    const { mode, memoryBatch } = this.#options;
    const samples = this.#memory.samples;
    const isShort = samples.length < memoryBatch;
    if (samples.length === 0 || (isShort && dropLast)) return [];
    if (mode === "online" && !isShort) {
      const random = generator(this.#seed, "memory", index, step);
      const chosen = new Set<number>();
      while (chosen.size < memoryBatch) chosen.add(random.integer(samples.length));
      return [...chosen].map((i) => samples[i]!.image);
    }
    const count = samples.length / memoryBatch;
    const batches = dropLast ? Math.floor(count) : Math.ceil(count);
    const [epoch, inEpoch] = [Math.floor(step / stepsPerEpoch), step % stepsPerEpoch];
    const pass = [index, epoch, Math.floor(inEpoch / batches)] as const;
    const first = inEpoch % batches * memoryBatch;
    const drawn = this.#passOrder(pass, samples.length).subarray(first, first + memoryBatch);
    return Array.from(drawn, (i) => samples[i]!.image);
  }

  #pass: { key: string; order: Uint32Array } | undefined;

  /** The order of all that is remembered in one pass over it. */
  #passOrder(pass: readonly number[], size: number): Uint32Array {
    const key = `${pass.join("/")}/${size}`;
    if (this.#pass?.key !== key) {
      const order = generator(this.#seed, "memory pass", ...pass).permutation(size);
      this.#pass = { key, order };
    }
    return this.#pass.order;
  }
}
