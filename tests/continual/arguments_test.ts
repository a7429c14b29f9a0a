import { assertThrows } from "@std/assert";
import {
  type BenchmarkOptions,
  classIncremental,
  distillation,
  experienceOrder,
  makeScenario,
  permutedPixels,
} from "../../lib/continual/mod.ts";
import { type Dataset, makeDataset, memoryImages } from "../../lib/datasets/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";

const set = memoryImages({
  name: "few",
  shape: [2, 2, 1],
  pixels: new Uint8Array(16 * 4),
  labels: Int32Array.from({ length: 16 }, (_, i) => i % 4),
});
const dataset = makeDataset({ name: "d", classNames: ["a", "b", "c", "d"], train: set, test: set });
const options = { experiences: 2, seed: 0 };

Deno.test("a benchmark, a scenario or heads that there are not are refused", () => {
  const made = (change: Record<string, string>) => () =>
    makeScenario(
      dataset,
      { name: "split", scenario: "task_incremental", ...options, ...change } as BenchmarkOptions,
    );
  assertThrows(made({ name: "rotated" }), RangeError, 'no benchmark "rotated"');
  assertThrows(made({ scenario: "online" }), RangeError, 'no scenario "online"');
  assertThrows(made({ headMode: "many" }), RangeError, 'no mode of heads "many"');
});

Deno.test("a label that is no class is found where experiences are made", () => {
  const strange = { ...set, labels: set.labels.with(7, 9) };
  for (const make of [permutedPixels, classIncremental]) {
    assertThrows(
      () => make({ ...dataset, train: strange }, options),
      RangeError,
      '"few": label 7 is 9, and the classes are 0 to 3',
    );
    assertThrows(() => make(set as unknown as Dataset, options), TypeError, "training and test");
  }
});

Deno.test("experiences are learnt in whole epochs and batches, and not all is held out", () => {
  const { train } = classIncremental(dataset, options);
  const order = (change: object, stream = train) => () =>
    experienceOrder(
      stream,
      {
        ...{ epochs: 1, batchSize: 4, dropLast: false, heldOut: 0, augmentation: "none", seed: 0 },
        ...{ index: 0, experiences: [0], isMixed: true },
        ...change,
      } as Parameters<typeof experienceOrder>[1],
    );
  assertThrows(order({ epochs: NaN }), RangeError, "epochs of NaN");
  assertThrows(order({ batchSize: 0 }), RangeError, "batchSize of 0");
  assertThrows(order({ batchSize: 1.5 }), RangeError, "batchSize of 1.5");
  for (const heldOut of [NaN, 1, -0.1]) {
    assertThrows(order({ heldOut }), RangeError, `share of ${heldOut}`);
  }
  // Class by class, the last half is the second class.
  const byClass = classIncremental(dataset, { ...options, imageOrder: "class" });
  assertThrows(
    order({ heldOut: 0.5 }, byClass.train),
    RangeError,
    "Experience 1 holds out all images",
  );
  order({ heldOut: 0.25 }, byClass.train)();
  // Joint training with a head for each task: none of them is left out for being small.
  const unequal = classIncremental(dataset, { ...options, classesEach: [3, 1] });
  const heads = { experiences: [0, 1], isMixed: false };
  assertThrows(
    order({ ...heads, batchSize: 5 }, unequal.train),
    RangeError,
    "Task 2, learnt by a head of its own, has 4 images to learn, fewer than the batch of 5",
  );
  order(heads, unequal.train)();
});

Deno.test("teacher and student give logits of the same images, for all columns that count", () => {
  const distil = (teacher: [number, number], columns: number[]) => () =>
    distillation(tf.zeros([2, 3]), tf.zeros(teacher), { columns, temperature: 2 });
  assertThrows(distil([1, 3], [0, 1]), TypeError, "[1, 3] into [2, 3]");
  assertThrows(distil([2, 2], [0, 2]), RangeError, "the logits 0, 2: give some of 0 .. 1");
});
