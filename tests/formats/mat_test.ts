import { assertEquals, assertThrows } from "@std/assert";
import { decodeMat, type MatValue } from "../../lib/formats/mod.ts";

/** Files as SciPy writes them: made by tests/oracles/unknown_images.py. */
const fixture: {
  files: { packed: string; plain: string };
  version_4: string;
  /** Values with the first index fastest. */
  numbers: Record<string, { shape: number[]; values: number[] }>;
} = JSON.parse(
  Deno.readTextFileSync(new URL("../fixtures/datasets/unknown/mat.json", import.meta.url)),
);

const FILES = Object.entries(fixture.files).map(([name, file]): [string, Uint8Array] => [
  name,
  Uint8Array.fromBase64(file),
]);

Deno.test("decodeMat() reads the numbers that SciPy wrote, of every type, packed or plain", () => {
  for (const [, bytes] of FILES) {
    const variables = decodeMat(bytes);
    for (const [name, { shape, values }] of Object.entries(fixture.numbers)) {
      const value = variables.get(name)!;
      assertEquals(value.kind, "numbers", name);
      if (value.kind !== "numbers") continue;
      assertEquals([value.shape, Array.from(value.data, Number)], [shape, values], name);
    }
    const images = variables.get("images")!;
    assertEquals(images.kind === "numbers" && images.data.constructor, Uint8Array);
  }
});

Deno.test("decodeMat() reads texts, cells and structures", () => {
  const text = (value: string): MatValue => ({
    kind: "text",
    shape: [1, value.length],
    text: value,
  });
  for (const [, bytes] of FILES) {
    const variables = decodeMat(bytes);
    assertEquals(variables.get("text"), text("n01440764 é中"));
    const cells = variables.get("cells")!;
    if (cells.kind !== "cells") throw new TypeError(cells.kind);
    assertEquals(cells.shape, [1, 3]);
    assertEquals(cells.values[0], text("one"));
    assertEquals(cells.values[1], {
      kind: "numbers",
      shape: [2, 3],
      data: Float64Array.of(0, 3, 1, 4, 2, 5),
    });
    const synsets = variables.get("synsets")!;
    if (synsets.kind !== "structs") throw new TypeError(synsets.kind);
    assertEquals(synsets.shape, [2, 1]);
    assertEquals(synsets.fields.name, [text("n02119789"), text("n02100735")]);
    const ids = synsets.fields.id!.map((id) => id.kind === "numbers" && Number(id.data[0]));
    assertEquals(ids, [1, 2]);
  }
});

Deno.test("decodeMat() passes over what it cannot hold: sparse and complex matrices", () => {
  for (const [, bytes] of FILES) {
    const variables = decodeMat(bytes);
    assertEquals(variables.get("complex"), { kind: "other", shape: [1, 1] });
    const one = variables.get("one")!;
    if (one.kind !== "structs") throw new TypeError(one.kind);
    assertEquals(one.fields.Segmentation, [{
      kind: "numbers",
      shape: [2, 2],
      data: Uint8Array.of(0, 20, 1, 255),
    }]);
    assertEquals(one.fields.Sparse, [{ kind: "other", shape: [3, 3] }]);
  }
});

Deno.test("decodeMat() refuses other files and says which they are", () => {
  const bytes = FILES[0]![1];
  const html = new TextEncoder().encode(`<!DOCTYPE html>${" ".repeat(200)}`);
  assertThrows(() => decodeMat(html), TypeError, '"<!DOCTYPE html>');
  assertThrows(() => decodeMat(bytes.subarray(0, 100)), TypeError, "got 100 bytes");
  assertThrows(() => decodeMat(bytes.with(125, 2)), TypeError, "HDF5");
  assertThrows(() => decodeMat(bytes.with(126, 0x4d).with(127, 0x49)), TypeError, "big-endian");
  assertThrows(() => decodeMat(Uint8Array.fromBase64(fixture.version_4)), TypeError);
});

Deno.test("decodeMat() refuses a file that is cut anywhere, and damaged ones", () => {
  for (const [name, bytes] of FILES) {
    const whole = decodeMat(bytes).size;
    for (let length = 129; length < bytes.length; length += 61) {
      let found = 0;
      try {
        found = decodeMat(bytes.subarray(0, length)).size;
      } catch (error) {
        assertEquals(error instanceof RangeError, true, `${name} ${length}: ${error}`);
      }
      // a cut between two variables cannot be seen
      assertEquals(found < whole, true);
    }
  }
  const packed = FILES.find(([name]) => name === "packed")![1];
  assertThrows(() => decodeMat(packed.with(160, packed[160]! ^ 0xff)), RangeError, "MAT data");
});
