import { type Generator, generator } from "../random/mod.ts";
import { Fourier2d } from "./fourier.ts";
import { gaussianBlur } from "./gaussian_blur.ts";
import { checkIndices, imageSize, noLabels, readPixels } from "./image_set.ts";
import type { FloatImageSet, ImageSet, ImageShape } from "./types.ts";

/** What every synthetic set needs: each image is drawn from its own stream, whichever are read and in which order. */
export interface SyntheticOptions {
  count: number;
  seed: number;
}

// Hendrycks et al. 2019 (Outlier Exposure): the probability of a white pixel, and the value below which the blurred
// pixel is set to 0
const WHITE_PROBABILITY = 0.7;
const BLOB_THRESHOLD = 0.75;

/**
 * Random blobs, as in Hendrycks et al. 2019: white noise of {0, 1}, blurred; values below 0.75 become 0.
 *
 * The paper's sigma for 28 x 28 and 224 x 224 images is not known. Default: 1.5 up to 32 pixels, as Outlier Exposure has
 * for CIFAR and SVHN, and 2 above, as it has for TinyImageNet. It blurs across the channels too: `mixChannels`.
 */
export function blobs(
  shape: ImageShape,
  { count, seed, sigma = Math.max(shape[0], shape[1]) <= 32 ? 1.5 : 2, mixChannels = true }:
    & SyntheticOptions
    & { sigma?: number; mixChannels?: boolean },
): FloatImageSet {
  return drawnImages("blobs", shape, { count, seed }, (random, out) => {
    const white = new Float64Array(out.length);
    for (let i = 0; i < white.length; i++) white[i] = random.uniform() < WHITE_PROBABILITY ? 1 : 0;
    const blurred = gaussianBlur(white, shape, { sigma, mixChannels });
    for (let i = 0; i < out.length; i++) out[i] = blurred[i]! < BLOB_THRESHOLD ? 0 : blurred[i]!;
  });
}

/**
 * Uniform noise: every value independently from [0, 1).
 *
 * Whether the paper's noise has the 256 values of image files is not known. Default: continuous; `values: "bytes"` rounds to
 * the 256.
 */
export function uniformNoise(
  shape: ImageShape,
  { count, seed, values = "continuous" }: SyntheticOptions & { values?: "continuous" | "bytes" },
): FloatImageSet {
  checkChoice("values", values, ["continuous", "bytes"]);
  return drawnImages("uniform", shape, { count, seed }, (random, out) => {
    random.fillUniform(out);
    if (values === "bytes") out.forEach((value, i) => out[i] = Math.floor(value * 256) / 255);
  });
}

/**
 * The first images of `source`, each with its pixels at random places; the channels of a pixel stay together.
 *
 * Whether the paper draws one permutation per image or one for all is not known. Default: one per image.
 *
 * @throws {RangeError} when `source` has fewer images than `count`
 */
export function permutedPixels(
  source: ImageSet,
  { count, seed, permutation = "per_image" }: SyntheticOptions & {
    permutation?: "per_image" | "shared";
  },
): ImageSet {
  checkCount(source, count);
  checkChoice("permutation", permutation, ["per_image", "shared"]);
  const [height, width, channels] = source.shape;
  const order = (image: number) => {
    const purpose = permutation === "shared" ? ["permuted"] : ["permuted", image];
    return generator(seed, ...purpose).permutation(height * width);
  };
  return {
    name: "permuted",
    count,
    shape: source.shape,
    labels: noLabels(count),
    async read(indices) {
      checkIndices(this, indices);
      const pixels = await source.read(indices);
      const out = new Uint8Array(pixels.length);
      for (let i = 0; i < indices.length; i++) {
        const start = i * imageSize(source.shape);
        order(indices[i]!).forEach((from, to) => {
          for (let c = 0; c < channels; c++) {
            out[start + to * channels + c] = pixels[start + from * channels + c]!;
          }
        });
      }
      return out;
    },
  };
}

/** What the paper leaves open of random phases. */
export interface PhaseChoices {
  field?: "per_image" | "per_channel";
  phases?: "antisymmetric" | "independent";
}

/**
 * The first images of `source`, each with its Fourier phases randomised: the amplitudes stay, the phases of the transform
 * of uniform noise are added, and the result is clipped to [0, 1].
 *
 * How the paper draws the phases is not known. Default: one field of phases per image, the same in all its channels, which
 * keeps the channels' relations; `field: "per_channel"` draws one for each. Phases of real noise are antisymmetric, as an
 * image's are; `phases: "independent"` draws each frequency's by itself and takes the real part, which has less contrast.
 *
 * @throws {RangeError} when `source` has fewer images than `count`
 */
