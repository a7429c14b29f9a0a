import type { Generator } from "../random/mod.ts";
import { checkImage } from "./bytes.ts";
import { requireField } from "./fields.ts";
import type { BySide, ImageSide } from "./image_severities.ts";

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
   * @throws {TypeError} when it needs textures and none are given; RangeError when they are too small
   */
  field(random: Generator, options: FieldOptions): Field;
  /**
   * The corrupted image: bytes [side, side, 3], cut, not rounded, from the values of the original.
   *
   * @throws {TypeError} when the image is not of bytes, of 32, 64 or 224 pixels square in RGB, or the field is of another
   * side, or none
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
    const parameters = Number.isInteger(severity) ? ofSide[severity - 1] : undefined;
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
    apply(image, drawn, { severity }) {
      const context = contextOf(sideOf(name, image), severity);
      requireField(name, field, drawn);
      return corrupt(image, drawn, context);
    },
  };
}

const SIDES: readonly ImageSide[] = [32, 64, 224];

function sideOf(name: string, image: Uint8Array): ImageSide {
  checkImage(name, image, {
    bytes: SIDES.map((side) => side * side * CHANNELS),
    words: "32, 64 or 224 pixels square in RGB",
  });
  return Math.sqrt(image.length / CHANNELS) as ImageSide;
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
