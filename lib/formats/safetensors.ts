/** The number types this reader knows, by their names in the format. */
export type StoredDtype = "F16" | "BF16" | "F32" | "F64" | "I32" | "I64" | "U8";

/** One tensor of a safetensors file: C order; the kind of array goes with the dtype, of BF16 it holds the bits. */
export interface StoredTensor {
  dtype: StoredDtype;
  shape: number[];
  data:
    | Float16Array
    | Uint16Array
    | Float32Array
    | Float64Array
    | Int32Array
    | BigInt64Array
    | Uint8Array;
}

const ARRAYS = {
  F16: Float16Array,
  BF16: Uint16Array,
  F32: Float32Array,
  F64: Float64Array,
  I32: Int32Array,
  I64: BigInt64Array,
  U8: Uint8Array,
} satisfies Record<StoredDtype, unknown>;

// in the order in which the reference implementation writes: from wide to narrow, so that each tensor is aligned
const WRITING_ORDER: StoredDtype[] = ["I64", "F64", "F32", "I32", "BF16", "F16", "U8"];

// the length of the header, a little-endian uint64
const PREFIX_BYTES = 8;
// the limit of the reference implementation, safetensors 0.6 (MAX_HEADER_SIZE)
const MAX_HEADER_BYTES = 100_000_000;

interface HeaderEntry {
  dtype: StoredDtype;
  shape: number[];
  data_offsets: [begin: number, end: number];
}

/**
 * Decodes a safetensors file (https://github.com/huggingface/safetensors#format).
 *
 * The rules of the reference implementation hold: the tensors' bytes follow each other without gaps or overlaps and end
 * where the file ends. Every array is a copy of its bytes. Tensors come in the order of the header.
 *
 * @throws {TypeError} when the header is no valid JSON of the wanted form, or a dtype is not known here
 * @throws {RangeError} when lengths, shapes or offsets do not fit each other
 */
