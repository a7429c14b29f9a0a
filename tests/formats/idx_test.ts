import { assertEquals, assertThrows } from "@std/assert";
import { decodeIdx } from "../../lib/formats/mod.ts";

const IMAGES = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255];

function decode(bytes: number[]) {
  return decodeIdx(Uint8Array.from(bytes));
}

Deno.test("decodeIdx() reads sizes and values", () => {
  assertEquals(decode(IMAGES), { shape: [2, 1, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 255) });
  assertEquals(decode([0, 0, 8, 1, 0, 0, 0, 2, 7, 9]), { shape: [2], data: Uint8Array.of(7, 9) });
  assertEquals(decode([0, 0, 8, 1, 0, 0, 0, 0]), { shape: [0], data: new Uint8Array() });
});

Deno.test("decodeIdx() reads bytes that start inside a larger buffer", () => {
  const buffer = Uint8Array.from([9, 9, 9, ...IMAGES, 9]);
  assertEquals(decodeIdx(buffer.subarray(3, -1)).data, Uint8Array.of(1, 2, 3, 4, 5, 255));
});

Deno.test("decodeIdx() rejects data that are too short or too long", () => {
  assertThrows(() => decode([]), RangeError, "wanted at least 4 bytes, got 0");
  assertThrows(() => decode([0, 0, 8]), RangeError, "wanted at least 4 bytes, got 3");
  assertThrows(() => decode(IMAGES.slice(0, 15)), RangeError, "takes 16 bytes, got 15");
  assertThrows(() => decode(IMAGES.slice(0, -1)), RangeError, "wanted 6 values, got 5");
  assertThrows(() => decode([...IMAGES, 0]), RangeError, "wanted 6 values, got 7");
  assertThrows(
    () => decode([0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255, 1]),
    RangeError,
    "got 1",
  );
});

Deno.test("decodeIdx() rejects other formats by name where it knows them", () => {
  assertThrows(() => decode([0x1f, 0x8b, 8, 0, 0]), TypeError, "gzip");
  assertThrows(() => decode([0x89, 0x50, 0x4e, 0x47]), TypeError, "got 0x89504e47");
  assertThrows(() => decode([0, 0, 0x0d, 1, 0, 0, 0, 0]), TypeError, "type 0x0d");
  assertThrows(() => decode([0, 0, 8, 0, 1]), TypeError, "no dimensions");
});
