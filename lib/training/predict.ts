/** Logits of a trained network for a set of images. */
import type { FloatImageSet, ImageSet } from "../datasets/mod.ts";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import type { Network } from "../models/mod.ts";
import { capture, tf } from "../tensorflow/mod.ts";
import { imagesFromBytes } from "./images.ts";
import { InputPipeline, orderedBatches } from "./input_pipeline.ts";

/** Any function from images [N, H, W, C] with pixels in [0, 1] to logits [N, classes]. */
export type Predictor = (images: Tensor4D) => Tensor;

/**
 * The logits of all images, in their order, in evaluation mode.
 *
 * @param network A network, whose prediction is captured; or a function from images [N, H, W, C] with pixels in [0, 1] to
 *   logits [N, classes], which is called as it is: the tensors that it uses are not known here
 * @param options.task Whose head, for a network of several
 * @param options.onProgress Told after each batch which share of the images is done; what it throws ends the prediction
 * @returns [count * classes]
 */
export async function predictLogits(
  network: Network | Predictor,
  images: ImageSet | FloatImageSet,
  options: { batchSize?: number; task?: number; onProgress?: (fraction: number) => void } = {},
): Promise<Float32Array> {
  const { batchSize = 500, task, onProgress } = options;
  const captured = typeof network === "function" ? undefined : capture(
    (images: Tensor) =>
      network.forward(images, { training: false, ...(task !== undefined && { task }) }),
    { name: "The network's prediction" },
  );
  const forward = captured ?? (network as Predictor);
  let done = 0;
  let all: Float32Array | undefined;
  const input = new InputPipeline(images, orderedBatches(images.count, batchSize));
  try {
    for (let next = await input.next(); next !== undefined; next = await input.next()) {
      const { pixels, labels: { length } } = next;
      const logits = tf.tidy(() => {
        const shape = [length, ...images.shape] as const;
        const batch = pixels instanceof Float32Array
          ? tf.tensor4d(pixels, [...shape])
          : imagesFromBytes(pixels, shape);
        return forward(batch as Tensor4D);
      });
      all ??= new Float32Array(images.count * logits.shape[1]!);
      all.set(await logits.data<"float32">(), done * logits.shape[1]!);
      logits.dispose();
      done += length;
      onProgress?.(done / images.count);
    }
  } finally {
    input.close();
    captured?.dispose();
  }
  return all ?? new Float32Array();
}
