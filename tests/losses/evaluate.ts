/** Running a loss in a test: JavaScript numbers in and out. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import type { Loss } from "../../lib/losses/mod.ts";
import { generator } from "../../lib/random/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";

/** Logits and labels with their shape. */
export interface Batch {
  shape: number[];
  logits: Float32Array;
  labels: Int32Array;
}

/** A batch from rows of logits. */
export function batchOf(rows: number[][], labels: number[]): Batch {
  return {
    shape: [rows.length, rows[0]!.length],
    logits: Float32Array.from(rows.flat()),
    labels: Int32Array.from(labels),
  };
}

/** A random batch: normal logits, uniform labels; a share of these can be `ignoreLabel`. */
export function randomBatch(
  shape: number[],
  { seed, scale = 1, ignoreLabel = -1, ignored = 0 }: {
    seed: number;
    scale?: number;
    ignoreLabel?: number;
    ignored?: number;
  },
): Batch {
  const random = generator(seed, "losses");
  const classes = shape.at(-1)!;
  const size = shape.reduce((a, b) => a * b, 1);
  const label = () => random.uniform() < ignored ? ignoreLabel : random.integer(classes);
  return {
    shape,
    logits: Float32Array.from({ length: size }, () => scale * random.normal()),
    labels: Int32Array.from({ length: size / classes }, label),
  };
}

function tensors({ shape, logits, labels }: Batch): [Tensor, Tensor] {
  return [tf.tensor(logits, shape, "float32"), tf.tensor(labels, shape.slice(0, -1), "int32")];
}

/** The loss's value, without a gradient. */
export function valueOf(loss: Loss, batch: Batch): number {
  return tf.tidy(() => loss(...tensors(batch)).dataSync()[0]!);
}

/** The loss's value and its gradient by the logits. */
export function evaluate(loss: Loss, batch: Batch): { value: number; gradient: Float32Array } {
  return tf.tidy(() => {
    const [logits, labels] = tensors(batch);
    const { value, grad } = tf.valueAndGrad((x: Tensor) => loss(x, labels))(logits);
    return { value: value.dataSync()[0]!, gradient: grad.dataSync() as Float32Array };
  });
}

/** The greatest absolute difference of two arrays. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);
}

/** The greatest absolute value. */
export function size(a: ArrayLike<number>): number {
  return distance(a, new Float32Array(a.length));
}
