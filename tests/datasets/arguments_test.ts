import { assertRejects, assertThrows } from "@std/assert";
import {
  blobs,
  loadDataset,
  loadTestSet,
  longTailed,
  memoryImages,
  permutedPixels,
  randomPhases,
  resizeImage,
  uniformNoise,
} from "../../lib/datasets/mod.ts";

const set = memoryImages({
  name: "few",
  shape: [2, 2, 1],
  pixels: new Uint8Array(32),
  labels: Int32Array.from({ length: 8 }, (_, i) => i % 4),
});

Deno.test("pixels in memory are bytes, and labels int32: other numbers would be cut, unseen", () => {
  const about = { name: "own", shape: [2, 2, 1] } as const;
  const pixels = new Float32Array(4).fill(0.5) as unknown as Uint8Array;
  assertThrows(() => memoryImages({ ...about, pixels }), TypeError, "Uint8Array");
  const labels = [0] as unknown as Int32Array;
  assertThrows(
    () => memoryImages({ ...about, pixels: new Uint8Array(4), labels }),
    TypeError,
    "Int32Array",
  );
  const shape = undefined as unknown as typeof about.shape;
  assertThrows(() => memoryImages({ name: "own", shape, pixels: new Uint8Array(4) }), TypeError);
  assertThrows(() => set.read(undefined as unknown as []), TypeError, "array of indices");
});

Deno.test("a long tail knows each label, and how images are selected", () => {
  assertThrows(() => longTailed(set, { classes: 3, imbalance: 1 }), RangeError, "label 3 is 3");
  const selection = "last" as "first";
  assertThrows(() => longTailed(set, { classes: 4, imbalance: 1, selection }), RangeError, "last");
});

Deno.test("images are drawn in whole numbers, in ways that there are", () => {
  assertThrows(() => blobs([4, 4, 1], { count: NaN, seed: 0 }), RangeError, "NaN images");
  assertThrows(() => uniformNoise([4, 0, 1], { count: 1, seed: 0 }), RangeError, "[4, 0, 1]");
  const permutation = "each" as "shared", field = "each" as "per_image";
  assertThrows(() => permutedPixels(set, { count: 1, seed: 0, permutation }), RangeError, "each");
  assertThrows(() => randomPhases(set, { count: 1, seed: 0, field }), RangeError, "each");
});

Deno.test("an image has as many bytes as its size says", () => {
  const image = { width: 2, height: 2, channels: 1, data: new Uint8Array(3) } as const;
  assertThrows(() => resizeImage(image, { width: 3, height: 3 }), TypeError, "3 bytes");
});

Deno.test("a number of test images is a whole number from 1", async () => {
  for (const testCount of [NaN, -1, 0, 1.5]) {
    const words = `${testCount} test images`;
    await assertRejects(() => loadDataset("mnist", { testCount }), RangeError, words);
    await assertRejects(() => loadTestSet("mnist", { testCount }), RangeError, words);
  }
});
