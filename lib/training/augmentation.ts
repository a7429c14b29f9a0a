/** Random changes of training images, seeded per trial, epoch and sample. */
import { type Generator, generator } from "../random/mod.ts";
import type { Recipe } from "../trials/mod.ts";

type ImageShape = readonly [height: number, width: number, channels: number];

/** Pixels of zeros around an image before a crop of its own size is taken, as usual for CIFAR (He et al. 2016). */
const CROP_MARGIN = 4;

type Change = (image: Uint8Array, shape: ImageShape, random: Generator) => void;

const changes: Record<Recipe["augmentation"], readonly Change[]> = {
  none: [],
  flip: [maybeFlip],
  crop_flip: [crop, maybeFlip],
};

/**
 * Changes a batch in place. What happens to a sample depends on the seed, the epoch and the sample's index alone, not on
 * the batch that it is in.
 *
 * @param batch Bytes [N, H, W, C]
 * @param indices The index of each image in its set
 */
export function augment(batch: Uint8Array, options: {
  augmentation: Recipe["augmentation"];
  shape: ImageShape;
  indices: ArrayLike<number>;
  seed: number;
  epoch: number;
}): void {
  const { augmentation, shape, indices, seed, epoch } = options;
  if (changes[augmentation].length === 0) return;
  const size = shape[0] * shape[1] * shape[2];
  for (let n = 0; n < indices.length; n++) {
    const random = generator(seed, "augmentation", epoch, indices[n]!);
    const image = batch.subarray(n * size, (n + 1) * size);
    for (const change of changes[augmentation]) change(image, shape, random);
  }
}

/** Mirrors the image left to right with probability 1/2. */
function maybeFlip(image: Uint8Array, [height, width, channels]: ImageShape, random: Generator) {
  if (random.integer(2) === 0) return;
  const original = image.slice();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + width - 1 - x) * channels;
      image.set(original.subarray(from, from + channels), (y * width + x) * channels);
    }
  }
}

/** Moves the image by up to CROP_MARGIN pixels in each direction and fills with zeros. */
function crop(image: Uint8Array, [height, width, channels]: ImageShape, random: Generator) {
  const dy = random.integer(2 * CROP_MARGIN + 1) - CROP_MARGIN;
  const dx = random.integer(2 * CROP_MARGIN + 1) - CROP_MARGIN;
  const original = image.slice();
  image.fill(0);
  const left = Math.max(0, -dx);
  const right = Math.min(width, width - dx);
  for (let y = Math.max(0, -dy); y < Math.min(height, height - dy); y++) {
    const from = ((y + dy) * width + left + dx) * channels;
    const row = original.subarray(from, from + (right - left) * channels);
    image.set(row, (y * width + left) * channels);
  }
}
