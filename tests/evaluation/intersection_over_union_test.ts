/** IoU against counting by hand, and segmentation_models_pytorch (tests/oracles/segmentation_metrics.py). */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { ConfusionMatrix, intersectionOverUnion, pixelAccuracy } from "../../lib/evaluation/mod.ts";
import { generator } from "../../lib/random/mod.ts";

interface Case {
  name: string;
  classes: number;
  ignoreLabel: number;
  /** Of each image. */
  labels: number[][];
  predicted: number[][];
  perClass: number[];
  macro: number;
  pixelAccuracy: number;
}

const fixture = new URL("../fixtures/evaluation/segmentation.json", import.meta.url);
const { cases } = JSON.parse(Deno.readTextFileSync(fixture)) as { cases: Case[] };

function matrixOf({ classes, ignoreLabel, labels, predicted }: Case): ConfusionMatrix {
  const matrix = new ConfusionMatrix(classes, { ignoreLabel });
  labels.forEach((image, i) => matrix.add(image, predicted[i]!));
  return matrix;
}

// float32's rounding of numbers up to 1.
const ROUNDING = 1e-7;

for (const each of cases) {
  Deno.test(`IoU and pixel accuracy equal segmentation_models_pytorch: ${each.name}`, () => {
    const matrix = matrixOf(each);
    const { mean, perClass } = intersectionOverUnion(matrix, { absent: "one" });
    assertAlmostEquals(mean, each.macro, ROUNDING);
    perClass.forEach((iou, c) => assertAlmostEquals(iou, each.perClass[c]!, ROUNDING));
    assertAlmostEquals(pixelAccuracy(matrix), each.pixelAccuracy, ROUNDING);
  });
}

Deno.test("intersectionOverUnion() leaves classes out that are nowhere, and names them", () => {
  const each = cases.find(({ name }) => name === "classes that are nowhere")!;
  const { mean, perClass, absent } = intersectionOverUnion(matrixOf(each));
  assertEquals(absent, [1, 3, 4]);
  for (const c of absent) assert(Number.isNaN(perClass[c]!));
  const present = [0, 2, 5].map((c) => each.perClass[c]!);
  assertAlmostEquals(mean, present.reduce((a, b) => a + b) / 3, ROUNDING);
});

Deno.test("intersectionOverUnion() equals sets of pixels counted one by one", () => {
  const random = generator(7, "segmentation");
  for (let round = 0; round < 20; round++) {
    const classes = 2 + Math.floor(5 * random.uniform());
    const count = 1 + Math.floor(60 * random.uniform());
    const draw = () => Math.floor(classes * random.uniform());
    const labels = Array.from({ length: count }, () => random.uniform() < 0.2 ? 99 : draw());
    const predicted = labels.map((label) =>
      label < classes && random.uniform() < 0.5 ? label : draw()
    );
    const matrix = new ConfusionMatrix(classes, { ignoreLabel: 99 });
    const half = Math.floor(count / 2);
    matrix.add(labels.slice(0, half), predicted.slice(0, half));
    matrix.add(labels.slice(half), predicted.slice(half));
    const { perClass, mean } = intersectionOverUnion(matrix);
    const counted = labels.flatMap((label, i) => label === 99 ? [] : [i]);
    const wanted = Array.from({ length: classes }, (_, c) => {
      const truth = new Set(counted.filter((i) => labels[i] === c));
      const guess = new Set(counted.filter((i) => predicted[i] === c));
      return truth.intersection(guess).size / truth.union(guess).size;
    });
    assertEquals(perClass, wanted);
    const present = wanted.filter((iou) => !Number.isNaN(iou));
    assertAlmostEquals(mean, present.reduce((a, b) => a + b, 0) / present.length, 1e-12);
    assertEquals(
      pixelAccuracy(matrix),
      counted.filter((i) => labels[i] === predicted[i]).length / counted.length,
    );
  }
});

Deno.test("without a pixel that counts there is neither IoU nor accuracy", () => {
  const matrix = new ConfusionMatrix(2, { ignoreLabel: 255 });
  matrix.add([255, 255], [0, 1]);
  assert(Number.isNaN(intersectionOverUnion(matrix).mean));
  assert(Number.isNaN(pixelAccuracy(matrix)));
  assertEquals(intersectionOverUnion(matrix, { absent: "one" }).mean, 1);
});

Deno.test("ConfusionMatrix refuses what is no class, and counts nothing of it", () => {
  const matrix = new ConfusionMatrix(3, { ignoreLabel: 255 });
  assertThrows(() => matrix.add([0, 3], [0, 0]), RangeError, "Sample 1 has label 3");
  assertThrows(() => matrix.add([0, 1], [0, -1]), RangeError, "prediction -1");
  assertThrows(() => matrix.add([0, NaN], [0, 1]), RangeError, "label NaN");
  assertThrows(() => matrix.add([0], [0, 1]), RangeError, "2 predictions for 1 labels");
  assertEquals(matrix.ofClass(0), 0);
  assertThrows(() => new ConfusionMatrix(0), RangeError, "number of classes");
  assertThrows(
    () => new ConfusionMatrix(3, { ignoreLabel: 2 }),
    RangeError,
    "one of the 3 classes",
  );
});
