/** Random changes of training images, seeded per trial, epoch and sample. */
import type { ImageShape } from "../datasets/mod.ts";
import { generator } from "../random/mod.ts";
import type { AugmentationName } from "./recipe.ts";

/** What changes the images of a batch: which changes, and what their randomness depends on beside the sample. */
export interface Augmentation {
  augmentation: AugmentationName;
  seed: number;
  epoch: number;
}

/** Where a changed image lies in the old one: moved by (dy, dx), and mirrored left to right or not. */
interface Placement {
  dy: number;
  dx: number;
  mirrored: boolean;
}

/** Pixels of zeros around an image before a crop of its own size is taken, as usual for CIFAR (He et al. 2016). */
const CROP_MARGIN = 4;

/**
 * Changes a batch in place. What happens to a sample depends on the seed, the epoch and the sample's index alone, not on
 * the batch that it is in.
 *
 * - `flip`: mirrored left to right with probability 1/2
 * - `crop_flip`: moved by -4 to 4 pixels in each direction over zeros (torchvision's RandomCrop with padding 4), then as flip
 *
 * @param batch Bytes [N, H, W, C]
 * @param indices The index of each image in its set
 * @throws {RangeError} where there is no such augmentation
 * @throws {TypeError} where the batch has another size
 */
export function augment(
  batch: Uint8Array,
  options: Augmentation & { shape: ImageShape; indices: ArrayLike<number> },
): void {
  const { augmentation, shape, indices, seed, epoch } = options;
  if (augmentation === "none") return;
  if (augmentation !== "flip" && augmentation !== "crop_flip") {
    throw new RangeError(
      `Cannot change images by "${augmentation}": known are none, flip, crop_flip`,
    );
  }
  const size = shape[0] * shape[1] * shape[2];
  if (batch.length !== indices.length * size) {
    throw new TypeError(
      `Cannot change ${batch.length} bytes as ${indices.length} images [${shape.join(", ")}]`,
    );
  }
  const original = new Uint8Array(size);
  for (let n = 0; n < indices.length; n++) {
    const random = generator(seed, "augmentation", epoch, indices[n]!);
    const move = () =>
      augmentation === "flip" ? 0 : random.integer(2 * CROP_MARGIN + 1) - CROP_MARGIN;
    const placement = { dy: move(), dx: move(), mirrored: random.integer(2) === 1 };
    const image = batch.subarray(n * size, (n + 1) * size);
    original.set(image);
    place(original, image, shape, placement);
  }
}

/** Draws `from` into `to`, both of the same shape, with zeros where it has no pixel. */
function place(
  from: Uint8Array,
  to: Uint8Array,
  [height, width, channels]: ImageShape,
  { dy, dx, mirrored }: Placement,
): void {
  if (dy === 0 && dx === 0 && !mirrored) return;
  if (dy !== 0 || dx !== 0) to.fill(0);
  // The columns of `from` that are seen, and where the first of them comes to lie.
  const [first, last] = [Math.max(0, dx), Math.min(width, width + dx)];
  // A narrow image may be moved out of its own place altogether.
  if (last <= first) return;
  const column = mirrored ? width - 1 - (first - dx) : first - dx;
  for (let y = Math.max(0, -dy); y < Math.min(height, height - dy); y++) {
    const start = ((y + dy) * width + first) * channels;
    const end = start + (last - first) * channels;
    let at = (y * width + column) * channels;
    if (!mirrored) {
      to.set(from.subarray(start, end), at);
      continue;
    }
    for (let i = start; i < end; at -= channels) {
      for (let c = 0; c < channels; c++) to[at + c] = from[i++]!;
    }
  }
}