export function decodeSafetensors(
  bytes: Uint8Array,
): { tensors: Map<string, StoredTensor>; metadata: Record<string, string> } {
  if (bytes.length < PREFIX_BYTES) {
    refuse(RangeError, `wanted at least ${PREFIX_BYTES} bytes, got ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = Number(view.getBigUint64(0, true));
  const start = PREFIX_BYTES + headerBytes;
  if (headerBytes > MAX_HEADER_BYTES || start > bytes.length) {
    const isOfTorch = (bytes[0] === 0x50 && bytes[1] === 0x4b) || bytes[0] === 0x80;
    refuse(
      RangeError,
      `the header should take ${headerBytes} bytes, the file has ${bytes.length}; ${
        isOfTorch
          ? "it seems to be one of torch.save: write its weights anew in Python, " +
            'by `safetensors.torch.save_file(torch.load(FILE, weights_only=True), "weights.safetensors")`, where they ' +
            'stand under a name such as "state_dict" with that behind the load'
          : "is it cut short, or another format?"
      }`,
    );
  }
  const { __metadata__, ...entries } = parseHeader(bytes.subarray(PREFIX_BYTES, start));
  const metadata = checkMetadata(__metadata__);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of Object.entries(entries)) {
    const { dtype, shape, data_offsets: [begin, end] } = checkEntry(name, entry);
    if (start + end > bytes.length) {
      refuse(
        RangeError,
        `"${name}" ends at byte ${end} of the data, which has ${
          bytes.length - start
        }; is the file cut short?`,
      );
    }
    const copy = bytes.slice(start + begin, start + end);
    tensors.set(name, { dtype, shape, data: new ARRAYS[dtype](copy.buffer) });
  }
  checkCoverage(entries as Record<string, HeaderEntry>, bytes.length - start);
  return { tensors, metadata };
}

/** The numbers of a tensor of any float type as float32: those of 16 bits exactly, F64 rounded; undefined for integers. */
export function toFloat32({ dtype, data }: StoredTensor): Float32Array | undefined {
  if (data instanceof Float32Array) return data;
  if (data instanceof Float64Array || data instanceof Float16Array) return Float32Array.from(data);
  if (dtype !== "BF16") return undefined;
  // The upper half of a float32's bits.
  return new Float32Array(Uint32Array.from(data as Uint16Array, (bits) => bits << 16).buffer);
}

/**
 * Encodes tensors as a safetensors file that the Python package and PyTorch read.
 *
 * The tensors are written from wide to narrow dtypes and by name, and the header is padded to a multiple of 8: the bytes
 * are those that the reference implementation writes, whatever the order of the map.
 *
 * @throws {TypeError} when the array of a tensor is not of its dtype
 * @throws {RangeError} when the array of a tensor does not have the length of its shape
 */
export function encodeSafetensors(
  tensors: Map<string, StoredTensor>,
  metadata: Record<string, string> = {},
): Uint8Array {
  const rank = ({ dtype }: StoredTensor) => WRITING_ORDER.indexOf(dtype);
  const ordered = [...tensors].sort(([a, first], [b, second]) =>
    rank(first) - rank(second) || (a < b ? -1 : 1)
  );
  const header: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) header.push(["__metadata__", metadata]);
  let end = 0;
  for (const [name, tensor] of ordered) {
    checkTensor(name, tensor);
    const begin = end;
    end += tensor.data.byteLength;
    const { dtype, shape } = tensor;
    header.push([name, { dtype, shape, data_offsets: [begin, end] }]);
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const start = Math.ceil((PREFIX_BYTES + json.length) / 8) * 8;
  const bytes = new Uint8Array(start + end).fill(" ".charCodeAt(0), 0, start);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - PREFIX_BYTES), true);
  bytes.set(json, PREFIX_BYTES);
  let offset = start;
  for (const [, { data }] of ordered) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    refuse(TypeError, `the header is no JSON (${(error as Error).message})`);
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) {
    refuse(TypeError, "the header is no JSON object");
  }
  return header as Record<string, unknown>;
}

function checkMetadata(metadata: unknown): Record<string, string> {
  if (metadata === undefined) return {};
  const valid = typeof metadata === "object" && metadata !== null && !Array.isArray(metadata) &&
    Object.values(metadata).every((value) => typeof value === "string");
  if (!valid) refuse(TypeError, "__metadata__ should map names to strings");
  return metadata as Record<string, string>;
}

function checkEntry(name: string, entry: unknown): HeaderEntry {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Partial<HeaderEntry>;
  if (typeof dtype !== "string" || !isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) {
    refuse(TypeError, `"${name}" should have a dtype, a shape and two data_offsets`);
  }
  if (!Object.hasOwn(ARRAYS, dtype)) {
    refuse(TypeError, `"${name}" has dtype ${dtype}; known are ${Object.keys(ARRAYS).join(", ")}`);
  }
  const wanted = ARRAYS[dtype].BYTES_PER_ELEMENT * count(shape);
  const [begin, end] = offsets;
  if (end - begin !== wanted) {
    refuse(
      RangeError,
      `"${name}" of dtype ${dtype} and shape [${shape}] takes ${wanted} bytes, its offsets ${begin} .. ${end} give ${
        end - begin
      }`,
    );
  }
  return { dtype, shape, data_offsets: offsets };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function checkCoverage(entries: Record<string, HeaderEntry>, dataBytes: number): void {
  let covered = 0;
  const ordered = Object.entries(entries)
    .map(([name, { data_offsets: [begin, end] }]) => ({ name, begin, end }))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  for (const { name, begin, end } of ordered) {
    if (begin !== covered) {
      const fault = begin < covered ? "overlaps the tensor before it" : "leaves a gap before it";
      refuse(
        RangeError,
        `"${name}" starts at byte ${begin} of the data and ${fault}, which ends at ${covered}`,
      );
    }
    covered = end;
  }
  if (covered !== dataBytes) {
    refuse(
      RangeError,
      `the tensors take ${covered} bytes, the file holds ${dataBytes} bytes of data`,
    );
  }
}

function checkTensor(name: string, { dtype, shape, data }: StoredTensor): void {
  if (name === "__metadata__") {
    throw new TypeError(
      'Cannot write a tensor named "__metadata__": the format keeps this name for itself',
    );
  }
  if (!(data instanceof ARRAYS[dtype])) {
    throw new TypeError(
      `Cannot write "${name}" as ${dtype}: wanted a ${
        ARRAYS[dtype].name
      }, got a ${data.constructor.name}`,
    );
  }
  if (data.length !== count(shape)) {
    throw new RangeError(
      `Cannot write "${name}" of shape [${shape}]: wanted ${
        count(shape)
      } values, got ${data.length}`,
    );
  }
}

function count(shape: number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function refuse(kind: ErrorConstructor, reason: string): never {
  throw new kind(`Cannot read safetensors: ${reason}`);
}
