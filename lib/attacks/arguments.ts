/** What may be wrong with what a caller of AutoAttack gives. */
import type { Tensor, Tensor1D } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../tensorflow/mod.ts";
import type { AutoAttackOptions } from "./options.ts";
import { presets } from "./presets.ts";

/**
 * The pixels of the images, [count * H * W * C].
 *
 * @throws {TypeError | RangeError} when they are no images with pixels in [0, 1]
 */
export function checkImages(images: Tensor): Float32Array {
  if (!(images instanceof tf.Tensor) || images.rank !== 4 || images.dtype !== "float32") {
    const given = (images as unknown) instanceof tf.Tensor
      ? `${images.dtype} [${images.shape}]`
      : "what is no tensor";
    throw new TypeError(
      `Cannot attack ${given}: wanted images, a tensor float32 [count, height, width, channels]`,
    );
  }
  if (images.size === 0) throw new RangeError("Cannot attack no images: give one or more");
  const pixels = images.dataSync<"float32">();
  const wrong = pixels.findIndex((pixel) => !(pixel >= 0 && pixel <= 1));
  if (wrong >= 0) {
    throw new RangeError(
      `Cannot attack images with a pixel of ${
        pixels[wrong]
      }: wanted all in [0, 1]; put normalisation inside the model`,
    );
  }
  return pixels;
}

/**
 * The labels as whole numbers.
 *
 * @throws {TypeError | RangeError} when they do not fit the images and the logits
 */
export function checkLabels(
  labels: Tensor1D | ArrayLike<number>,
  { count, classes }: { count: number; classes: number },
): Int32Array {
  if (classes < 2) {
    throw new RangeError(`Cannot attack a model with ${classes} class: wanted 2 or more`);
  }
  const values: ArrayLike<number> = labels instanceof tf.Tensor ? labels.dataSync() : labels;
  if (typeof values !== "object" || values === null) {
    throw new TypeError(
      `Cannot attack images with the labels ${values}: wanted a tensor [count], or a (typed) array`,
    );
  }
  if (labels instanceof tf.Tensor && labels.rank !== 1 || values.length !== count) {
    throw new TypeError(
      `Cannot attack ${count} images with ${
        labels instanceof tf.Tensor ? `labels [${labels.shape}]` : `${values.length} labels`
      }: wanted one for each`,
    );
  }
  for (let i = 0; i < count; i++) {
    const label = values[i]!;
    if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
      throw new RangeError(`Label ${i} is ${label}: wanted a whole number in 0 .. ${classes - 1}`);
    }
  }
  return Int32Array.from(values);
}

/** @throws {RangeError} when an option is out of range */
export function checkOptions(options: AutoAttackOptions): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Cannot attack with the options ${options}: wanted { norm, epsilon }`);
  }
  const { norm, epsilon, preset = "torchattacks", seed = 0 } = options;
  const { batchSize = 1, targets = 1, iterations = 1, queries = 1 } = options;
  if (norm !== "linf" && norm !== "l2") {
    throw new RangeError(`Cannot attack in the norm "${norm}": wanted "linf" or "l2"`);
  }
  if (!(epsilon > 0 && Number.isFinite(epsilon))) {
    throw new RangeError(`Cannot attack with epsilon ${epsilon}: wanted a positive number`);
  }
  if (!Object.hasOwn(presets, preset)) {
    const known = Object.keys(presets).map((name) => `"${name}"`).join(" or ");
    throw new RangeError(`There is no preset "${preset}": wanted ${known}`);
  }
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(`Cannot seed an attack with ${seed}: wanted a safe integer`);
  }
  for (const [name, value] of Object.entries({ batchSize, targets, iterations, queries })) {
    if (!(Number.isSafeInteger(value) && value >= 1)) {
      throw new RangeError(`Option ${name} is ${value}: wanted a whole number of at least 1`);
    }
  }
}
