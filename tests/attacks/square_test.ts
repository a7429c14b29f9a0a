import { assertAlmostEquals, assertEquals } from "@std/assert";
import { squarePattern, squareShare, squareSide } from "../../lib/attacks/square_pattern.ts";

Deno.test("squareShare() halves when the paper's schedule says", () => {
  const changes = (rescaled: boolean) => {
    const found: [query: number, divisor: number][] = [];
    for (let query = 0, last = 1; query < 5000; query++) {
      const divisor = Math.round(0.8 / squareShare(query, { queries: 5000, rescaled }));
      if (divisor !== last) found.push([query, divisor]);
      last = divisor;
    }
    return found;
  };
  // deno-fmt-ignore
  assertEquals(changes(true), [
    [6, 2], [26, 4], [101, 8], [251, 16], [501, 32], [1001, 64], [2001, 128], [3001, 256], [4001, 512],
  ]);
  // deno-fmt-ignore
  assertEquals(changes(false), [
    [11, 2], [51, 4], [201, 8], [501, 16], [1001, 32], [2001, 64], [4001, 128],
  ]);
});

Deno.test("squareSide() is that of both originals for the paper's image sizes", () => {
  const sides = (size: number, norm: "linf" | "l2") =>
    Array.from({ length: 10 }, (_, i) => squareSide(0.8 / 2 ** i, size, size, norm));
  assertEquals(sides(28, "linf"), [25, 18, 13, 9, 6, 4, 3, 2, 2, 1]);
  assertEquals(sides(28, "l2"), [25, 19, 13, 9, 7, 5, 3, 3, 3, 3]);
  assertEquals(sides(32, "linf"), [29, 20, 14, 10, 7, 5, 4, 3, 2, 1]);
  assertEquals(sides(32, "l2"), [29, 21, 15, 11, 7, 5, 5, 3, 3, 3]);
  assertEquals(sides(64, "linf"), [57, 40, 29, 20, 14, 10, 7, 5, 4, 3]);
  assertEquals(sides(224, "linf"), [200, 142, 100, 71, 50, 35, 25, 18, 13, 9]);
  assertEquals(squareSide(0.8, 2, 40, "l2"), 2);
});

Deno.test("squarePattern() is that of torchattacks 3.5.1", () => {
  const close = (actual: Iterable<number>, expected: readonly number[]) =>
    [...actual].forEach((x, i) => assertAlmostEquals(x, expected[i]!, 1e-6, `entry ${i}`));
  const [a, b, c, d] = [0.136083, 0.680414, -0.129099, -0.645497];
  const three = [a, b, a, c, c, c, c, d, c];
  close(squarePattern(3, false), three);
  close(squarePattern(3, true), [0, 3, 6, 1, 4, 7, 2, 5, 8].map((i) => three[i]!));
  const five = squarePattern(5, false);
  close(five.subarray(5, 10), [0.049162, 0.159777, 0.602237, 0.159777, 0.049162]);
  close(five.subarray(20, 25), [-0.045590, -0.148168, -0.148168, -0.148168, -0.045590]);
  assertEquals(Math.abs(squarePattern(1, false)[0]!), 1);
});
