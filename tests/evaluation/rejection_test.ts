import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { aupr, fpr95 } from "../../lib/evaluation/mod.ts";

/** What scikit-learn and pytorch-ood say: made by tests/oracles/rejection.py, which names the versions. */
const fixture: {
  cases: {
    name: string;
    known: number[];
    unknown: number[];
    fprUnknown: number;
    fprKnown: number;
    auprIn: number;
    auprOut: number;
  }[];
} = JSON.parse(
  Deno.readTextFileSync(new URL("../fixtures/evaluation/rejection.json", import.meta.url)),
);

for (const { name, known, unknown, ...expected } of fixture.cases) {
  Deno.test(`fpr95() equals scikit-learn's and pytorch-ood's: ${name}`, () => {
    assertEquals(fpr95(known, unknown), expected.fprUnknown);
    assertEquals(fpr95(known, unknown, { positive: "known" }), expected.fprKnown);
  });

  Deno.test(`aupr() equals scikit-learn's and pytorch-ood's to 1e-12: ${name}`, () => {
    assertAlmostEquals(aupr(known, unknown, { positive: "known" }), expected.auprIn, 1e-12);
    assertAlmostEquals(aupr(known, unknown, { positive: "unknown" }), expected.auprOut, 1e-12);
  });
}

Deno.test("fpr95() accepts equal scores together", () => {
  // 18 of 20 unknown samples lie below the known ones, two are equal to half of them: 95 % need these too
  const unknown = [...Array<number>(18).fill(0), 1, 1];
  assertEquals(fpr95([1, 2, 1, 2], unknown), 0.5);
  assertEquals(fpr95([2, 3], unknown), 0);
  assertEquals(fpr95([1, 1], [1, 1]), 1);
});

Deno.test("fpr95() and aupr() know the order of the sides and float32", () => {
  assertEquals(fpr95([3, 4], [1, 2]), 0);
  assertEquals(fpr95([1, 2], [3, 4]), 1);
  assertEquals(aupr([3, 4], [1, 2], { positive: "known" }), 1);
  const known = Float32Array.of(0.9, 0.1), copy = known.slice();
  assert(aupr(known, Float32Array.of(0.5), { positive: "unknown" }) < 1);
  assertEquals(known, copy);
});

Deno.test("fpr95() and aupr() reject NaN and empty sides, and name the measure", () => {
  assertThrows(() => fpr95([NaN], [1]), RangeError, "Cannot compute FPR95: known score 0 is NaN");
  assertThrows(() => fpr95([1], []), RangeError, "no unknown scores");
  assertThrows(() => aupr([], [1], { positive: "known" }), RangeError, "AUPR: there are no known");
});
