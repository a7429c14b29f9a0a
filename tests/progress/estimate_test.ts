import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Estimate, formatDuration } from "../../lib/progress/estimate.ts";

Deno.test("Estimate.remaining() extrapolates the average speed over the latter half of the time", () => {
  const estimate = new Estimate(100, 0);
  assertEquals(estimate.remaining(), undefined);
  estimate.update(10, 2_000);
  assertEquals(estimate.remaining(), 18);
  estimate.update(50, 20_000);
  // 40 in 18 s: what was done in the first 2 s is no part of the latter half.
  assertEquals(estimate.remaining(), 22.5);
  estimate.update(100, 30_000);
  assertEquals(estimate.remaining(), 0);
});

Deno.test("Estimate.remaining() ignores what was done before work was taken up again", () => {
  const estimate = new Estimate(100, 0);
  estimate.update(80, 1_000);
  assertEquals(estimate.remaining(), undefined);
  estimate.update(90, 11_000);
  assertEquals(estimate.remaining(), 10);
});

Deno.test("Estimate.remaining() forgets a leap in the first half, as of several pieces of work taken up again", () => {
  const estimate = new Estimate(1000, 0);
  // Before any of them says how far it is.
  estimate.update(0, 100);
  estimate.update(300, 4_000);
  estimate.update(600, 5_000);
  for (let second = 6; second < 10; second++) estimate.update(595 + second, second * 1000);
  assert(estimate.remaining()! < 10);
  estimate.update(605, 10_000);
  assertEquals(estimate.remaining(), 395);
});

Deno.test("Estimate.remaining() is the same however often it is told", () => {
  const estimate = new Estimate(1e6, 0);
  for (let at = 1; at <= 100_000; at++) estimate.update(at, at);
  assertAlmostEquals(estimate.remaining()!, 900, 1e-6);
});

Deno.test("Estimate never has more done than the total, and nothing to do is all done", () => {
  const estimate = new Estimate(3, 0);
  estimate.update(5, 1);
  assertEquals([estimate.done, estimate.fraction], [3, 1]);
  assertEquals(new Estimate(0, 0).fraction, 1);
});

Deno.test("formatDuration() uses the two largest units", () => {
  assertEquals(
    [0.4, 59.4, 59.6, 80, 3599.6, 7500].map(formatDuration),
    ["0s", "59s", "1m 00s", "1m 20s", "1h 00m", "2h 05m"],
  );
});
