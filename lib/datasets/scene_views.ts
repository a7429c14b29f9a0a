import { generator } from "../random/mod.ts";
import { checkIndices, noLabels } from "./image_set.ts";
import { registerRequest, type View } from "./read_request.ts";
import type { SceneSet } from "./scenes.ts";
import type { ImageSet, ImageShape } from "./types.ts";
import { viewOf } from "./view_of_scene.ts";

/** How scenes of any size become views of one size; image and label map are always changed together. */
export interface ViewOptions {
  /** Height and width of every view, in which a smaller scene is padded: zeros, whose labels count nowhere. */
  size: readonly [height: number, width: number];
  /** What every scene is resized to first: the image bilinear, its labels nearest. Default: its own size. */
  resize?: readonly [height: number, width: number];
}

/** What is changed at random in training; what the paper takes is not known, and all but the crop and the flip are off. */
export interface TrainingViewOptions extends ViewOptions {
  /** The number of epochs, in each of which every scene is seen in another way. */
  epochs: number;
  seed: number;
  /** Mirror left to right with probability 1/2. Default: true. */
  flip?: boolean;
  /** Resize by a factor between 1 - scale and 1 + scale. Default: 0; 0.5 in the notebook of segmentation_models.pytorch. */
  scale?: number;
  /** Change brightness and contrast each by up to so much, of 1, with probability 1/2. Default: 0. */
  colour?: number;
  /** Standard deviation of normal noise on the pixel values in [0, 1], with probability 1/2. Default: 0. */
  noise?: number;
}

/**
 * Views of training scenes, as images of four channels: red, green, blue, and the label. View `epoch * set.count + i` is scene
 * i as it is seen in that epoch, which depends on seed, epoch and i alone; `splitViews` parts images from labels. An input
 * pipeline reads them like any images, in threads of their own where the scenes are files.
 *
 * A crop of a larger scene is taken anywhere, each place equally likely; so is the place of a smaller one.
 *
 * @throws {RangeError} when a size, a number of epochs or an option is none
 */
export function trainingViews(set: SceneSet, options: TrainingViewOptions): ImageSet {
  const { epochs, seed, flip = true, scale = 0, colour = 0, noise = 0 } = options;
  if (!Number.isInteger(epochs) || epochs < 1) {
    throw new RangeError(`Wanted a whole number of epochs, got ${epochs}`);
  }
  for (const [name, value, below] of [["scale", scale, 1], ["colour", colour, 1]] as const) {
    if (!(value >= 0 && value < below)) {
      throw new RangeError(`Wanted ${name} in [0, ${below}), got ${value}`);
    }
  }
  if (!(noise >= 0 && Number.isFinite(noise))) {
    throw new RangeError(`Wanted noise of 0 or more, got ${noise}`);
  }
  return views(set, epochs * set.count, options, (index) => {
    const random = generator(seed, "view", Math.floor(index / set.count), index % set.count);
    const [top, left] = [random.uniform(), random.uniform()];
    const mirrored = random.integer(2) === 1 && flip;
    const factor = 1 + scale * (2 * random.uniform() - 1);
    const draw = () => random.integer(2) === 1 ? colour * (2 * random.uniform() - 1) : 0;
    const [brightness, contrast] = [draw(), 1 + draw()];
    const noisy = random.integer(2) === 1 ? noise : 0;
    const noiseSeed = random.uint32();
    return { top, left, mirrored, factor, brightness, contrast, noise: noisy, noiseSeed };
  });
}

/**
 * Scenes as they are tested: resized where asked to, padded below and on the right, or cut there where they are larger. Images
 * of four channels, as `trainingViews` gives them.
 */
export function testViews(set: SceneSet, options: ViewOptions): ImageSet {
  return views(set, set.count, options, () => PLAIN);
}

const PLAIN = {
  top: 0,
  left: 0,
  mirrored: false,
  factor: 1,
  brightness: 0,
  contrast: 1,
  noise: 0,
  noiseSeed: 0,
};

/** The order in which the views of an epoch are taken, in batches, the last of which holds what is left. */
export function* viewBatches(options: {
  /** Scenes in an epoch. */
  count: number;
  batchSize: number;
  seed: number;
  epochs: number;
  /** The step to begin with, counted through all epochs. */
  firstStep: number;
}): Generator<{ indices: Uint32Array }> {
  const { count, batchSize, seed, epochs, firstStep } = options;
  const stepsPerEpoch = Math.ceil(count / batchSize);
  let first = firstStep % stepsPerEpoch * batchSize;
  for (let epoch = Math.floor(firstStep / stepsPerEpoch); epoch < epochs; epoch++) {
    const order = generator(seed, "order", epoch).permutation(count);
    for (; first < count; first += batchSize) {
      const batch = order.subarray(first, first + batchSize);
      yield { indices: batch.map((scene) => epoch * count + scene) };
    }
    first = 0;
  }
}

/** Parts views into images, bytes [N, H, W, 3], and labels [N, H, W]. */
export function splitViews(views: Uint8Array): { pixels: Uint8Array; labels: Int32Array } {
  const count = views.length / 4;
  const pixels = new Uint8Array(3 * count), labels = new Int32Array(count);
  for (let i = 0, v = 0, p = 0; i < count; i++) {
    pixels[p++] = views[v++]!;
    pixels[p++] = views[v++]!;
    pixels[p++] = views[v++]!;
    labels[i] = views[v++]!;
  }
  return { pixels, labels };
}

function views(
  set: SceneSet,
  count: number,
  { size, resize }: ViewOptions,
  draw: (index: number) => Omit<View, "size" | "resize">,
): ImageSet {
  for (const [name, sides] of Object.entries({ size, ...(resize && { resize }) })) {
    if (sides.length === 2 && sides.every((side) => Number.isInteger(side) && side > 0)) continue;
    throw new RangeError(`Wanted ${name} [height, width] of whole numbers, got [${sides}]`);
  }
  const viewAt = (index: number): View => ({
    ...draw(index),
    size: [...size],
    ...(resize && { resize: [...resize] }),
  });
  const shape: ImageShape = [size[0], size[1], 4];
  const bytes = size[0] * size[1] * 4;
  const images: ImageSet = {
    name: set.name,
    count,
    shape,
    labels: noLabels(count),
    ...(set.origin && { origin: set.origin }),
    async read(indices) {
      checkIndices(this, indices);
      const out = new Uint8Array(indices.length * bytes);
      for (let i = 0; i < indices.length; i++) {
        const scene = await set.read(indices[i]! % set.count);
        viewOf(scene, viewAt(indices[i]!), out.subarray(i * bytes, (i + 1) * bytes));
      }
      return out;
    },
  };
  const { places } = set;
  if (places !== undefined) {
    registerRequest(images, (indices) => ({
      kind: "scenes",
      scenes: Array.from(indices, (index) => ({
        place: places[index % set.count]!,
        view: viewAt(index),
      })),
    }));
  }
  return images;
}
