import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { classIncremental, permutedPixels, taskIncremental } from "../../lib/continual/mod.ts";
import { makeDataset, memoryImages, subset } from "../../lib/datasets/mod.ts";
import { smallDataset } from "./small_benchmark.ts";

Deno.test("permutedPixels() permutes every experience, training and test alike", async () => {
  const dataset = smallDataset({ channels: 3 });
  const { train, test, experiences } = permutedPixels(dataset, { experiences: 3, seed: 1 });
  assertEquals(train.starts, [0, 60, 120, 180]);
  assertEquals(test.images.count, 60);
  assertEquals(experiences, Array(3).fill([0, 1, 2, 3]));
  const orders: number[][] = [];
  for (let k = 0; k < 3; k++) {
    // An image whose pixel p has the value p in all channels tells the permutation.
    const pixels = Uint8Array.from({ length: 48 }, (_, i) => Math.floor(i / 3));
    const one = (name: string) =>
      memoryImages({ name, shape: [4, 4, 3], pixels, labels: Int32Array.of(0) });
    const told = permutedPixels(
      makeDataset({ name: "told", classNames: ["a"], train: one("train"), test: one("test") }),
      { experiences: 3, seed: 1 },
    );
    const seen = await told.train.images.read([k]);
    assertEquals(await told.test.images.read([k]), seen);
    const order = Array.from({ length: 16 }, (_, p) => seen[3 * p]!);
    for (let i = 0; i < 48; i++) assertEquals(seen[i], order[Math.floor(i / 3)]);
    assertEquals(order.toSorted((a, b) => a - b), [...Array(16).keys()]);
    orders.push(order);
    const original = await dataset.train.read([7]);
    const moved = await train.images.read([k * 60 + 7]);
    order.forEach((from, p) => assertEquals(moved[3 * p], original[3 * from]));
  }
  assertNotEquals(orders[0], [...Array(16).keys()]);
  assertNotEquals(orders[0], orders[1]);
  assertNotEquals(orders[1], orders[2]);
});

Deno.test("classIncremental() keeps the ids of the classes, and the order of the images", async () => {
  const dataset = smallDataset();
  const classOrder = [2, 0, 3, 1];
  const { train, experiences, classes } = classIncremental(dataset, {
    experiences: 2,
    seed: 0,
    classOrder,
  });
  assertEquals(experiences, [[2, 0], [3, 1]]);
  assertEquals(classes, 4);
  assertEquals(train.starts, [0, 30, 60]);
  assertEquals([...train.images.labels.subarray(0, 4)], [0, 2, 0, 2]);
  assertEquals([...new Set(train.images.labels.subarray(30))].toSorted(), [1, 3]);
  assertEquals(await train.images.read([1]), await dataset.train.read([2]));
});

Deno.test("taskIncremental() labels by the place in the head, or with avalanche's heads by the class", () => {
  const dataset = smallDataset();
  const options = { experiences: 2, seed: 0, classOrder: [2, 0, 3, 1] };
  const clean = taskIncremental(dataset, options);
  assertEquals(clean.classes, 2);
  assertEquals([...clean.train.images.labels.subarray(0, 4)], [1, 0, 1, 0]);
  assertEquals(clean.heads, { tasks: [[2, 0], [3, 1]], mode: "clean" });
  const avalanche = taskIncremental(dataset, { ...options, headMode: "avalanche" });
  assertEquals([...avalanche.train.images.labels.subarray(0, 4)], [0, 2, 0, 2]);
  assertEquals(avalanche.classes, 4);
});

Deno.test("scenarios depend on the seed alone", () => {
  const dataset = smallDataset();
  const order = (seed: number) =>
    classIncremental(dataset, { experiences: 4, seed }).experiences.flat();
  assertEquals(order(1), order(1));
  const orders = new Set(Array.from({ length: 20 }, (_, seed) => order(seed).join()));
  assert(orders.size > 5, `${orders.size} orders of 24`);
});

Deno.test("bad scenarios are refused", () => {
  const dataset = smallDataset();
  const split = (options: object) =>
    classIncremental(dataset, { experiences: 2, seed: 0, ...options });
  assertThrows(() => split({ experiences: 3 }), RangeError, "give a divisor of 4");
  assertThrows(() => split({ experiences: 0 }), RangeError, "at least 1");
  assertThrows(() => split({ experiences: 1.5 }), RangeError, "at least 1");
  assertThrows(() => permutedPixels(dataset, { experiences: 0, seed: 0 }), RangeError);
  for (const classOrder of [[0, 1, 2], [0, 1, 2, 2], [0, 1, 2, 4], [0, 1, 2, 3, 3]]) {
    assertThrows(() => split({ classOrder }), RangeError, "wanted each of 0 .. 3 once");
  }
  const { classNames } = dataset;
  const lacking = makeDataset({
    name: "lacking",
    classNames,
    train: subset(dataset.train, 3),
    test: dataset.test,
  });
  assertThrows(
    () => classIncremental(lacking, { experiences: 2, seed: 0 }),
    RangeError,
    "no training image of class 3",
  );
  assertThrows(
    () => permutedPixels(lacking, { experiences: 2, seed: 0 }),
    RangeError,
    "Experience 1 has no training image of class 3",
  );
});
