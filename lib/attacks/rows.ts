/**
 * What is done to the rows of a batch, one per image: pixels [n, P] with P = H * W * C in NHWC's order, logits [n, C], and a list
 * [n] or a column [n, 1] of what each image has one of.
 */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { axes, number, op, tf } from "../tensorflow/mod.ts";

/** Euclidean norm of each image and channel, [n, H, W, C] to [n, 1, 1, C]. */
export function channelNorm(images: Tensor): Tensor {
  return op.euclideanNorm(images, [1, 2], { keepDims: true });
}

/** Euclidean norm of each image, [n, H, W, C] to [n, 1, 1, 1]. */
export function imageNorm(images: Tensor): Tensor {
  return op.euclideanNorm(images, [1, 2, 3], { keepDims: true });
}

/** Whether each row holds finite numbers only: [n, P] to bool [n]. */
export function isFiniteRow(rows: Tensor): Tensor {
  // Infinity and NaN are what gives no zero with itself taken away.
  return op.squeezeColumn(op.equal(op.rowSum(op.sub(rows, rows)), number(0)));
}

/** Whether each row of logits is that of its label; one that is not finite is of no class. */
export function isClassified(logits: Tensor, labels: Tensor): Tensor {
  return op.logicalAnd(op.equal(op.argMax(logits), labels), isFiniteRow(logits));
}

/** The square of that side whose upper left corner is at `corner`, int32 [2]: [n, H, W, C] to [n, side, side, C]. */
export function windowAt(images: Tensor, corner: Tensor, side: number): Tensor {
  const [count, , , channels] = images.shape as [number, number, number, number];
  const begin = op.concat([axes(0), corner, axes(0)]);
  return op.slice(images, begin, [count, side, side, channels]);
}

/** The rows of those places. */
export function rowsAt(rows: Tensor, places: readonly number[]): Tensor {
  const indices = tf.tensor1d(Int32Array.from(places), "int32");
  const taken = op.gather(rows, indices);
  indices.dispose();
  return taken;
}

/** Disposes the tensors of `old` that `kept` does not hold. */
export function disposeReplaced(old: object, kept: object): void {
  const still = new Set<unknown>(Object.values(kept));
  for (const value of Object.values(old)) {
    if (value instanceof tf.Tensor && value.id >= 0 && !still.has(value)) value.dispose();
  }
}
