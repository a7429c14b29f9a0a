/** Logits of a trained network for a set of images. */
import { type FloatImageSet, type ImageSet, subset } from "../datasets/mod.ts";
import type { Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { type AnyNetwork, checkLogits, Network, predictorOf } from "../models/mod.ts";
import { turnOfEventLoop } from "../progress/mod.ts";
import { capture, tf } from "../tensorflow/mod.ts";
import { imagesFromBytes } from "./images.ts";
import { checkImages, InputPipeline, orderedBatches } from "./input_pipeline.ts";

/**
 * The logits of all images, in their order, in evaluation mode.
 *
 * @param network A network of this library, whose prediction is captured; or a function from images [N, H, W, C] with pixels in
 *   [0, 1] to logits [N, classes], or a model of tf.layers, which are called as they are: the tensors that they use are not
 *   known here
 * @param options.task Whose head, for a network of several
 * @param options.onProgress Told after each batch which share of the images is done; what it throws ends the prediction
 * @param options.diverged What is done about logits that are NaN or infinite: refused unless told
 * @returns [count * classes]
 * @throws {TypeError} where the network gives anything but float32 [N, classes] for N images
 * @throws {RangeError} where there are no images, or naming the first one with a pixel or a logit that is not finite
 */
export async function predictLogits(
  network: AnyNetwork,
  images: ImageSet | FloatImageSet,
  options: {
    batchSize?: number;
    task?: number;
    diverged?: "refuse" | "give";
    onProgress?: (fraction: number) => void;
  } = {},
): Promise<Float32Array> {
  const { batchSize = 500, task, diverged = "refuse", onProgress } = options;
  checkImages(images, "evaluate");
  const predict = predictorOf(network, { to: "evaluate", ...(task !== undefined && { task }) });
  const captured = network instanceof Network
    ? capture(predict, { name: "The network's prediction" })
    : undefined;
  let done = 0;
  let classes: number | undefined;
  let all: Float32Array | undefined;
  const input = new InputPipeline(images, orderedBatches(images.count, batchSize));
  try {
    for (let next = await input.next(); next !== undefined; next = await input.next()) {
      const { pixels, labels: { length } } = next;
      if (pixels instanceof Float32Array) checkPixels(pixels, images, done);
      const logits = tf.tidy(() => {
        const shape = [length, ...images.shape] as const;
        const batch = pixels instanceof Float32Array
          ? tf.tensor4d(pixels, [...shape])
          : imagesFromBytes(pixels, shape);
        const logits: unknown = (captured ?? predict)(batch as Tensor4D);
        checkLogits(logits, { to: "evaluate", count: length, ...(classes && { classes }) });
        return logits;
      });
      classes ??= logits.shape[1]!;
      all ??= new Float32Array(images.count * classes);
      const values = await logits.data<"float32">();
      logits.dispose();
      const wrong = diverged === "give" ? -1 : values.findIndex((value) => !Number.isFinite(value));
      if (wrong >= 0) {
        throw new RangeError(
          `Cannot evaluate a network whose logit of class ${wrong % classes} of image ${
            done + Math.floor(wrong / classes)
          } of ${images.name} is ${values[wrong]}; did the training diverge?`,
        );
      }
      all.set(values, done * classes);
      done += length;
      await turnOfEventLoop();
      onProgress?.(done / images.count);
    }
  } finally {
    input.close();
    captured?.dispose();
  }
  return all ?? new Float32Array();
}

/** Whether the logits of a network are finite, for the first of some images. */
export async function givesNumbers(network: Network, images: ImageSet): Promise<boolean> {
  const first = subset(images, Math.min(images.count, 64));
  // As a function, so that nothing is captured for a few images.
  const forward = (x: Tensor4D) => network.forward(x, { training: false });
  const logits = await predictLogits(forward, first, { diverged: "give" });
  return logits.every(Number.isFinite);
}

/** Pixels that are not finite need not show in the logits: a ReLU makes 0 of NaN. */
function checkPixels(
  pixels: Float32Array,
  { name, shape }: Pick<FloatImageSet, "name" | "shape">,
  first: number,
): void {
  // A loop, since findIndex() calls a function for each pixel: that took a sixth of a small continual trial.
  let wrong = 0;
  while (wrong < pixels.length && Number.isFinite(pixels[wrong])) wrong++;
  if (wrong === pixels.length) return;
  const image = first + Math.floor(wrong / (shape[0] * shape[1] * shape[2]));
  throw new RangeError(`Cannot evaluate image ${image} of ${name}: a pixel is ${pixels[wrong]}`);
}
