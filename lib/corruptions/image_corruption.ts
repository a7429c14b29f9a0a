import type { Generator } from "../random/mod.ts";
import type { BySide } from "./image_severities.ts";

/** Rows, and columns, of the images whose severities are known: CIFAR's, TinyImageNet's, ImageNet's. */
export type ImageSide = 32 | 64 | 224;

/** Colours of a pixel. */
export const CHANNELS = 3;

/** An RGB image of any size: bytes [height, width, 3]. */
export interface Picture {
  readonly height: number;
  readonly width: number;
  readonly pixels: Uint8Array;
}

/** What a field is drawn for. */
export interface FieldOptions {
  side: ImageSide;
  /** From 1, the weakest, to 5. */
  severity: number;
  /** The pictures of ice that frost needs, at the size in which it cuts from them (`frostTextures`). */
  textures?: readonly Picture[];
}

/** One of the corruptions of CIFAR-C and ImageNet-C: a pure function of an image and of what is random in it. */
export interface ImageCorruption<Field = unknown> {
  /** The name of its file or folder in the archives, e.g. "gaussian_noise". */
  readonly name: string;
  /** Its name in figures, e.g. "Gaussian noise". */
  readonly title: string;
  /**
   * Draws what is random in it.
   *
   * @throws {RangeError} for a severity or side that is not known
   * @throws {TypeError} when it needs textures and none are given
   */
  field(random: Generator, options: FieldOptions): Field;
  /**
   * The corrupted image: bytes [side, side, 3], cut, not rounded, from the values of the original.
   *
   * @throws {TypeError} when the image is not of 32, 64 or 224 pixels square in RGB, or the field is of another side
   * @throws {RangeError} for a severity that is not known
   */
  apply(image: Uint8Array, field: Field, options: { severity: number }): Uint8Array;
}

/** What a recipe is told of the image. */
export interface ImageContext<Parameters> {
  side: ImageSide;
  parameters: Parameters;
}

/** What makes a corruption. */
interface Recipe<Parameters, Field> {
  name: string;
  title: string;
  severities: BySide<Parameters>;
  field(
    random: Generator,
    context: ImageContext<Parameters> & { textures?: readonly Picture[] },
  ): Field;
  corrupt(image: Uint8Array, field: Field, context: ImageContext<Parameters>): Uint8Array;
}

/** Makes a corruption: picks the parameters of side and severity, and checks the image. */
export function imageCorruption<Parameters, Field>(
  { name, title, severities, field, corrupt }: Recipe<Parameters, Field>,
): ImageCorruption<Field> {
  const contextOf = (side: ImageSide, severity: number): ImageContext<Parameters> => {
    const ofSide = severities[side];
    if (ofSide === undefined) {
      throw new RangeError(
        `Cannot apply ${name} to images of side ${side}: its severities are known for 32, 64 and 224`,
      );
    }
    const parameters = ofSide[severity - 1];
    if (parameters === undefined) {
      throw new RangeError(
        `Cannot apply ${name} at severity ${severity}: give a whole number in 1 .. 5`,
      );
    }
    return { side, parameters };
  };
  return {
    name,
    title,
    field: (random, { side, severity, textures }) =>
      field(random, {
        ...contextOf(side, severity),
        ...(textures === undefined ? {} : { textures }),
      }),
    apply: (image, drawn, { severity }) =>
      corrupt(image, drawn, contextOf(sideOf(name, image), severity)),
  };
}

function sideOf(name: string, image: Uint8Array): ImageSide {
  for (const side of [32, 64, 224] as const) {
    if (image.length === side * side * CHANNELS) return side;
  }
  throw new TypeError(
    `Cannot apply ${name} to an image of ${image.length} bytes: wanted RGB of 32, 64 or 224 pixels square`,
  );
}

/** The field of a corruption in which nothing is random. */
export function noField(): void {}

/** Throws TypeError unless a field has as many numbers as its image needs. */
export function checkField(name: string, field: ArrayLike<number>, wanted: number): void {
  if (field.length !== wanted) {
    throw new TypeError(
      `Cannot apply ${name} with a field of ${field.length} numbers: this image needs ${wanted}`,
    );
  }
}

/** The values of bytes in [0, 1]. */
export function toUnit(image: Uint8Array): Float64Array {
  const values = new Float64Array(image.length);
  for (let i = 0; i < values.length; i++) values[i] = image[i]! / 255;
  return values;
}

/** As `toUnit`, in float32: the image, and the quotient, are rounded to it. */
export function toUnitFloat32(image: Uint8Array): Float32Array {
  const values = new Float32Array(image.length);
  for (let i = 0; i < values.length; i++) values[i] = image[i]! / 255;
  return values;
}

/** Bytes of values in [0, 1], those beyond cut off; 255 v is rounded to the values' own precision, and CUT to a byte. */
export function toBytes(values: Float64Array | Float32Array): Uint8Array {
  const out = new Uint8Array(values.length);
  const single = values instanceof Float32Array;
  for (let i = 0; i < out.length; i++) {
    const value = values[i]!;
    const level = (value < 0 ? 0 : value > 1 ? 1 : value) * 255;
    out[i] = single ? Math.fround(level) : level;
  }
  return out;
}

/** Numbers of [low, high), each with 53 random bits. */
export function uniforms(random: Generator, count: number, low = 0, high = 1): Float64Array {
  const out = new Float64Array(count);
  for (let i = 0; i < count; i++) out[i] = low + (high - low) * random.uniform();
  return out;
}
