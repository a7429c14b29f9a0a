import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  classCounts,
  type FloatImageSet,
  makeDataset,
  memoryImages,
  readPixels,
  subset,
} from "../../lib/datasets/mod.ts";

/** Images [1, 2, 1] with the bytes 0 1, 2 3, ... */
function images(count: number, labels: Int32Array = new Int32Array(count)) {
  const pixels = Uint8Array.from({ length: 2 * count }, (_, i) => i);
  return memoryImages({ name: "digits", shape: [1, 2, 1], pixels, labels });
}

Deno.test("memoryImages() reads images by index, in the order asked for", () => {
  const set = images(4);
  assertEquals(set.read([3, 0, 3]), Uint8Array.of(6, 7, 0, 1, 6, 7));
  assertEquals(set.read(Uint32Array.of(2)), Uint8Array.of(4, 5));
  assertEquals(set.read([]), new Uint8Array());
});

Deno.test("memoryImages() gives bytes that can be changed without changing the set", () => {
  const set = images(1);
  (set.read([0]) as Uint8Array).fill(9);
  assertEquals(set.read([0]), Uint8Array.of(0, 1));
});

Deno.test("memoryImages() without labels holds images of no class", () => {
  const set = memoryImages({ name: "x", shape: [1, 1, 3], pixels: new Uint8Array(6) });
  assertEquals([set.count, set.labels], [2, Int32Array.of(-1, -1)]);
});

Deno.test("memoryImages() rejects indices that are none, and pixels that do not fit", () => {
  for (const index of [4, -1, 0.5, NaN]) {
    assertThrows(() => images(4).read([0, index]), RangeError, `image ${index} of "digits"`);
  }
  const pixels = new Uint8Array(5);
  const make = (shape: [number, number, number], labels?: Int32Array) =>
    memoryImages({ name: "x", shape, pixels, ...(labels === undefined ? {} : { labels }) });
  assertThrows(() => make([1, 2, 1]), RangeError, "wanted 4 pixels, got 5");
  assertThrows(() => make([1, 1, 1], new Int32Array(4)), RangeError, "wanted 4 pixels, got 5");
  assertThrows(() => make([1, 0, 1]), TypeError, "[height, width, channels]");
});

Deno.test("subset() holds the first images and none after them", () => {
  const set = subset(images(4, Int32Array.of(5, 6, 7, 8)), 2);
  assertEquals([set.count, set.labels, set.shape], [2, Int32Array.of(5, 6), [1, 2, 1]]);
  assertEquals(set.read([1]), Uint8Array.of(2, 3));
  assertThrows(() => set.read([2]), RangeError, "0 .. 1");
  assertEquals(subset(set, 1).read([0]), Uint8Array.of(0, 1));
  for (const count of [0, 3, 1.5, -1]) assertThrows(() => subset(set, count), RangeError, "1 .. 2");
});

Deno.test("readPixels() scales bytes to [0, 1] and takes floats as they are", async () => {
  const bytes = memoryImages({
    name: "x",
    shape: [1, 4, 1],
    pixels: Uint8Array.of(0, 51, 128, 255),
  });
  assertEquals(await readPixels(bytes, [0]), Float32Array.of(0, 0.2, 128 / 255, 1));
  const floats: FloatImageSet = { ...bytes, read: () => Float32Array.of(0.3) };
  assertEquals(await readPixels(floats, [0]), Float32Array.of(0.3));
  await assertRejects(() => readPixels(bytes, [1]), RangeError);
});

Deno.test("makeDataset() rejects labels that are no class, and halves of two shapes", () => {
  const classNames = ["a", "b"];
  const make = (labels: Int32Array, test = images(1)) =>
    makeDataset({ name: "toy", classNames, train: images(labels.length, labels), test });
  const { classes, imageShape } = make(Int32Array.of(0, 1));
  assertEquals([classes, imageShape], [2, [1, 2, 1]]);
  assertThrows(() => make(Int32Array.of(0, 2)), RangeError, 'image 1 of "digits" has label 2');
  assertThrows(() => make(Int32Array.of(-1)), RangeError, "wanted 0 .. 1");
  const other = memoryImages({ name: "t", shape: [2, 1, 1], pixels: new Uint8Array(2) });
  assertThrows(() => make(Int32Array.of(0), other), TypeError, "[1,2,1]");
});

Deno.test("classCounts() names a label that is no class", () => {
  for (const bad of [3, -1, NaN, 1.5]) {
    assertThrows(
      () => classCounts({ classes: 3, train: { labels: [0, bad] as never } }),
      RangeError,
      `label 1 is ${bad}, and the classes are 0 to 2`,
    );
  }
});
