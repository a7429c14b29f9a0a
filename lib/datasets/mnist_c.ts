import {
  type MnistCorruption,
  type MnistCorruptionName,
  mnistCorruptions,
  type MnistOptions,
} from "../corruptions/mod.ts";
import { generator } from "../random/mod.ts";
import { checkIndices, imageSize } from "./image_set.ts";
import type { ImageSet } from "./types.ts";

/**
 * A set of MNIST-C made here from MNIST's test images: image i of the result is image i of `test`, corrupted.
 *
 * What is random in it depends on (seed, corruption, i) alone, so that an image is the same in every batch and order.
 *
 * @throws {TypeError} when the images are not of 28 x 28 pixels of one channel
 * @throws {RangeError} when there is no such corruption or severity, or the seed is no whole number
 *
 * ```ts
 * const foggy = mnistC(await loadTestSet("mnist"), "fog", { seed: 0 });
 * ```
 */
export function mnistC(
  test: ImageSet,
  name: string,
  { seed, ...options }: MnistOptions & { seed: number },
): ImageSet {
  const corruption = corruptionOf(name);
  if (String(test.shape) !== "28,28,1") {
    throw new TypeError(
      `Cannot make "${name}" of "${test.name}": wanted images [28,28,1], its are [${test.shape}]`,
    );
  }
  const size = imageSize(test.shape);
  // a seed or a severity that there is not is refused now, and not at the first image
  corruption.field(generator(seed), options);
  return {
    ...test,
    name,
    async read(indices) {
      checkIndices(this, indices);
      const pixels = await test.read(indices);
      const out = new Uint8Array(pixels.length);
      for (let i = 0; i < indices.length; i++) {
        const field = corruption.field(generator(seed, "mnist_c", name, indices[i]!), options);
        const image = pixels.subarray(i * size, (i + 1) * size);
        out.set(corruption.apply(image, field, options), i * size);
      }
      return out;
    },
  };
}

function corruptionOf(name: string): MnistCorruption {
  if (!Object.hasOwn(mnistCorruptions, name)) {
    const names = Object.keys(mnistCorruptions).join(", ");
    throw new RangeError(`No corruption of MNIST-C is named "${name}"; there are ${names}`);
  }
  return mnistCorruptions[name as MnistCorruptionName];
}
