import { assert, assertEquals } from "@std/assert";
import { distance, moveIntoBall, pixelBounds } from "../../lib/attacks/ball.ts";
import { generator } from "../../lib/random/mod.ts";

function pixels(count: number, seed: number): Float32Array {
  const values = new Float32Array(count);
  generator(seed, "ball").fillUniform(values);
  values.set([0, 1, 2 ** -30, 1 - 2 ** -24, 0.3, 0.7], 0);
  return values;
}

Deno.test("pixelBounds() are the outermost float32 in the ball, in float64 arithmetic", () => {
  const clean = pixels(20_000, 1);
  const next = new Float32Array(1);
  const bits = new Int32Array(next.buffer);
  const neighbour = (x: number, step: number) => {
    next[0] = x;
    bits[0]! += step;
    return next[0]!;
  };
  for (const epsilon of [8 / 255, 0.3, 0.1, 1e-3]) {
    const { lower, upper } = pixelBounds(clean, epsilon);
    let overshoots = 0;
    clean.forEach((x, i) => {
      const [low, high] = [lower[i]!, upper[i]!];
      assert(low >= 0 && high <= 1 && low <= x && high >= x);
      assert(x - low <= epsilon && high - x <= epsilon);
      if (high < 1) assert(neighbour(high, 1) - x > epsilon, `${x} + ${epsilon}`);
      if (low > 0) assert(x - neighbour(low, -1) > epsilon, `${x} - ${epsilon}`);
      if (Math.fround(x + epsilon) - x > epsilon) overshoots++;
    });
    assert(overshoots > 0, "what the bounds are for does not occur");
  }
});

Deno.test("moveIntoBall() leaves an image within as it is, and brings one outside exactly inside", () => {
  const clean = pixels(784, 2);
  const other = pixels(784, 3);
  for (const norm of ["linf", "l2"] as const) {
    for (const epsilon of [0.05, 0.5, 2]) {
      const moved = Float32Array.from(other, (x) => 1.2 * x - 0.1);
      moveIntoBall(moved, clean, { norm, epsilon });
      assert(distance(moved, clean, norm) <= epsilon);
      assert(distance(moved, clean, norm) > epsilon * (1 - 1e-5) || epsilon > 1 && norm === "linf");
      assert(moved.every((x) => x >= 0 && x <= 1));
      const again = moved.slice();
      moveIntoBall(again, clean, { norm, epsilon });
      assertEquals(again, moved);
    }
  }
});

Deno.test("distance() is taken in float64", () => {
  const [a, b] = [Float32Array.of(0.1, 0.5), Float32Array.of(0.4, 0.1)];
  assertEquals(distance(a, b, "linf"), Math.abs(a[1]! - b[1]!));
  assertEquals(distance(a, b, "l2"), Math.sqrt((a[0]! - b[0]!) ** 2 + (a[1]! - b[1]!) ** 2));
});
