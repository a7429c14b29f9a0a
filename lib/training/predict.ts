/** Logits of a trained network for a set of images. */
import type { FloatImageSet, ImageSet } from "../datasets/mod.ts";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import type { Network } from "../models/mod.ts";
import { capture, tf } from "../tensorflow/mod.ts";
import { imagesFromBytes } from "./images.ts";
import { InputPipeline, orderedBatches } from "./input_pipeline.ts";

/**
 * The logits of all images, in their order, in evaluation mode.
 *
 * @param options.task Whose head, for a network of several
 * @param options.onProgress Told after each batch which share of the images is done; what it throws ends the prediction
 * @returns [count * classes]
 */
export async function predictLogits(
  network: Network,
  images: ImageSet | FloatImageSet,
  options: { batchSize?: number; task?: number; onProgress?: (fraction: number) => void } = {},
): Promise<Float32Array> {
  const { batchSize = 500, task, onProgress } = options;
  const forward = capture(
    (images: Tensor) =>
      network.forward(images, { training: false, ...(task !== undefined && { task }) }),
    {
      name: "The network's prediction",
    },
  );
  let done = 0;
  const batches: Float32Array[] = [];
  const input = new InputPipeline(images, orderedBatches(images.count, batchSize));
  try {
    for (let next = await input.next(); next !== undefined; next = await input.next()) {
      const { pixels, labels: { length } } = next;
      const logits = tf.tidy(() => {
        const shape = [length, ...images.shape] as const;
        const batch = pixels instanceof Float32Array
          ? tf.tensor4d(pixels, [...shape])
          : imagesFromBytes(pixels, shape);
        return forward(batch);
      });
      batches.push(await logits.data<"float32">());
      logits.dispose();
      done += length;
      onProgress?.(done / images.count);
    }
  } finally {
    input.close();
    forward.dispose();
  }
  const all = new Float32Array(batches.reduce((length, batch) => length + batch.length, 0));
  let at = 0;
  for (const batch of batches) {
    all.set(batch, at);
    at += batch.length;
  }
  return all;
}
