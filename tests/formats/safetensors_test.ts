import { assertEquals, assertThrows } from "@std/assert";
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from "../../lib/formats/mod.ts";

// written by the Python package: tests/oracles/safetensors_files.py, safetensors 0.8.0
const PYTHON_FILE = new URL("../fixtures/formats/python.safetensors", import.meta.url);

const PYTHON_TENSORS = new Map<string, StoredTensor>([
  ["größe", { dtype: "F32", shape: [1], data: Float32Array.of(NaN) }],
  ["conv.weight", {
    dtype: "F32",
    shape: [2, 3, 2, 2],
    data: Float32Array.from({ length: 24 }, (_, i) => i / 7),
  }],
  ["double", { dtype: "F64", shape: [3], data: Float64Array.of(0.1, -Infinity, 1e300) }],
  ["bytes", { dtype: "U8", shape: [1, 3], data: Uint8Array.of(0, 255, 7) }],
  ["half", { dtype: "F16", shape: [2], data: Float16Array.of(0.1, -2) }],
  // The upper halves of float32's bits, rounded: 0.1001, -2 and 3.004e38.
  ["brain", { dtype: "BF16", shape: [3], data: Uint16Array.of(0x3dcd, 0xc000, 0x7f62) }],
  ["labels", { dtype: "I32", shape: [2], data: Int32Array.of(-1, 2 ** 31 - 1) }],
  ["num_batches_tracked", { dtype: "I64", shape: [], data: BigInt64Array.of(2n ** 40n + 1n) }],
  ["empty", { dtype: "F32", shape: [0, 3], data: new Float32Array() }],
]);

