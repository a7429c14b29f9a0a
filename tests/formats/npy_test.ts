import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { decodeNpy } from "../../lib/formats/mod.ts";

/** A file by tests/oracles/npy_files.py, NumPy 2.4.6. */
function numpyFile(name: string): Uint8Array {
  return Deno.readFileSync(new URL(`../fixtures/formats/${name}.npy`, import.meta.url));
}

/** A file of format 1.0 with this header and these bytes. */
function fileOf(header: string, data: number[]): Uint8Array {
  const text = new TextEncoder().encode(header);
  const magic = [0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, text.length, 0];
  return Uint8Array.of(...magic, ...text, ...data);
}

Deno.test("decodeNpy() reads what NumPy saves, of every known dtype and any rank", () => {
  const bytes = decodeNpy(numpyFile("bytes"));
  assertEquals([bytes.dtype, bytes.shape], ["|u1", [2, 3, 4, 1]]);
  assertEquals(bytes.data, Uint8Array.from({ length: 24 }, (_, i) => i * 11 % 256));
  assertEquals(decodeNpy(numpyFile("int64")), {
    dtype: "<i8",
    shape: [3],
    data: BigInt64Array.of(7n, -2n, 2n ** 40n),
  });
  assertEquals(decodeNpy(numpyFile("int32")), {
    dtype: "<i4",
    shape: [2, 2],
    data: Int32Array.of(1, -2, 3, 4),
  });
  assertEquals(decodeNpy(numpyFile("float32")).data, Float32Array.of(0.5, -1.25));
  assertEquals(decodeNpy(numpyFile("float64")), {
    dtype: "<f8",
    shape: [],
    data: Float64Array.of(0.1),
  });
});

Deno.test("decodeNpy() reads format 2.0, and keys in another order", () => {
  assertEquals(decodeNpy(numpyFile("version_2")).data, Uint8Array.of(0, 1, 2, 3, 4));
  const other = fileOf(`{"shape": (2,), "fortran_order": False, "descr": "|u1"}\n`, [8, 9]);
  assertEquals(decodeNpy(other), { dtype: "|u1", shape: [2], data: Uint8Array.of(8, 9) });
});

Deno.test("decodeNpy() does not copy bytes, and reads numbers at any offset", () => {
  const file = numpyFile("bytes");
  assertStrictEquals(decodeNpy(file).data.buffer, file.buffer);
  const shifted = new Uint8Array(numpyFile("int32").length + 1);
  shifted.set(numpyFile("int32"), 1);
  assertEquals(decodeNpy(shifted.subarray(1)).data, Int32Array.of(1, -2, 3, 4));
});

Deno.test("decodeNpy() names what it does not read", () => {
  const dictionary = (descr: string, shape: string) =>
    `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }\n`;
  const cases: [Uint8Array, ErrorConstructor, string][] = [
    [numpyFile("fortran"), TypeError, "Fortran order"],
    [numpyFile("big_endian"), TypeError, ">i4; known are |u1, <i4"],
    [fileOf(dictionary("|O", "(1,)"), [0]), TypeError, "dtype is |O"],
    [fileOf("{'fortran_order': False, 'shape': (1,), }\n", [0]), TypeError, "no descr"],
    [fileOf(dictionary("|u1", "(a,)"), [0]), TypeError, "no shape"],
    [fileOf(dictionary("|u1", "(3,)"), [0, 0]), RangeError, "wanted 3 bytes, got 2"],
    [fileOf(dictionary("|u1", "(1,)"), [0, 0]), RangeError, "wanted 1 bytes, got 2"],
    [numpyFile("int64").subarray(0, 60), RangeError, "the file has 60"],
    [Uint8Array.of(1, 2), RangeError, "at least 10 bytes"],
    [new TextEncoder().encode("<!doctype html>"), TypeError, "first bytes"],
    [numpyFile("bytes").with(6, 3), TypeError, "got 3.0"],
  ];
  for (const [file, kind, message] of cases) {
    assertThrows(() => decodeNpy(file), kind, message);
  }
});
