import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { auroc } from "../../lib/evaluation/mod.ts";
import { generator } from "../../lib/random/mod.ts";
import { scores } from "./scores.ts";

/** The definition, pair by pair. */
function byPairs(known: number[], unknown: number[]): number {
  let won = 0;
  for (const k of known) for (const u of unknown) won += k > u ? 1 : k === u ? 0.5 : 0;
  return won / (known.length * unknown.length);
}

for (const { name, known, unknown, auroc: expected } of scores.aurocs) {
  Deno.test(`auroc() equals scikit-learn's to 1e-12: ${name}`, () => {
    assertAlmostEquals(auroc(known, unknown), expected, 1e-12);
    // which side is positive does not matter
    const negated = (values: number[]) => values.map((value) => -value);
    assertAlmostEquals(auroc(negated(unknown), negated(known)), expected, 1e-12);
    assertAlmostEquals(auroc(unknown, known), 1 - expected, 1e-12);
  });
}

Deno.test("auroc() equals the count of pairs for any number of ties", () => {
  const random = generator(1, "auroc");
  for (let round = 0; round < 200; round++) {
    const values = 1 + random.integer(12);
    const draw = () =>
      Array.from({ length: 1 + random.integer(30) }, () => random.integer(values) / 7);
    const [known, unknown] = [draw(), draw()];
    assertAlmostEquals(auroc(known, unknown), byPairs(known, unknown), 1e-15);
  }
});

Deno.test("auroc() is 13/24 for the worked example of ties, 1 and 0 for separated scores", () => {
  assertAlmostEquals(auroc([0.4, 0.9, 0.2], [0.1, 0.4, 0.4, 0.9]), 13 / 24, 1e-15);
  assertEquals(auroc([3, 2], [1, 0]), 1);
  assertEquals(auroc([1, 0], [3, 2]), 0);
  assertEquals(auroc([0], [-0]), 0.5);
});

Deno.test("auroc() sorts by value, not by text, and leaves its inputs as they are", () => {
  const known = [9, 10, 100];
  assertEquals(auroc(known, [2, 20]), 4 / 6);
  assertEquals(known, [9, 10, 100]);
  const float32 = Float32Array.of(0.5, 0.1);
  assertEquals(auroc(float32, Float32Array.of(0.2)), 0.5);
  assertEquals(float32, Float32Array.of(0.5, 0.1));
});

Deno.test("auroc() is exact for sets as large as ImageNet against iNaturalist", () => {
  // 50,000 known scores 0, 2, 4 ...; 100,000 unknown ones 0, 1, 2 ...: image i wins 2i pairs and ties one
  const known = Float64Array.from({ length: 50_000 }, (_, i) => 2 * i);
  const unknown = Float64Array.from({ length: 100_000 }, (_, i) => i);
  assertEquals(auroc(known, unknown), (50_000 * 49_999 + 25_000) / 5e9);
});

Deno.test("auroc() rejects NaN and empty sides", () => {
  assertThrows(() => auroc([1, NaN], [1]), RangeError, "known score 1 is NaN");
  assertThrows(() => auroc([1], [NaN]), RangeError, "unknown score 0 is NaN");
  assertThrows(() => auroc([], [1]), RangeError, "no known scores");
  assertThrows(() => auroc([1], []), RangeError, "no unknown scores");
});
