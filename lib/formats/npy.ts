/** The number types this reader knows, by their names in the format: kind and bytes, little-endian. */
export type NpyDtype = "|u1" | "<i4" | "<i8" | "<f4" | "<f8";

/** The array of a .npy file: C order; the kind of typed array goes with the dtype. */
export interface NpyArray {
  dtype: NpyDtype;
  shape: number[];
  data: Uint8Array | Int32Array | BigInt64Array | Float32Array | Float64Array;
}

const ARRAYS = {
  "|u1": Uint8Array,
  "<i4": Int32Array,
  "<i8": BigInt64Array,
  "<f4": Float32Array,
  "<f8": Float64Array,
} satisfies Record<NpyDtype, unknown>;

// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html: the magic string, then two bytes of version
const MAGIC = "\x93NUMPY";

/**
 * Decodes a .npy file, format 1.0 or 2.0 (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
 *
 * Known are unsigned bytes, int32, int64, float32 and float64, little-endian, in C order. Bytes are a view of `bytes`, other
 * numbers a copy.
 *
 * @throws {TypeError} when it is no .npy file, or one of another version, dtype or order
 * @throws {RangeError} when there are fewer or more bytes than the header announces
 */
export function decodeNpy(bytes: Uint8Array): NpyArray {
  const { dtype, shape, start } = decodeNpyHeader(bytes);
  const count = shape.reduce((product, size) => product * size, 1);
  const wanted = count * ARRAYS[dtype].BYTES_PER_ELEMENT;
  if (bytes.length - start !== wanted) {
    throw new RangeError(
      `Cannot read .npy data of shape [${shape}] and dtype ${dtype}: wanted ${wanted} bytes, got ${
        bytes.length - start
      }`,
    );
  }
  if (dtype === "|u1") return { dtype, shape, data: bytes.subarray(start) };
  return { dtype, shape, data: new ARRAYS[dtype](bytes.slice(start).buffer) };
}

/**
 * What a .npy file holds, from its first bytes (a kilobyte is enough), and at which byte its numbers begin.
 *
 * @throws {TypeError} as `decodeNpy`
 * @throws {RangeError} when the header goes on beyond these bytes
 */
export function decodeNpyHeader(
  bytes: Uint8Array,
): { dtype: NpyDtype; shape: number[]; start: number } {
  const { text, start } = readHeader(bytes);
  return { ...parseHeader(text), start };
}

/** The header's text, and where the data begin. */
function readHeader(bytes: Uint8Array): { text: string; start: number } {
  if (bytes.length < 10) refuse(RangeError, `wanted at least 10 bytes, got ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = String.fromCharCode(...bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC) refuse(TypeError, `the first bytes are ${JSON.stringify(magic)}`);
  const [major, minor] = [bytes[6]!, bytes[7]!];
  if (minor !== 0 || (major !== 1 && major !== 2)) {
    refuse(TypeError, `wanted format 1.0 or 2.0, got ${major}.${minor}`);
  }
  // the header's length takes two bytes in version 1 and four in version 2
  const from = major === 1 ? 10 : 12;
  if (bytes.length < from) refuse(RangeError, `wanted at least ${from} bytes, got ${bytes.length}`);
  const start = from + (major === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (bytes.length < start) {
    refuse(RangeError, `the header ends at byte ${start}, the file has ${bytes.length}`);
  }
  return { text: new TextDecoder("latin1").decode(bytes.subarray(from, start)), start };
}

/** Reads the Python dictionary that NumPy writes, whose keys may stand in any order. */
function parseHeader(text: string): { dtype: NpyDtype; shape: number[] } {
  const valueOf = (key: string, pattern: string) => {
    const found = new RegExp(`['"]${key}['"]\\s*:\\s*${pattern}`).exec(text);
    if (found === null) refuse(TypeError, `the header has no ${key} that is known: ${text.trim()}`);
    return found[1]!;
  };
  const dtype = valueOf("descr", `['"]([^'"]+)['"]`);
  if (!Object.hasOwn(ARRAYS, dtype)) {
    refuse(TypeError, `its dtype is ${dtype}; known are ${Object.keys(ARRAYS).join(", ")}`);
  }
  if (valueOf("fortran_order", "(True|False)") === "True") {
    refuse(TypeError, "it is in Fortran order; save it by numpy.ascontiguousarray");
  }
  const sizes = valueOf("shape", "\\(([\\d\\s,]*)\\)").split(",").filter((size) =>
    size.trim() !== ""
  );
  return { dtype: dtype as NpyDtype, shape: sizes.map(Number) };
}

function refuse(kind: ErrorConstructor, reason: string): never {
  throw new kind(`Cannot read .npy data: ${reason}`);
}
