import { assertEquals, assertThrows } from "@std/assert";
import { decodeMat, encodeMatBytes } from "../../lib/formats/mod.ts";

Deno.test("encodeMatBytes() writes what decodeMat() reads", () => {
  const data = Uint8Array.from({ length: 6 }, (_, i) => 40 * i);
  const truth = decodeMat(encodeMatBytes("GTcls", "Segmentation", [2, 3], data)).get("GTcls");
  assertEquals(truth, {
    kind: "structs",
    shape: [1, 1],
    fields: { Segmentation: [{ kind: "numbers", shape: [2, 3], data }] },
  });
});

Deno.test("encodeMatBytes() refuses bytes that do not fit, and long names", () => {
  assertThrows(() => encodeMatBytes("a", "b", [2, 2], new Uint8Array(3)), RangeError, "wanted 4");
  assertThrows(() => encodeMatBytes("a", "b".repeat(32), [1, 1], new Uint8Array(1)), RangeError);
});
