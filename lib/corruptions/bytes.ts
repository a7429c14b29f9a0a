/** Throws TypeError unless an image is of bytes, and of one of these lengths. */
export function checkImage(
  name: string,
  image: unknown,
  { bytes, words }: { bytes: readonly number[]; words: string },
): asserts image is Uint8Array {
  if (image instanceof Uint8Array && bytes.includes(image.length)) return;
  const { constructor, length } = Object(image) as ArrayLike<unknown>;
  throw new TypeError(
    `Cannot apply ${name}: wanted an image of ${words} in a Uint8Array, got ${constructor.name} of length ${length}`,
  );
}

/** The values of bytes in [0, 1]. */
export function toUnit(image: Uint8Array): Float64Array {
  const values = new Float64Array(image.length);
  for (let i = 0; i < values.length; i++) values[i] = image[i]! / 255;
  return values;
}

/** As `toUnit`, in float32: the quotients are rounded to it. */
export function toUnitFloat32(image: Uint8Array): Float32Array {
  const values = new Float32Array(image.length);
  for (let i = 0; i < values.length; i++) values[i] = image[i]! / 255;
  return values;
}
