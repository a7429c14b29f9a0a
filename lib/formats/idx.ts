/** The array in an IDX file: C order, unsigned bytes. */
export interface IdxArray {
  shape: number[];
  data: Uint8Array;
}

// http://yann.lecun.com/exdb/mnist: two zero bytes, a type code, the number of dimensions
const MAGIC_BYTES = 4;
const UNSIGNED_BYTE = 0x08;

/**
 * Decodes an IDX file of unsigned bytes, the format of MNIST and its relatives.
 *
 * The layout is two zero bytes, the type code 0x08, the number of dimensions d, d sizes as big-endian uint32, and the
 * values in C order. The result's data is a view of `bytes`.
 *
 * @throws {TypeError} when the bytes are no IDX file, or one of another type of value
 * @throws {RangeError} when there are fewer or more bytes than the header announces
 */
export function decodeIdx(bytes: Uint8Array): IdxArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < MAGIC_BYTES) {
    throw new RangeError(`Cannot read IDX data: wanted at least 4 bytes, got ${bytes.length}`);
  }
  if (view.getUint16(0) !== 0) {
    const found = view.getUint32(0).toString(16).padStart(8, "0");
    const hint = found.startsWith("1f8b") ? ": these bytes are gzip, unpack them first" : "";
    throw new TypeError(
      `Cannot read IDX data: wanted a magic number 0x000008dd, got 0x${found}${hint}`,
    );
  }
  if (view.getUint8(2) !== UNSIGNED_BYTE) {
    const found = view.getUint8(2).toString(16).padStart(2, "0");
    throw new TypeError(
      `Cannot read IDX data: wanted unsigned bytes (type 0x08), got type 0x${found}`,
    );
  }
  const dimensions = view.getUint8(3);
  const start = MAGIC_BYTES + 4 * dimensions;
  if (dimensions === 0) throw new TypeError("Cannot read IDX data: the header gives no dimensions");
  if (bytes.length < start) {
    throw new RangeError(
      `Cannot read IDX data: a header of ${dimensions} dimensions takes ${start} bytes, got ${bytes.length}`,
    );
  }
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(MAGIC_BYTES + 4 * i));
  const wanted = shape.reduce((product, size) => product * size, 1);
  if (bytes.length - start !== wanted) {
    throw new RangeError(
      `Cannot read IDX data of shape [${shape}]: wanted ${wanted} values, got ${
        bytes.length - start
      }`,
    );
  }
  return { shape, data: bytes.subarray(start) };
}
