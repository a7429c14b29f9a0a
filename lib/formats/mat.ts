import { inflateSync } from "node:zlib";

/** The numbers of an array, in the type in which the file stores them. */
export type MatNumbers =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** A variable of a MAT file, or a part of one. All orders are MATLAB's: the first index runs fastest. */
export type MatValue =
  | { kind: "numbers"; shape: number[]; data: MatNumbers }
  | { kind: "text"; shape: number[]; text: string }
  | { kind: "cells"; shape: number[]; values: MatValue[] }
  /** The values of each field, one per element of the array of structures. */
  | { kind: "structs"; shape: number[]; fields: Record<string, MatValue[]> }
  /** What is not read: sparse matrices, objects, functions. */
  | { kind: "other"; shape: number[] };

// https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf, table 1-1 (types of data) and 1-3 (classes of arrays)
const COMPRESSED = 15, MATRIX = 14, UTF8 = 16;
const CELL = 1, STRUCT = 2, CHAR = 4, FIRST_NUMERIC = 6, LAST_NUMERIC = 15;
const COMPLEX_FLAG = 0x0800;
const HEADER_BYTES = 128;

const NUMBERS = {
  1: Int8Array,
  2: Uint8Array,
  3: Int16Array,
  4: Uint16Array,
  5: Int32Array,
  6: Uint32Array,
  7: Float32Array,
  9: Float64Array,
  12: BigInt64Array,
  13: BigUint64Array,
  // texts: UTF-16
  17: Uint16Array,
} as const;

// more than the largest variable here (SVHN's extra images, 1.6 GB)
const MOST_BYTES = 2 ** 31;

/**
 * Decodes a MATLAB file of version 5 (`save -v6` and `-v7`; SciPy's `savemat`): its variables by their names.
 *
 * Own code, because the packages that read the format make nested lists of every number.
 *
 * @throws {TypeError} when it is no such file: text, version 4 or 7.3, big-endian
 * @throws {RangeError} when it is cut short, or its parts do not fit
 */
export function decodeMat(bytes: Uint8Array): Map<string, MatValue> {
  checkHeader(bytes);
  const variables = new Map<string, MatValue>();
  for (let at = HEADER_BYTES; at < bytes.length;) {
    const element = readElement(bytes, at);
    at = element.next;
    const matrix = element.type === COMPRESSED ? inflated(element.content) : element;
    if (matrix.type !== MATRIX) continue;
    const { name, value } = readMatrix(matrix.content);
    variables.set(name, value);
  }
  return variables;
}

function checkHeader(bytes: Uint8Array): void {
  const wanted = "wanted a MATLAB file of version 5";
  if (bytes.length < HEADER_BYTES) {
    throw new TypeError(`Cannot read MAT data: ${wanted}, got ${bytes.length} bytes`);
  }
  const [version, low, high] = [bytes[125]!, bytes[126]!, bytes[127]!];
  const order = String.fromCharCode(low, high);
  if (order === "IM" && version === 1) return;
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, 20));
  const found = order === "IM" && version === 2
    ? 'one of version 7.3 (HDF5): save it with "-v7"'
    : order === "MI"
    ? "a big-endian one"
    : `bytes that begin with ${JSON.stringify(text)}`;
  throw new TypeError(`Cannot read MAT data: ${wanted}, got ${found}`);
}

interface Element {
  type: number;
  content: Uint8Array;
  /** Where the next one begins. */
  next: number;
}

