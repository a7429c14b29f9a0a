/** Logits of a trained network for a set of images. */
import type { FloatImageSet, ImageSet } from "../datasets/mod.ts";
import type { Module } from "../layers/mod.ts";
import { tf } from "../tensorflow/mod.ts";
import { imagesFromBytes } from "./images.ts";

/**
 * The logits of all images, in their order, in evaluation mode.
 *
 * @returns [count * classes]
 */
export async function predictLogits(
  network: Module,
  images: ImageSet | FloatImageSet,
  options: { batchSize?: number } = {},
): Promise<Float32Array> {
  const { batchSize = 500 } = options;
  const batches: Float32Array[] = [];
  for (let first = 0; first < images.count; first += batchSize) {
    const size = Math.min(batchSize, images.count - first);
    const indices = Uint32Array.from({ length: size }, (_, i) => first + i);
    const pixels = await images.read(indices);
    const logits = tf.tidy(() => {
      const shape = [size, ...images.shape] as const;
      const batch = pixels instanceof Float32Array
        ? tf.tensor4d(pixels, [...shape])
        : imagesFromBytes(pixels, shape);
      return network.forward(batch, { training: false });
    });
    batches.push(await logits.data<"float32">());
    logits.dispose();
  }
  const all = new Float32Array(batches.reduce((length, batch) => length + batch.length, 0));
  let at = 0;
  for (const batch of batches) {
    all.set(batch, at);
    at += batch.length;
  }
  return all;
}
