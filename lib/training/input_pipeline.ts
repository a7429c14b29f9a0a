/** Batches of images, read and changed ahead of their use, off the main thread. */
import {
  DamagedDataError,
  type FloatImageSet,
  type ImageSet,
  type ReadRequest,
  requestOf,
} from "../datasets/mod.ts";
import { generator } from "../random/mod.ts";
import { augment, type Augmentation } from "./augmentation.ts";
import type { AugmentationName } from "./recipe.ts";

/** Which images make a batch, and how they are changed. */
export interface BatchPlan {
  indices: Uint32Array;
  /** Images are left as they are where absent. */
  change?: Augmentation;
}

/** The images of a batch, [N, H, W, C]: bytes, or values in [0, 1] from a set of floats. */
export interface PixelBatch {
  pixels: Uint8Array | Float32Array;
  labels: Int32Array;
}

/** What a worker is sent. */
export interface Task {
  /** Number of the batch. */
  batch: number;
  request: ReadRequest;
  shape: ImageSet["shape"];
  indices: Uint32Array;
  change: Augmentation | undefined;
}

/** What a worker answers; the buffer of the pixels is handed over, not copied. */
export type Answer =
  | { batch: number; pixels: Uint8Array<ArrayBuffer> }
  | { batch: number; failure: { message: string; file?: string; reason?: string } };

/** Bytes of batches that wait, at most, unless a single one has more. */
const WAITING_BYTES = 2 ** 29;
/** Batches under way per worker, so that it has the next one when it has finished one (PyTorch's prefetch_factor). */
const BATCHES_PER_WORKER = 2;
/** More readers than this feed no device that a process trains on. */
const MOST_WORKERS = 16;
/**
 * The batches of a training from step `firstStep` on: a new order of all images every epoch, drawn from the seed and the
 * epoch alone; the last batch of an epoch holds what is left.
 */
export function* trainingBatches(options: {
  count: number;
  batchSize: number;
  augmentation: AugmentationName;
  seed: number;
  epochs: number;
  firstStep: number;
}): Generator<BatchPlan> {
  const { count, batchSize, augmentation, seed, epochs, firstStep } = options;
  const stepsPerEpoch = Math.ceil(count / batchSize);
  let first = firstStep % stepsPerEpoch * batchSize;
  for (let epoch = Math.floor(firstStep / stepsPerEpoch); epoch < epochs; epoch++) {
    const order = generator(seed, "order", epoch).permutation(count);
    for (; first < count; first += batchSize) {
      yield {
        indices: order.slice(first, first + batchSize),
        change: { augmentation, seed, epoch },
      };
    }
    first = 0;
  }
}

/**
 * All images in their order, unchanged.
 *
 * @throws {RangeError} where a batch is no whole number of images
 */
export function* orderedBatches(count: number, batchSize: number): Generator<BatchPlan> {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`Cannot make batches of ${batchSize} images: give a whole number from 1`);
  }
  for (let first = 0; first < count; first += batchSize) {
    const size = Math.min(batchSize, count - first);
    yield { indices: Uint32Array.from({ length: size }, (_, i) => first + i) };
  }
}

/**
 * Workers that pay for themselves: none where a batch is a copy or only the set itself can read it, one for changes and
 * files, and all cores but one for decoding.
 */
export function workersFor(
  images: ImageSet | FloatImageSet,
  augmentation: AugmentationName = "none",
): number {
  const kind = requestOf(images)?.(new Uint32Array()).kind;
  if (kind === undefined || (kind === "pixels" && augmentation === "none")) return 0;
  if (kind !== "encoded" && kind !== "scenes") return 1;
  return Math.min(MOST_WORKERS, Math.max(1, navigator.hardwareConcurrency - 1));
}

/**
 * Checks that there are images with labels.
 *
 * @param to What they are for, for the message: "train on", "evaluate"
 * @throws {TypeError} where there are not as many labels as images
 * @throws {RangeError} where there are no images
 */
export function checkImages(images: ImageSet | FloatImageSet, to: string): void {
  const { name, count, labels } = images;
  if (labels?.length !== count) {
    throw new TypeError(
      `Cannot ${to} ${name}: wanted ${count} labels, one for each image, got ${
        labels?.length ?? "none"
      }`,
    );
  }
  if (count < 1) throw new RangeError(`Cannot ${to} ${name}: it has no images`);
}

/**
 * Gives the batches of a plan in its order. The bytes are the same whatever the number of workers; with 0, each batch is
 * made when it is asked for, in this thread.
 *
 * Close it when no further batch is wanted, which ends the workers.
 */