export function randomPhases(
  source: ImageSet,
  { count, seed, field = "per_image", phases = "antisymmetric" }: SyntheticOptions & PhaseChoices,
): FloatImageSet {
  checkCount(source, count);
  checkChoice("field", field, ["per_image", "per_channel"]);
  checkChoice("phases", phases, ["antisymmetric", "independent"]);
  const [height, width, channels] = source.shape;
  const fourier = new Fourier2d(height, width);
  const scramble = phases === "independent" ? turnPhases : addPhases;
  return {
    name: "phase",
    count,
    shape: source.shape,
    labels: noLabels(count),
    async read(indices) {
      checkIndices(this, indices);
      const pixels = await readPixels(source, indices);
      for (let i = 0; i < indices.length; i++) {
        const start = i * imageSize(source.shape);
        const random = generator(seed, "phase", indices[i]!);
        let noise = drawNoise(random, height * width);
        for (let c = 0; c < channels; c++) {
          if (c > 0 && field === "per_channel") noise = drawNoise(random, height * width);
          const plane = noise.map((_, p) => pixels[start + p * channels + c]!);
          const scrambled = scramble(fourier, plane, noise);
          scrambled.forEach((value, p) => {
            pixels[start + p * channels + c] = Math.min(Math.max(value, 0), 1);
          });
        }
      }
      return pixels;
    },
  };
}

/**
 * The image whose Fourier amplitudes are those of `plane` and whose phases are the sum of those of `plane` and `noise`.
 *
 * Both are real, so that their phases are antisymmetric and the result is real: mean and variance of `plane` stay.
 */
export function addPhases(
  fourier: Fourier2d,
  plane: Float64Array,
  noise: Float64Array,
): Float64Array {
  // one transform for both: of z = plane + i noise, the spectra are its parts that are symmetric under k -> -k
  const { re, im } = fourier.forward({ re: plane, im: noise });
  const sum = { re: new Float64Array(re.length), im: new Float64Array(re.length) };
  for (let k = 0; k < re.length; k++) {
    const mirror = fourier.mirror(k);
    const planeRe = (re[k]! + re[mirror]!) / 2, planeIm = (im[k]! - im[mirror]!) / 2;
    const noiseRe = (im[k]! + im[mirror]!) / 2, noiseIm = (re[mirror]! - re[k]!) / 2;
    const modulus = Math.sqrt(noiseRe ** 2 + noiseIm ** 2);
    // the phase of 0 is 0, as in NumPy
    const cos = modulus === 0 ? 1 : noiseRe / modulus;
    const sin = modulus === 0 ? 0 : noiseIm / modulus;
    sum.re[k] = planeRe * cos - planeIm * sin;
    sum.im[k] = planeRe * sin + planeIm * cos;
  }
  return fourier.inverse(sum).re;
}

/** The real part of the image whose Fourier phases are those of `plane` and `turns`, of 2 pi, together. */
export function turnPhases(
  fourier: Fourier2d,
  plane: Float64Array,
  turns: Float64Array,
): Float64Array {
  const { re, im } = fourier.forward({ re: plane, im: new Float64Array(plane.length) });
  turns.forEach((turn, k) => {
    const cos = Math.cos(2 * Math.PI * turn), sin = Math.sin(2 * Math.PI * turn);
    [re[k], im[k]] = [re[k]! * cos - im[k]! * sin, re[k]! * sin + im[k]! * cos];
  });
  return fourier.inverse({ re, im }).re;
}

function drawnImages(
  name: string,
  shape: ImageShape,
  { count, seed }: SyntheticOptions,
  draw: (random: Generator, out: Float32Array) => void,
): FloatImageSet {
  if (shape.length !== 3 || ![...shape, count].every((n) => Number.isSafeInteger(n) && n > 0)) {
    throw new RangeError(
      `Cannot draw ${count} images [${shape.join(", ")}]: give whole numbers from 1`,
    );
  }
  const size = imageSize(shape);
  return {
    name,
    count,
    shape,
    labels: noLabels(count),
    read(indices) {
      checkIndices(this, indices);
      const out = new Float32Array(indices.length * size);
      for (let i = 0; i < indices.length; i++) {
        draw(generator(seed, name, indices[i]!), out.subarray(i * size, (i + 1) * size));
      }
      return out;
    },
  };
}

function drawNoise(random: Generator, length: number): Float64Array {
  return new Float64Array(length).map(() => random.uniform());
}

function checkCount(source: ImageSet, count: number): void {
  if (!Number.isInteger(count) || count < 1 || count > source.count) {
    throw new RangeError(
      `Cannot make ${count} images from "${source.name}": give a whole number in 1 .. ${source.count}`,
    );
  }
}

function checkChoice(what: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new RangeError(`The ${what} cannot be "${value}": give ${choices.join(" or ")}`);
}
