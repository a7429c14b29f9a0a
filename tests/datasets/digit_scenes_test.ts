import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  countPixels,
  digitScenes,
  ignoreLabel,
  loadDataset,
  makeDataset,
  memoryImages,
} from "../../lib/datasets/mod.ts";

const mnist = await loadDataset("mnist");

Deno.test("digitScenes() are made of MNIST's digits, the same from the same seed, others in the test half", async () => {
  const options = { seed: 3, train: 4, test: 4 };
  const scenes = digitScenes(mnist, options);
  assertEquals([scenes.classes, scenes.classNames[1], scenes.colours.length], [11, "0", 11]);
  const again = digitScenes(mnist, options);
  for (const index of [3, 0]) {
    assertEquals(await again.train.read(index), await scenes.train.read(index));
  }
  const [train, test] = [await scenes.train.read(0), await scenes.test.read(0)];
  assert(train.pixels.join() !== test.pixels.join());
  assert(train.pixels.join() !== (await scenes.train.read(1)).pixels.join());
  assertEquals([train.height, train.width, train.pixels.length], [64, 96, 3 * 64 * 96]);
  const smaller = digitScenes(mnist, { ...options, size: [32, 40], digit: 28 });
  assertEquals((await smaller.test.read(1)).labels.length, 32 * 40);
  await assertRejects(() => scenes.test.read(4), RangeError);
});

Deno.test("the strokes of a scene have their digit's class, the ground the most pixels, later digits fewer", async () => {
  const { train } = digitScenes(mnist, { seed: 0, train: 300, test: 1 });
  const { pixels, ignored, images } = await countPixels(train);
  const all = pixels.reduce((sum, count) => sum + count, ignored);
  assertEquals(all, 300 * 64 * 96);
  assert(pixels[0]! / all > 0.8, "the ground has most pixels");
  assert(ignored > 0 && ignored / all < 0.1);
  // a third of the scenes' digits against some hundredths
  assert(images[1]! > 3 * images[9]! && images[10]! > 0, String(images));
  const { pixels: bytes, labels } = await train.read(0);
  labels.forEach((label, i) => {
    if (label > 0 && label !== ignoreLabel) assert(bytes[3 * i]! >= 128);
  });
  assert(labels.some((label) => label > 0 && label !== ignoreLabel));
});

Deno.test("a digit of its own size has MNIST's own bytes", async () => {
  const options = { seed: 0, train: 1, test: 1, size: [28, 28], digit: 28, most: 1 } as const;
  const { pixels } = await digitScenes(mnist, options).train.read(0);
  const brightest = Uint8Array.from({ length: 28 * 28 }, (_, i) => pixels[3 * i]!);
  const isOf = (bytes: Uint8Array) =>
    bytes.every((value, i) => value < 64 || brightest[i] === value);
  const all = await mnist.train.read(Uint32Array.from({ length: mnist.train.count }, (_, i) => i));
  const found = Array.from(
    { length: mnist.train.count },
    (_, k) => isOf(all.subarray(784 * k, 784 * (k + 1))),
  );
  assertEquals(found.filter((one) => one).length, 1);
});

Deno.test("digitScenes() refuses other data and sizes without room for a digit", () => {
  const pixels = new Uint8Array(48), labels = Int32Array.of(0);
  const tiny = memoryImages({ name: "tiny", shape: [4, 4, 3], pixels, labels });
  const other = makeDataset({ name: "tiny", classNames: ["a"], train: tiny, test: tiny });
  assertThrows(() => digitScenes(other, { seed: 0, train: 1, test: 1 }), TypeError, "28,28,1");
  const make = (options: object) => () =>
    digitScenes(mnist, { seed: 0, train: 1, test: 1, ...options });
  assertThrows(make({ size: [27, 96] }), RangeError, "height");
  assertThrows(make({ train: 0 }), RangeError, "train");
  assertThrows(make({ most: 1.5 }), RangeError, "most");
  assertThrows(make({ digit: 20 }), RangeError, "digit");
});
