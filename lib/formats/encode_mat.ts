import { Buffer } from "node:buffer";

// https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf, tables 1-1 and 1-3
const INT8 = 1, UINT8 = 2, INT32 = 5, UINT32 = 6, MATRIX = 14;
const STRUCT_CLASS = 2, UINT8_CLASS = 9;
const HEADER_BYTES = 128;

/**
 * A MATLAB file of version 5 that holds one structure of one field: an array of bytes, as the label maps of data sets are
 * stored.
 *
 * @param data In MATLAB's order: the first index runs fastest
 * @throws {RangeError} when there are more or fewer bytes than the shape has, or the field's name has more than 31 letters
 */
export function encodeMatBytes(
  variable: string,
  field: string,
  shape: readonly number[],
  data: Uint8Array,
): Uint8Array {
  const count = shape.reduce((product, size) => product * size, 1);
  if (data.length !== count) {
    throw new RangeError(
      `Cannot write [${shape}] as MAT data: wanted ${count} bytes, got ${data.length}`,
    );
  }
  // names have one length, the last letter a zero
  const nameBytes = 32;
  if (field.length >= nameBytes) {
    throw new RangeError(
      `Cannot write the field ${field}: it has more than ${nameBytes - 1} letters`,
    );
  }
  const names = new Uint8Array(nameBytes);
  names.set(latin1(field));
  const values = matrix(UINT8_CLASS, "", shape, [element(UINT8, data)]);
  const struct = matrix(STRUCT_CLASS, variable, [1, 1], [
    element(INT32, words([nameBytes])),
    element(INT8, names),
    values,
  ]);
  const header = new Uint8Array(HEADER_BYTES).fill(0x20, 0, 116);
  header.set(latin1("MATLAB 5.0 MAT-file"));
  // version 1, little-endian
  header.set([0, 1, 0x49, 0x4d], 124);
  return joined([header, struct]);
}

function matrix(
  kind: number,
  name: string,
  shape: readonly number[],
  parts: readonly Uint8Array[],
): Uint8Array {
  return element(
    MATRIX,
    joined([
      element(UINT32, words([kind, 0])),
      element(INT32, words(shape)),
      element(INT8, latin1(name)),
      ...parts,
    ]),
  );
}

/** A type, a length, the bytes, and zeros up to a multiple of eight. */
function element(type: number, content: Uint8Array): Uint8Array {
  const out = new Uint8Array(8 + Math.ceil(content.length / 8) * 8);
  out.set(words([type, content.length]));
  out.set(content, 8);
  return out;
}

function words(values: readonly number[]): Uint8Array {
  const out = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => out.setUint32(4 * i, value, true));
  return new Uint8Array(out.buffer);
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