/** A file with the given header, as text or JSON, and that many bytes of data. */
function file(header: unknown, dataBytes = 0): Uint8Array {
  const json = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

function entry(shape: unknown, begin: unknown, end: unknown, dtype: unknown = "F32") {
  return { dtype, shape, data_offsets: [begin, end] };
}

Deno.test("decodeSafetensors() reads a file of the Python package", () => {
  const { tensors, metadata } = decodeSafetensors(Deno.readFileSync(PYTHON_FILE));
  assertEquals(tensors, PYTHON_TENSORS);
  assertEquals(metadata["script"], "tests/oracles/safetensors_files.py");
});

Deno.test("encodeSafetensors() writes the bytes that the Python package writes", () => {
  const written = Deno.readFileSync(PYTHON_FILE);
  assertEquals(encodeSafetensors(PYTHON_TENSORS, decodeSafetensors(written).metadata), written);
});

Deno.test("encodeSafetensors() and decodeSafetensors() are inverse", () => {
  const tensors = new Map<string, StoredTensor>([
    ["", { dtype: "U8", shape: [3], data: Uint8Array.of(1, 2, 3) }],
    ["__proto__", { dtype: "F64", shape: [1, 1], data: Float64Array.of(-0) }],
    ["7", { dtype: "I32", shape: [], data: Int32Array.of(-5) }],
    ["view", {
      dtype: "F32",
      shape: [2],
      data: new Float32Array(Float32Array.of(9, 1.5, 2.5, 9).buffer, 4, 2),
    }],
  ]);
  const back = decodeSafetensors(encodeSafetensors(tensors, { epoch: "3" }));
  assertEquals(back, { tensors, metadata: { epoch: "3" } });
  assertEquals(Object.is(back.tensors.get("__proto__")!.data[0], -0), true);
  assertEquals(decodeSafetensors(encodeSafetensors(new Map())), {
    tensors: new Map(),
    metadata: {},
  });
});

Deno.test("decodeSafetensors() copies, so that arrays are aligned and outlive the file's bytes", () => {
  const shifted = new Uint8Array([7, ...encodeSafetensors(PYTHON_TENSORS)]).subarray(1);
  const { tensors } = decodeSafetensors(shifted);
  shifted.fill(0);
  assertEquals(tensors, PYTHON_TENSORS);
});

Deno.test("decodeSafetensors() rejects files that are cut short or hold too much", () => {
  const whole = encodeSafetensors(PYTHON_TENSORS);
  for (let length = 0; length < whole.length; length++) {
    assertThrows(() => decodeSafetensors(whole.subarray(0, length)), RangeError, "Cannot read");
  }
  assertThrows(() => decodeSafetensors(new Uint8Array([...whole, 0])), RangeError, "bytes of data");
  assertThrows(() => decodeSafetensors(new Uint8Array(4)), RangeError, "at least 8 bytes, got 4");
  assertThrows(() => decodeSafetensors(new Uint8Array(100).fill(255)), RangeError, "the header");
});

Deno.test("decodeSafetensors() rejects headers that are no JSON of the wanted form", () => {
  const malformed: [unknown, string][] = [
    ["{", "no JSON"],
    ["", "no JSON"],
    ["[]", "no JSON object"],
    ["null", "no JSON object"],
    [{ a: null }, "should have a dtype"],
    [{ a: 3 }, "should have a dtype"],
    [{ a: { dtype: "F32", shape: [] } }, "should have a dtype"],
    [{ a: entry([1], 0, 4, 32) }, "should have a dtype"],
    [{ a: entry([-1], 0, 4) }, "should have a dtype"],
    [{ a: entry([0.5], 0, 2) }, "should have a dtype"],
    [{ a: entry("1", 0, 4) }, "should have a dtype"],
    [{ a: entry([1], -4, 0) }, "should have a dtype"],
    [{ a: { ...entry([1], 0, 4), data_offsets: [0, 4, 8] } }, "should have a dtype"],
    [{ a: entry([2], 0, 2, "F8_E4M3") }, "F8_E4M3; known are F16"],
    [{ a: entry([1], 0, 2, "toString") }, "toString; known are F16"],
    [{ __metadata__: { epoch: 3 } }, "strings"],
    [{ __metadata__: ["x"] }, "strings"],
  ];
  for (const [header, message] of malformed) {
    assertThrows(() => decodeSafetensors(file(header, 4)), TypeError, message);
  }
  const badUtf8 = file({ a: entry([1], 0, 4) }, 4);
  badUtf8[10] = 0xff;
  assertThrows(() => decodeSafetensors(badUtf8), TypeError, "no JSON");
});

Deno.test("decodeSafetensors() rejects offsets that overlap, leave gaps or leave the file", () => {
  const malformed: [Record<string, unknown>, number, string][] = [
    [{ a: entry([1], 0, 4), b: entry([1], 0, 4) }, 4, "overlaps"],
    [{ a: entry([2], 0, 8), b: entry([1], 4, 8) }, 8, "overlaps"],
    [{ a: entry([1], 0, 4), b: entry([1], 8, 12) }, 12, "gap"],
    [{ a: entry([1], 4, 8) }, 8, "gap"],
    [{ a: entry([1], 0, 4) }, 8, "holds 8 bytes"],
    [{ a: entry([2], 0, 8) }, 4, "cut short"],
    [{ a: entry([2], 0, 4) }, 4, "takes 8 bytes"],
    [{ a: entry([1], 4, 0) }, 4, "takes 4 bytes"],
    [{ a: entry([2 ** 30, 2 ** 30], 0, 4) }, 4, "takes"],
  ];
  for (const [header, dataBytes, message] of malformed) {
    assertThrows(() => decodeSafetensors(file(header, dataBytes)), RangeError, message);
  }
});

Deno.test("encodeSafetensors() rejects arrays that do not fit their dtype or shape", () => {
  const encode = (name: string, tensor: StoredTensor) =>
    encodeSafetensors(new Map([[name, tensor]]));
  const data = Float32Array.of(1, 2);
  assertThrows(() => encode("a", { dtype: "F64", shape: [2], data }), TypeError, "Float64Array");
  assertThrows(
    () => encode("a", { dtype: "F32", shape: [3], data }),
    RangeError,
    "wanted 3 values",
  );
  assertThrows(
    () => encode("__metadata__", { dtype: "F32", shape: [2], data }),
    TypeError,
    "itself",
  );
});

Deno.test("decodeSafetensors() knows a file of torch.save, and says how to write it anew", () => {
  // A zip archive, and the pickle of before PyTorch 1.6.
  for (
    const start of [[0x50, 0x4b, 3, 4, 0, 0, 8, 8], [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46]]
  ) {
    const bytes = new Uint8Array(100);
    bytes.set(start);
    assertThrows(
      () => decodeSafetensors(bytes),
      RangeError,
      "safetensors.torch.save_file(torch.load(",
    );
  }
});