function readElement(bytes: Uint8Array, at: number): Element {
  if (at + 8 > bytes.length) throw cutShort(at + 8, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = view.getUint32(at, true);
  // up to four bytes stand within the tag
  const small = first >>> 16;
  const type = small > 0 ? first & 0xffff : first;
  const length = small > 0 ? small : view.getUint32(at + 4, true);
  const start = small > 0 ? at + 4 : at + 8;
  if (small > 4) throw new RangeError(`Cannot read MAT data: no element at byte ${at}`);
  if (start + length > bytes.length) throw cutShort(start + length, bytes.length);
  const padded = type === COMPRESSED ? length : Math.ceil(length / 8) * 8;
  return {
    type,
    content: bytes.subarray(start, start + length),
    next: small > 0 ? at + 8 : start + padded,
  };
}

function inflated(content: Uint8Array): Element {
  try {
    return readElement(inflateSync(content, { maxOutputLength: MOST_BYTES }), 0);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw new RangeError(`Cannot read MAT data: ${(error as Error).message}`);
  }
}

function readMatrix(content: Uint8Array): { name: string; value: MatValue } {
  // an empty cell is an element of no bytes
  if (content.length === 0) return { name: "", value: { kind: "other", shape: [0, 0] } };
  const flags = readElement(content, 0);
  const dimensions = readElement(content, flags.next);
  const nameElement = readElement(content, dimensions.next);
  const shape = Array.from(numbersOf(dimensions), Number);
  const word = Number(numbersOf(flags)[0]);
  const name = latin1(nameElement.content);
  const value = readValue(content, nameElement.next, { kind: word & 0xff, shape });
  // the imaginary part would be lost without a word
  return { name, value: word & COMPLEX_FLAG ? { kind: "other", shape } : value };
}

function readValue(
  content: Uint8Array,
  at: number,
  { kind, shape }: { kind: number; shape: number[] },
): MatValue {
  const count = shape.reduce((product, size) => product * size, 1);
  if (kind === CELL) {
    return { kind: "cells", shape, values: readMatrices(content, at, count).values };
  }
  if (kind === STRUCT) return readStructs(content, at, { shape, count });
  if (kind !== CHAR && (kind < FIRST_NUMERIC || kind > LAST_NUMERIC)) {
    return { kind: "other", shape };
  }
  const element = readElement(content, at);
  if (kind === CHAR) return { kind: "text", shape, text: textOf(element) };
  const data = numbersOf(element);
  if (data.length !== count) {
    throw new RangeError(
      `Cannot read MAT data of shape [${shape}]: wanted ${count} values, got ${data.length}`,
    );
  }
  return { kind: "numbers", shape, data };
}

function readStructs(
  content: Uint8Array,
  at: number,
  { shape, count }: { shape: number[]; count: number },
): MatValue {
  const lengthElement = readElement(content, at);
  const namesElement = readElement(content, lengthElement.next);
  const length = Number(numbersOf(lengthElement)[0]);
  const names = Array.from(
    { length: length > 0 ? namesElement.content.length / length : 0 },
    (_, i) => latin1(namesElement.content.subarray(i * length, (i + 1) * length)),
  );
  const { values } = readMatrices(content, namesElement.next, count * names.length);
  const fields = Object.fromEntries(
    names.map((name, f) => [name, values.filter((_, i) => i % names.length === f)]),
  );
  return { kind: "structs", shape, fields };
}

function readMatrices(content: Uint8Array, start: number, count: number) {
  const values: MatValue[] = [];
  let at = start;
  while (values.length < count) {
    const element = readElement(content, at);
    values.push(readMatrix(element.content).value);
    at = element.next;
  }
  return { values };
}

function numbersOf({ type, content }: Element): MatNumbers {
  if (!(type in NUMBERS)) {
    throw new RangeError(`Cannot read MAT data: wanted numbers, got an element of type ${type}`);
  }
  const Numbers = NUMBERS[type as keyof typeof NUMBERS];
  const { BYTES_PER_ELEMENT: size } = Numbers;
  if (size === 1) {
    return new (Numbers as Uint8ArrayConstructor)(
      content.buffer,
      content.byteOffset,
      content.length,
    );
  }
  // a copy, which begins where numbers may begin
  const copy = new Uint8Array(content);
  return new Numbers(copy.buffer, 0, Math.floor(content.length / size));
}

function textOf(element: Element): string {
  if (element.type === UTF8) return new TextDecoder().decode(element.content);
  const numbers = numbersOf(element);
  return new TextDecoder(numbers.BYTES_PER_ELEMENT === 2 ? "utf-16le" : "latin1").decode(numbers);
}

/** Latin letters up to the first zero. */
function latin1(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder("latin1").decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function cutShort(wanted: number, found: number): RangeError {
  return new RangeError(`Cannot read MAT data: wanted ${wanted} bytes, got ${found}`);
}
