import { assertEquals } from "@std/assert";
import { makeDataset, memoryImages } from "../../lib/datasets/mod.ts";
import { accuracy } from "../../lib/evaluation/mod.ts";
import { accuracyByClass, groupsOf, measureClasses } from "../../lib/stages/classes_work.ts";
import { withFolder } from "../with_folder.ts";
import { contextOf } from "./context.ts";

Deno.test("accuracyByClass() is each class's share of images with their own logit largest", () => {
  const logits = Float32Array.of(2, 1, 0, 0, 1, 2, 0, 1, 0, 1, 1, 0);
  // Right; wrong; right; of a tie the first class is predicted.
  const labels = Int32Array.of(0, 0, 1, 1);
  assertEquals([...accuracyByClass(logits, labels, 3)], [[0, 0.5], [1, 0.5]]);
});

Deno.test("accuracyByClass() agrees with accuracy() where a dead network gives equal logits", () => {
  const [logits, labels] = [new Float32Array(9), Int32Array.of(0, 1, 2)];
  assertEquals([...accuracyByClass(logits, labels, 3)], [[0, 1], [1, 0], [2, 0]]);
  assertEquals(accuracy(logits, labels, 3), 1 / 3);
});

Deno.test("groupsOf() has thirds of the classes by training images, what is left over in the middle", () => {
  assertEquals(groupsOf([5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50]), [
    [0, 1, 2],
    [3, 4, 5, 6],
    [7, 8, 9],
  ]);
  assertEquals(groupsOf([1, 9, 5]), [[1], [2], [0]]);
});

Deno.test("the stage `classes` has a row per class, per group, and the training images of each class", () =>
  withFolder(async (folder) => {
    const images = (labels: number[]) =>
      memoryImages({
        name: "some",
        shape: [28, 28, 1],
        pixels: Uint8Array.from({ length: 784 * labels.length }, (_, i) => i % 251),
        labels: Int32Array.from(labels),
      });
    const dataset = makeDataset({
      name: "mnist",
      classNames: [..."abcdefghij"],
      // Class 0 has ten images, class 9 one.
      train: images(Array.from({ length: 10 }, (_, c) => new Array(10 - c).fill(c)).flat()),
      test: images([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]),
    });
    const { rows } = await measureClasses(contextOf("classes", folder, dataset));
    const byClass = rows.filter(({ metric, at }) =>
      metric === "accuracy" && at!.class !== undefined
    );
    assertEquals(byClass.map(({ at }) => at!.class), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const groups = rows.filter(({ at }) => at!.group !== undefined);
    const mean = (of: number[]) =>
      of.reduce((sum, label) => sum + byClass[label]!.value, 0) / of.length;
    assertEquals(groups.map(({ at, value }) => [at!.group, value]), [
      ["many", mean([0, 1, 2])],
      ["medium", mean([3, 4, 5, 6])],
      ["few", mean([7, 8, 9])],
    ]);
    const counts = rows.filter(({ metric }) => metric === "count").map(({ value }) => value);
    assertEquals(counts, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  }));
