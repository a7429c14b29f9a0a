/** What every attack takes and gives. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { number, tf } from "../tensorflow/mod.ts";
import { type Norm, pixelBounds } from "./ball.ts";
import { disposeReplaced, rowsAt } from "./rows.ts";
import type { RandomSource } from "./random_source.ts";
import type { Victim } from "./victim.ts";

/** Images that are classified correctly, and that an attack tries to change until they are not. */
export interface Batch {
  /** Clean images, [n, P]. */
  readonly clean: Float32Array;
  readonly labels: Int32Array;
  /** The logits of the clean images, [n, classes]. */
  readonly logits: Float32Array;
  readonly classes: number;
}

/** Some of the images of a batch. */
export function partOf(batch: Batch, places: readonly number[]): Batch {
  const { clean, labels, logits, classes } = batch;
  if (places.length === labels.length) return batch;
  const pixels = clean.length / labels.length;
  const pick = (values: Float32Array, size: number) => {
    const picked = new Float32Array(places.length * size);
    places.forEach((place, i) =>
      picked.set(values.subarray(place * size, (place + 1) * size), i * size)
    );
    return picked;
  };
  return {
    clean: pick(clean, pixels),
    labels: Int32Array.from(places, (place) => labels[place]!),
    logits: pick(logits, classes),
    classes,
  };
}

/** What an attack needs besides the images. */
export interface Session {
  readonly victim: Victim;
  readonly norm: Norm;
  readonly epsilon: number;
  readonly random: RandomSource;
  /** Whether an image leaves as soon as it is fooled; else the attack goes on with it, as the originals do. */
  readonly earlyStop: boolean;
  /** Says how far the attack is, 0 to 1; lets other work of the process happen; throws where a stop was asked for. */
  readonly pause: (fraction: number) => Promise<void>;
}

/** The images of a batch as tensors: what all attacks have one of per image. */
export type Rows = {
  /** [n, P]. */
  clean: Tensor;
  /** The bounds of the pixels: those of [0, 1] and of the L-infinity ball, [n, P]; in L2 the scalars 0 and 1. */
  lower: Tensor;
  upper: Tensor;
  /** int32 [n]. */
  labels: Tensor;
};

/** Copies images to the device. */
export function rowsOf(
  { clean, labels }: Pick<Batch, "clean" | "labels">,
  { norm, epsilon }: { norm: Norm; epsilon: number },
): Rows {
  const shape: [number, number] = [labels.length, clean.length / labels.length];
  const bounds = norm === "linf" ? pixelBounds(clean, epsilon) : undefined;
  return {
    clean: tf.tensor2d(clean, shape),
    lower: bounds ? tf.tensor2d(bounds.lower, shape) : number(0),
    upper: bounds ? tf.tensor2d(bounds.upper, shape) : number(1),
    labels: tf.tensor1d(labels, "int32"),
  };
}

/** The same of some of the images; the old tensors are disposed. */
export function keepRows<T extends object>(rows: T, places: readonly number[]): T {
  const kept = Object.fromEntries(
    Object.entries(rows as Record<string, Tensor>)
      .map(([name, tensor]) => [name, tensor.rank === 0 ? tensor : rowsAt(tensor, places)]),
  ) as T;
  disposeReplaced(rows, kept);
  return kept;
}

/**
 * The least number of rows to go on with for so many images: 1, 2, 3, 4, 6, 8, 12, 16, 24, ... A captured step is another
 * function for each number of rows, so that these are few; rows whose images are done fill up.
 *
 * @param most Rows that there are
 */
export function rowsFor(count: number, most: number): number {
  let rows = 1;
  while (rows < count) {
    const half = 3 * rows / 2;
    rows = half >= count && Number.isInteger(half) ? half : 2 * rows;
  }
  return Math.min(rows, most);
}

/**
 * The rows to go on with: those that are not done, and as many others as {@linkcode rowsFor} asks for.
 *
 * @returns undefined where all rows stay
 */
export function rowsLeft(isDone: (row: number) => boolean, most: number): number[] | undefined {
  const rows = Array.from({ length: most }, (_, row) => row);
  const open = rows.filter((row) => !isDone(row));
  const wanted = rowsFor(Math.max(open.length, 1), most);
  if (wanted === most) return undefined;
  const filling = rows.filter(isDone).slice(0, wanted - open.length);
  return [...open, ...filling].sort((a, b) => a - b);
}

/** The adversarial images that an attack has found so far. */
export class Found {
  /** 1 for every image that was fooled, [n]. */
  readonly fooled: Uint8Array;
  /** [n, P]; means nothing where an image was not fooled. */
  readonly adversarial: Float32Array;

  constructor({ clean, labels }: Pick<Batch, "clean" | "labels">) {
    this.fooled = new Uint8Array(labels.length);
    this.adversarial = new Float32Array(clean.length);
  }

  /** Copies the images at `rows` of a tensor here, as the adversarial ones of the images `places`. */
  take(adversarial: Tensor, rows: readonly number[], places: readonly number[]): void {
    if (rows.length === 0) return;
    const taken = rows.length === adversarial.shape[0] ? adversarial : rowsAt(adversarial, rows);
    const data = taken.dataSync<"float32">();
    if (taken !== adversarial) taken.dispose();
    const pixels = data.length / rows.length;
    rows.forEach((_, i) => {
      this.fooled[places[i]!] = 1;
      this.adversarial.set(data.subarray(i * pixels, (i + 1) * pixels), places[i]! * pixels);
    });
  }

  /** The images that are not fooled yet. */
  remaining(): number[] {
    return Array.from(this.fooled.keys()).filter((i) => this.fooled[i] === 0);
  }
}

/** The places of the true entries of a bool [n] tensor. */
export function placesOf(flags: Tensor): number[] {
  const places: number[] = [];
  flags.dataSync().forEach((flag: number, i: number) => {
    if (flag) places.push(i);
  });
  return places;
}
