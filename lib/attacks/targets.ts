/** The classes that targeted attacks aim at. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../tensorflow/mod.ts";
import type { Batch } from "./batch.ts";

/**
 * For each image the class with the `rank`-th largest clean logit; the 1st is the label, as only correctly classified images
 * are attacked.
 *
 * @throws {RangeError} when there are fewer classes than that
 */
export function targetOf({ logits, classes, labels }: Batch, rank: number): Int32Array {
  if (rank > classes) {
    throw new RangeError(
      `Cannot aim at the class with logit number ${rank} of ${classes}: ${labels.length} images are still not fooled ` +
        `after all ${classes - 1} other classes; ask for at most ${classes - 1} targets`,
    );
  }
  return Int32Array.from(labels, (_, i) => {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    return Array.from(row.keys()).sort((a, b) => row[b]! - row[a]!)[rank - 1]!;
  });
}

/** [n, classes]: 1 at each image's target, -1 at its label, 0 elsewhere. */
export function towards({ labels, classes }: Batch, targets: ArrayLike<number>): Tensor {
  const values = new Float32Array(labels.length * classes);
  labels.forEach((label, i) => {
    values[i * classes + label]! -= 1;
    values[i * classes + targets[i]!]! += 1;
  });
  return tf.tensor2d(values, [labels.length, classes]);
}