export class InputPipeline {
  readonly #images: ImageSet | FloatImageSet;
  readonly #plans: Iterator<BatchPlan>;
  readonly #workers: Worker[];
  /** Batches that workers are making or have made, from the next one on. */
  readonly #ahead: { pixels: Promise<Uint8Array>; plan: BatchPlan }[] = [];
  readonly #waiting = new Map<number, PromiseWithResolvers<Uint8Array>>();
  #most: number;
  #sent = 0;
  #failure: Error | undefined;

  /** @param options.workers Default: `workersFor(images)` */
  constructor(
    images: ImageSet | FloatImageSet,
    plans: Iterable<BatchPlan>,
    options: { workers?: number } = {},
  ) {
    const { workers = workersFor(images) } = options;
    if (!Number.isInteger(workers) || workers < 0) {
      throw new RangeError(
        `Cannot read images with ${workers} workers: give a whole number from 0`,
      );
    }
    this.#images = images;
    this.#plans = plans[Symbol.iterator]();
    const started = requestOf(images) === undefined ? 0 : workers;
    this.#most = BATCHES_PER_WORKER * started;
    this.#workers = Array.from({ length: started }, (_, i) => this.#start(i));
  }

  /**
   * The next batch, or undefined after the last.
   *
   * @throws what reading an image threw, e.g. a DamagedDataError that names it
   */
  async next(): Promise<PixelBatch | undefined> {
    if (this.#workers.length === 0) {
      const { value: plan, done } = this.#plans.next();
      return done ? undefined : { pixels: await this.#read(plan), labels: this.#labels(plan) };
    }
    this.#readAhead();
    const next = this.#ahead.shift();
    if (next === undefined) return undefined;
    const pixels = await next.pixels;
    this.#readAhead();
    return { pixels, labels: this.#labels(next.plan) };
  }

  /** Ends the workers; batches that were not taken are gone. */
  close(): void {
    for (const worker of this.#workers) worker.terminate();
    this.#fail(new Error("The input pipeline was closed"));
  }

  #labels({ indices }: BatchPlan): Int32Array {
    return Int32Array.from(indices, (index) => this.#images.labels[index]!);
  }

  async #read({ indices, change }: BatchPlan): Promise<Uint8Array | Float32Array> {
    const pixels: unknown = await this.#images.read(indices);
    const { name, shape } = this.#images;
    const size = indices.length * shape[0] * shape[1] * shape[2];
    if (!(pixels instanceof Uint8Array || pixels instanceof Float32Array)) {
      throw new TypeError(
        `Cannot use what "${name}" read, ${typeof pixels}: wanted bytes in a Uint8Array`,
      );
    }
    if (pixels.length !== size) {
      throw new TypeError(
        `Cannot use what "${name}" read: ${pixels.length} values for ${indices.length} images [${
          shape.join(", ")
        }], which have ${size}`,
      );
    }
    if (change !== undefined && pixels instanceof Uint8Array) {
      augment(pixels, { ...change, shape: this.#images.shape, indices });
    }
    return pixels;
  }

  #readAhead(): void {
    while (this.#ahead.length < this.#most) {
      const { value: plan, done } = this.#plans.next();
      if (done) break;
      this.#ahead.push({ plan, pixels: this.#send(plan) });
    }
  }

  #send({ indices, change }: BatchPlan): Promise<Uint8Array> {
    const { shape } = this.#images;
    const batch = this.#sent++;
    if (batch === 0) {
      const bytes = indices.length * shape[0] * shape[1] * shape[2];
      this.#most = Math.max(1, Math.min(this.#most, Math.floor(WAITING_BYTES / bytes)));
    }
    const answer = Promise.withResolvers<Uint8Array>();
    if (this.#failure !== undefined) answer.reject(this.#failure);
    // The one who asks for the batch hears of a failure; until then it is no unhandled one.
    answer.promise.catch(() => {});
    this.#waiting.set(batch, answer);
    const task: Task = {
      batch,
      request: requestOf(this.#images)!(indices),
      shape,
      indices,
      change,
    };
    this.#workers[batch % this.#workers.length]!.postMessage(task);
    return answer.promise;
  }

  #start(number: number): Worker {
    const worker = new Worker(new URL("./pipeline_worker.ts", import.meta.url), {
      type: "module",
      name: `images ${number}`,
    });
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      const answer = this.#waiting.get(data.batch);
      this.#waiting.delete(data.batch);
      if ("pixels" in data) answer?.resolve(data.pixels);
      else answer?.reject(errorOf(data.failure));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(new Error(`A thread that reads images failed: ${event.message}`));
    };
    return worker;
  }

  #fail(error: Error): void {
    this.#failure = error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

function errorOf({ message, file, reason }: Extract<Answer, { failure: unknown }>["failure"]) {
  return file === undefined ? new Error(message) : new DamagedDataError(file, reason!);
}
