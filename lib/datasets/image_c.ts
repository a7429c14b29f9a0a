import {
  type ImageCorruption,
  type ImageCorruptionName,
  imageCorruptions,
  type ImageSide,
  jpegRoundTrip,
  type Picture,
} from "../corruptions/mod.ts";
import { generator } from "../random/mod.ts";
import { frostTextures } from "./frost_textures.ts";
import { checkIndices, imageSize } from "./image_set.ts";
import type { ImageSet } from "./types.ts";

/** How a set of CIFAR-C or ImageNet-C is made. */
export interface ImageCOptions {
  seed: number;
  /** The project's data folder, in whose raw/frost the textures of frost are looked for; default: data/ of this project. */
  data?: string;
  /** The textures of frost at the size for these images (`frostTextures`), instead of those on this machine. */
  textures?: readonly Picture[];
  /**
   * How the corrupted images were kept: as they are, or as JPEGs of quality 85, which all their pixels show. Default: as
   * JPEGs from 64 pixels on, as in Tiny-ImageNet-C and ImageNet-C.
   */
  stored?: "bytes" | "jpeg";
}

// the quality at which the scripts of Tiny-ImageNet-C and ImageNet-C save every image, whatever its corruption
const STORED_QUALITY = 85;

/**
 * A set of CIFAR-10-C, CIFAR-100-C, Tiny-ImageNet-C or ImageNet-C made here: image i of the result is image i of `test`,
 * corrupted with the parameters for its size.
 *
 * What is random in it depends on (seed, corruption, severity, i) alone, so that an image is the same in every batch and
 * order. Reading "frost" throws MissingDataError where its textures are not on this machine.
 *
 * @throws {TypeError} when the images are not RGB of 32, 64 or 224 pixels square
 * @throws {RangeError} when there is no such corruption or severity, or the seed is no whole number
 *
 * ```ts
 * const snowy = imageC(await loadTestSet("cifar10"), "snow", 3, { seed: 0 });
 * ```
 */
export function imageC(
  test: ImageSet,
  name: string,
  severity: number,
  { seed, data, textures, stored }: ImageCOptions,
): ImageSet {
  const corruption = corruptionOf(name);
  const side = sideOf(test, name);
  if (!Number.isInteger(severity) || severity < 1 || severity > 5) {
    throw new RangeError(
      `Cannot make "${name}" at severity ${severity}: give a whole number in 1 .. 5`,
    );
  }
  // a seed that is none is refused now, and not at the first image
  generator(seed);
  const asJpeg = (stored ?? (side === 32 ? "bytes" : "jpeg")) === "jpeg";
  const size = imageSize(test.shape);
  let loaded: Promise<readonly Picture[]> | undefined;
  return {
    ...test,
    name: `${name}/${severity}`,
    async read(indices) {
      checkIndices(this, indices);
      const pixels = await test.read(indices);
      const ice = name === "frost" ? textures ?? await (loaded ??= findTextures(side, data)) : [];
      const out = new Uint8Array(pixels.length);
      for (let i = 0; i < indices.length; i++) {
        const random = generator(seed, "image_c", name, severity, indices[i]!);
        const field = corruption.field(random, { side, severity, textures: ice });
        const image = corruption.apply(pixels.subarray(i * size, (i + 1) * size), field, {
          severity,
        });
        out.set(asJpeg ? jpegRoundTrip(image, { side, quality: STORED_QUALITY }) : image, i * size);
      }
      return out;
    },
  };
}

function findTextures(side: ImageSide, data: string | undefined): Promise<Picture[]> {
  return frostTextures(side, data === undefined ? {} : { data });
}

function corruptionOf(name: string): ImageCorruption {
  if (!Object.hasOwn(imageCorruptions, name)) {
    const names = Object.keys(imageCorruptions).join(", ");
    throw new RangeError(`No corruption of images is named "${name}"; there are ${names}`);
  }
  return imageCorruptions[name as ImageCorruptionName] as ImageCorruption;
}

function sideOf({ name: set, shape }: ImageSet, name: string): ImageSide {
  for (const side of [32, 64, 224] as const) {
    if (String(shape) === `${side},${side},3`) return side;
  }
  throw new TypeError(
    `Cannot make "${name}" of "${set}": wanted images of 32, 64 or 224 pixels square in 3 channels, its are [${shape}]`,
  );
}
