import * as a from "@std/assert";

Deno.test("equal() compares as the real package does", () => {
  a.assert(
    a.equal({ x: [1, NaN, { y: new Map([[{ k: 1 }, 2]]) }] }, {
      x: [1, NaN, { y: new Map([[{ k: 1 }, 2]]) }],
    }),
  );
  a.assert(a.equal(0, -0));
  a.assert(a.equal(new Float32Array([1, NaN]), new Float32Array([1, NaN])));
  a.assertFalse(a.equal(new Float32Array([1]), new Float64Array([1])));
  a.assertFalse(a.equal(new Uint8Array([1, 2]), new Uint8Array([1])));
  a.assertFalse(a.equal({ a: undefined }, {}));
  a.assertFalse(a.equal([1], { 0: 1 }));
  a.assertFalse(a.equal(new Set([1]), new Set([2])));
  a.assertFalse(a.equal(1, "1"));
  a.assertFalse(a.equal(new Date(1), new Date(2)));
});

Deno.test("each assertion throws an AssertionError when it does not hold", async () => {
  const failing: (() => unknown)[] = [
    () => a.assert(false),
    () => a.assertFalse(1),
    () => a.assertEquals([1], [2]),
    () => a.assertNotEquals([1], [1]),
    () => a.assertStrictEquals(0, -0),
    () => a.assertNotStrictEquals(1, 1),
    () => a.assertAlmostEquals(1, 1.001, 1e-4),
    () => a.assertAlmostEquals(NaN, 1),
    () => a.assertExists(null),
    () => a.assertStringIncludes("abc", "d"),
    () => a.assertMatch("abc", /d/),
    () => a.assertGreater(1, 1),
    () => a.assertGreaterOrEqual(0, 1),
    () => a.assertLess(1, 1),
    () => a.assertLessOrEqual(2, 1),
    () => a.assertArrayIncludes([1], [2]),
    () => a.assertObjectMatch({ a: 1 }, { a: 2 }),
    () => a.assertInstanceOf(1, Date),
    () => a.assertThrows(() => 1),
    () =>
      a.assertThrows(() => {
        throw new RangeError("far");
      }, TypeError),
    () =>
      a.assertThrows(
        () => {
          throw new RangeError("far");
        },
        RangeError,
        "near",
      ),
    () => a.fail("x"),
    () => a.unreachable(),
  ];
  for (const assertion of failing) {
    let caught: unknown;
    try {
      assertion();
    } catch (error) {
      caught = error;
    }
    if (!(caught instanceof a.AssertionError)) {
      throw new Error(`No AssertionError from ${assertion}`);
    }
  }
  await a.assertRejects(
    () => a.assertRejects(() => Promise.resolve(1)),
    a.AssertionError,
  );
  await a.assertRejects(
    () => Promise.reject(new RangeError("far away")),
    RangeError,
    "far",
  );
});
