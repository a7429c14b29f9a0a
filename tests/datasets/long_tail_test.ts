import { assertEquals, assertThrows } from "@std/assert";
import {
  loadDataset,
  longTailCounts,
  longTailed,
  memoryImages,
  requestOf,
  select,
  sharedImages,
} from "../../lib/datasets/mod.ts";

/** `perClass` images of each class, the classes in turn; the pixel is the image's number. */
function balanced(classes: number, perClass: number) {
  const count = classes * perClass;
  return sharedImages({
    name: "balanced",
    shape: [1, 1, 1],
    pixels: new Uint8Array(new SharedArrayBuffer(count)).map((_, i) => i % 256),
    labels: Int32Array.from({ length: count }, (_, i) => i % classes),
  });
}

Deno.test("longTailCounts() are those of the public code for CIFAR10 and CIFAR100", () => {
  const counts = longTailCounts(5000, { classes: 10, imbalance: 100 });
  // the lists of LDAM-DRW's and the class-balanced loss' repositories
  assertEquals(counts, [5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50]);
  assertEquals(
    longTailCounts(5000, { classes: 10, imbalance: 10 }),
    [5000, 3871, 2997, 2320, 1796, 1391, 1077, 834, 645, 500],
  );
  const total = (largest: number, classes: number, imbalance: number) =>
    longTailCounts(largest, { classes, imbalance }).reduce((sum, count) => sum + count);
  assertEquals(total(5000, 10, 100), 12_406);
  assertEquals(total(5000, 10, 10), 20_431);
  assertEquals(total(500, 100, 100), 10_847);
  assertEquals(total(500, 100, 10), 19_573);
  // the ratio 50 of other papers
  assertEquals([total(5000, 10, 50), total(500, 100, 50)], [13_996, 12_608]);
  assertEquals(longTailCounts(500, { classes: 100, imbalance: 100 }).at(-1), 5);
  // 749 / 107 is 7, and 749 * (1 / 107) a little less
  assertEquals(longTailCounts(749, { classes: 24, imbalance: 107 }).at(-1), 7);
  assertEquals(longTailCounts(7, { classes: 3, imbalance: 1 }), [7, 7, 7]);
});

Deno.test("longTailed() keeps the first images of each class, in their order", async () => {
  const set = balanced(3, 16);
  const tail = longTailed(set, { classes: 3, imbalance: 4 });
  assertEquals(tail.count, 16 + 8 + 4);
  const seen = [0, 0, 0];
  tail.labels.forEach((label) => seen[label]!++);
  assertEquals(seen, [16, 8, 4]);
  const numbers = [...await tail.read(Uint32Array.from({ length: tail.count }, (_, i) => i))];
  assertEquals(numbers, numbers.toSorted((a, b) => a - b));
  assertEquals(numbers.filter((n) => n % 3 === 2), [2, 5, 8, 11]);
  // other threads read the same
  const request = requestOf(tail)!(Uint32Array.of(tail.count - 1));
  assertEquals(request.kind === "pixels" && [...request.indices], [numbers.at(-1)!]);
});

Deno.test("longTailed() draws them where asked to: as many, from the seed alone", async () => {
  const set = balanced(3, 40);
  const numbers = async (seed: number) => {
    const tail = longTailed(set, { classes: 3, imbalance: 10, selection: "shuffled", seed });
    const all = await tail.read(Uint32Array.from({ length: tail.count }, (_, i) => i));
    return { numbers: [...all], labels: [...tail.labels] };
  };
  const first = await numbers(1);
  assertEquals(await numbers(1), first);
  assertEquals((await numbers(2)).numbers.join() === first.numbers.join(), false);
  assertEquals(first.labels, first.numbers.map((n) => n % 3));
  assertEquals(first.labels.filter((label) => label === 2).length, 4);
});

Deno.test("longTailed() of MNIST, whose classes differ, keeps what a class has", async () => {
  const { train } = await loadDataset("mnist");
  const tail = longTailed(train, { classes: 10, imbalance: 100 });
  const counts = new Array<number>(10).fill(0);
  tail.labels.forEach((label) => counts[label]!++);
  // 6,000 wanted of the zeros, of which there are 5,923
  assertEquals(counts, [5923, ...longTailCounts(6000, { classes: 10, imbalance: 100 }).slice(1)]);
});

Deno.test("what has no long tail is a RangeError", () => {
  assertThrows(() => longTailCounts(5000, { classes: 1, imbalance: 10 }), RangeError);
  assertThrows(() => longTailCounts(5000, { classes: 10, imbalance: 0.5 }), RangeError);
  assertThrows(() => longTailCounts(5000, { classes: 10, imbalance: NaN }), RangeError);
  assertThrows(() => longTailCounts(50, { classes: 10, imbalance: 100 }), RangeError, "no image");
  const set = memoryImages({ name: "two", shape: [1, 1, 1], pixels: new Uint8Array(2) });
  assertThrows(() => select(set, Uint32Array.of(2)), RangeError, "image 2");
});
