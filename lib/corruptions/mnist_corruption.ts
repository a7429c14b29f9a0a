import type { Generator } from "../random/mod.ts";
import { checkImage } from "./bytes.ts";
import { requireField } from "./fields.ts";

/** How a value of 0 .. 255 becomes a byte: to the nearest, halves to the even one, or by dropping what follows the point. */
export type Rounding = "nearest" | "truncate";

/** How a corruption of MNIST-C is applied. */
export interface MnistOptions {
  /** From 1; default: the severity that MNIST-C has. */
  severity?: number;
  /** Default "nearest", as the notebook of MNIST-C does; that its archive was made so is not known. */
  rounding?: Rounding;
}

/** One of the corruptions of MNIST-C (Mu & Gilmer 2019): a pure function of an image and of what is random in it. */
export interface MnistCorruption<Field = unknown> {
  /** The name of its folder in the archive, e.g. "shot_noise". */
  readonly name: string;
  /** Its name in figures, e.g. "Shot noise". */
  readonly title: string;
  /** The severity that MNIST-C has, from 1. */
  readonly severity: number;
  /** The number of severities; 1 where the corruption has no strength. */
  readonly severities: number;
  /** Draws what is random in it. Throws RangeError for a severity that it does not have. */
  field(random: Generator, options?: MnistOptions): Field;
  /**
   * The corrupted image, of bytes [28, 28].
   *
   * @throws {TypeError} when the image is not of 28 x 28 bytes, or the field is of another severity, or none
   * @throws {RangeError} for a severity or rounding that there is not
   */
  apply(image: Uint8Array, field: Field, options?: MnistOptions): Uint8Array;
}

/** Rows and columns of an image. */
export const SIDE = 28;

/** Pixels of an image. */
export const PIXELS = SIDE * SIDE;

/** What makes a corruption; `severities` are its parameters from the weakest to the strongest. */
interface Recipe<Parameters, Field> {
  name: string;
  title: string;
  severities: readonly Parameters[];
  severity: number;
  field(random: Generator, parameters: Parameters): Field;
  /** The corrupted image as values whose range [0, 1] is shown; those beyond are cut off. */
  corrupt(image: Uint8Array, field: Field, parameters: Parameters): Float64Array;
}

/** Makes a corruption: picks the parameters of the severity, checks the image, and turns values into bytes. */
export function mnistCorruption<Parameters, Field>(
  { name, title, severities, severity, field, corrupt }: Recipe<Parameters, Field>,
): MnistCorruption<Field> {
  const parametersOf = (asked: number): Parameters => {
    if (!Number.isInteger(asked) || asked < 1 || asked > severities.length) {
      throw new RangeError(
        `Cannot apply ${name} at severity ${asked}: give a whole number in 1 .. ${severities.length}`,
      );
    }
    return severities[asked - 1]!;
  };
  return {
    name,
    title,
    severity,
    severities: severities.length,
    field: (random, options = {}) => field(random, parametersOf(options.severity ?? severity)),
    apply(image, drawn, options = {}) {
      checkImage(name, image, { bytes: [PIXELS], words: "28 x 28 bytes" });
      const parameters = parametersOf(options.severity ?? severity);
      requireField(name, field, drawn);
      const values = corrupt(image, drawn, parameters);
      return toBytes(values, roundingOf(options));
    },
  };
}

function roundingOf({ rounding = "nearest" }: MnistOptions): Rounding {
  if (rounding === "nearest" || rounding === "truncate") return rounding;
  throw new RangeError(`Cannot round by "${rounding}": give "nearest" or "truncate"`);
}

/** Bytes of values in [0, 1]. They pass through float32, as in MNIST-C's code: a half of float64 noise becomes a half. */
function toBytes(values: Float64Array, rounding: Rounding): Uint8Array {
  // writing to a clamped array rounds halves to even (ECMAScript's ToUint8Clamp), as NumPy does
  const out = rounding === "nearest"
    ? new Uint8ClampedArray(values.length)
    : new Uint8Array(values.length);
  for (let i = 0; i < out.length; i++) {
    out[i] = Math.fround(Math.min(Math.max(values[i]!, 0), 1) * 255);
  }
  return new Uint8Array(out.buffer);
}
