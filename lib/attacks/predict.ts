/** Predictions of images that are in JavaScript's memory. */
import { turnOfEventLoop } from "../progress/mod.ts";
import { tf } from "../tensorflow/mod.ts";
import { rowsFor } from "./batch.ts";
import type { Victim } from "./victim.ts";

/**
 * The logits of images [count, P], a batch at a time: [count, classes], and how many classes there are.
 *
 * @param options.which Of the images, for messages: "clean", "perturbed"
 * @param options.signal Ends it: the signal's reason is thrown
 * @throws {RangeError} when one is not finite: which class is the largest would then depend on the order of the classes
 */
export async function predictLogits(
  victim: Victim,
  images: Float32Array,
  { batchSize, which, signal }: {
    batchSize: number;
    which: "clean" | "perturbed";
    signal?: AbortSignal | undefined;
  },
): Promise<{ logits: Float32Array; classes: number }> {
  const { pixels } = victim;
  const count = images.length / pixels;
  let logits = new Float32Array(0);
  let classes = 0;
  for (let first = 0; first < count; first += batchSize) {
    await turnOfEventLoop();
    signal?.throwIfAborted();
    const size = Math.min(batchSize, count - first);
    const batch = tf.tidy(() => {
      // Filled up with black images, so that the victim has few numbers of rows.
      const count = rowsFor(size, batchSize);
      const rows = new Float32Array(count * pixels);
      rows.set(images.subarray(first * pixels, (first + size) * pixels));
      const output = victim.logits(tf.tensor2d(rows, [count, pixels]));
      return output.dataSync<"float32">().subarray(0, size * output.shape[1]!);
    });
    classes = batch.length / size;
    if (!batch.every(Number.isFinite)) throw notFinite(which);
    if (first === 0) logits = new Float32Array(count * classes);
    logits.set(batch, first * classes);
  }
  return { logits, classes };
}

/** The error for logits that are NaN or infinite. */
export function notFinite(which: "clean" | "perturbed"): RangeError {
  return new RangeError(
    `Cannot attack a model whose logits of the ${which} images are not finite, or whose gradients are not: ` +
      "the verdict would depend on the order of the classes",
  );
}
