import { generator } from "../random/mod.ts";
import { resizeImage } from "./resize_image.ts";
import { ignoreLabel, type Scene, type SceneDataset, type SceneSet } from "./scenes.ts";
import type { Dataset, ImageSet } from "./types.ts";

/** How scenes of digits are made. */
export interface DigitSceneOptions {
  seed: number;
  train: number;
  test: number;
  /** Height and width of a scene. Default: 64 x 96. */
  size?: readonly [height: number, width: number];
  /** Side of a digit. Default: 48, whose strokes are wide enough for a network that answers at a quarter of the size. */
  digit?: number;
  /** Most digits in a scene, at least one is in it. Default: 3. */
  most?: number;
}

const CLASSES = 11;
// of MNIST's images
const SIDE = 28;
// a pixel of a digit is one that is more than half as bright as MNIST's strokes at most are
const STROKE = 128;
// around a stroke its pixels are neither: they count nowhere, as the borders between things in many sets
const BORDER = 32;

/**
 * Scenes of several digits of MNIST on a dark, uneven ground, with the class of each pixel: 0 is the ground, 1 + d a stroke of
 * the digit d; the blurred borders of strokes count nowhere. Training scenes are made of training digits, test scenes of test
 * digits. The ground has most of the pixels, and later digits are rarer, digit d half as frequent again as d + 1: a task whose
 * classes are as unequal as those of street scenes, for trying out segmentation without any data set of it.
 *
 * Scene i depends on the seed, its half and i alone. Nothing is stored: a scene is made when it is read.
 *
 * @throws {TypeError} when the data set is none of digits of 28 x 28 pixels
 * @throws {RangeError} when a number is none, or the scenes are too small for a digit
 */
export function digitScenes(
  digits: Dataset,
  { seed, train, test, size = [64, 96], digit = 48, most = 3 }: DigitSceneOptions,
): SceneDataset {
  if (digits.classes !== 10 || String(digits.imageShape) !== "28,28,1") {
    throw new TypeError(
      `Cannot make scenes of "${digits.name}": wanted 10 classes of images [28,28,1], it has ${digits.classes} of [${digits.imageShape}]`,
    );
  }
  for (
    const [name, value, least] of [
      ["train", train, 1],
      ["test", test, 1],
      ["most", most, 1],
      ["digit", digit, SIDE],
      ["height", size[0], digit],
      ["width", size[1], digit],
    ] as const
  ) {
    if (!Number.isInteger(value) || value < least) {
      throw new RangeError(
        `Cannot make scenes of digits: wanted ${name} from ${least}, got ${value}`,
      );
    }
  }
  const half = (name: "train" | "test", count: number): SceneSet => {
    const own = byClass(digits[name]);
    return {
      name: `digit_scenes ${name}`,
      count,
      classes: CLASSES,
      async read(index) {
        if (!Number.isInteger(index) || index < 0 || index >= count) {
          throw new RangeError(
            `Cannot make scene ${index}: give a whole number in 0 .. ${count - 1}`,
          );
        }
        return await makeScene(digits[name], own, { seed, half: name, index, size, digit, most });
      },
    };
  };
  return {
    name: "digit_scenes",
    classes: CLASSES,
    classNames: ["ground", ...digits.classNames],
    colours: COLOURS,
    train: half("train", train),
    test: half("test", test),
  };
}

// the ground dark, the digits in colours that can be told apart: Okabe & Ito 2008, a violet, a grey and a brown
const COLOURS: SceneDataset["colours"] = [
  [30, 30, 30],
  [230, 159, 0],
  [86, 180, 233],
  [0, 158, 115],
  [240, 228, 66],
  [0, 114, 178],
  [213, 94, 0],
  [204, 121, 167],
  [90, 40, 170],
  [150, 150, 150],
  [120, 60, 20],
];

/** The indices of the images of each class. */
function byClass({ labels }: ImageSet): number[][] {
  const classes: number[][] = Array.from({ length: 10 }, () => []);
  labels.forEach((label, index) => classes[label]!.push(index));
  return classes;
}

async function makeScene(
  digits: ImageSet,
  own: readonly number[][],
  { seed, half, index, size: [height, width], digit: side, most }: {
    seed: number;
    half: string;
    index: number;
    size: readonly [number, number];
    digit: number;
    most: number;
  },
): Promise<Scene> {
  const random = generator(seed, "digit_scenes", half, index);
  const pixels = groundOf(random, height, width), labels = new Uint8Array(height * width);
  const count = 1 + random.integer(most);
  for (let k = 0; k < count; k++) {
    const digit = drawDigit(random.uniform());
    const image = own[digit]![random.integer(own[digit]!.length)]!;
    const bytes = sized(await digits.read([image]), side);
    const [top, left] = [random.integer(height - side + 1), random.integer(width - side + 1)];
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const value = bytes[y * side + x]!;
        if (value < BORDER) continue;
        const at = (top + y) * width + left + x;
        pixels.fill(Math.max(pixels[3 * at]!, value), 3 * at, 3 * at + 3);
        labels[at] = value >= STROKE ? 1 + digit : labels[at] === 0 ? ignoreLabel : labels[at]!;
      }
    }
  }
  return { height, width, pixels, labels };
}

/** An image of MNIST at another size. */
function sized(data: Uint8Array, side: number): Uint8Array {
  if (side === SIDE) return data;
  const image = { width: SIDE, height: SIDE, channels: 1 as const, data };
  return resizeImage(image, { width: side, height: side }).data;
}

/** Digit d with a probability in proportion to 1.5^-d. */
function drawDigit(u: number): number {
  const weights = Array.from({ length: 10 }, (_, d) => 1.5 ** -d);
  let rest = u * weights.reduce((sum, weight) => sum + weight);
  return Math.max(0, weights.findIndex((weight) => (rest -= weight) < 0));
}

/** A dark ground that grows brighter towards one side, with a little noise: bytes [H, W, 3]. */
function groundOf(
  random: ReturnType<typeof generator>,
  height: number,
  width: number,
): Uint8Array {
  const [a, b] = [random.uniform(), random.uniform()];
  const out = new Uint8Array(3 * height * width);
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++, o += 3) {
      const value = 30 * (a * y / height + b * x / width) + 12 * random.uniform();
      out.fill(Math.round(value), o, o + 3);
    }
  }
  return out;
}
