import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { deriveSeed, generator, type Purpose } from "../../lib/random/mod.ts";

function draw(count: number, seed: number, ...purpose: Purpose): number[] {
  const source = generator(seed, ...purpose);
  return Array.from({ length: count }, () => source.uint32());
}

/** Pearson's statistic of counts that should all be equal. */
function chiSquare(counts: number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

Deno.test("generator() gives the same numbers for the same seed and purpose", () => {
  assertEquals(draw(50, 3, "order", 1), draw(50, 3, "order", 1));
  // what another stream draws in between does not matter
  const first = generator(3, "order", 1);
  const head = [first.uint32(), first.uint32()];
  generator(3, "order", 2).permutation(100);
  assertEquals([...head, first.uint32()], draw(3, 3, "order", 1));
});

Deno.test("generator() gives pinned numbers, so that a trial can be repeated in another version", () => {
  // tests/oracles/random_streams.py, Python 3 standard library
  assertEquals(draw(3, 0, "pinned"), [2588947929, 2466987246, 3624116958]);
  assertEquals(draw(3, -7, "order", 3), [867956153, 2576057327, 2271889436]);
  assertEquals(deriveSeed(5, "dropout", 3), 1931314133);
});

Deno.test("generator() gives different numbers per seed, purpose and place in the purpose", () => {
  const streams = [
    draw(4, 1, "a"),
    draw(4, 2, "a"),
    draw(4, 1, "b"),
    draw(4, 1, "a", 0),
    draw(4, 1, "a", "0"),
    draw(4, 1, 0, "a"),
    draw(4, 1, 'a",0'),
    draw(4, 1),
    draw(4, -1),
  ];
  const all = streams.flat();
  assertEquals(new Set(all).size, all.length);
});

Deno.test("generator() makes streams of neighbouring seeds that are not correlated", () => {
  const n = 20_000;
  for (
    const [a, b] of [[generator(1, "x"), generator(2, "x")], [generator(1, 1), generator(1, 2)]]
  ) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (a!.uniform() - 0.5) * (b!.uniform() - 0.5);
    // the mean product has standard deviation 1/12/sqrt(n)
    assert(Math.abs(sum / n) < 4.5 / 12 / Math.sqrt(n));
  }
});

Deno.test("generator() rejects seeds and purposes that would not tell streams apart", () => {
  assertThrows(() => generator(0.5), RangeError, "safe integer");
  assertThrows(() => generator(NaN), RangeError, "safe integer");
  assertThrows(() => generator(2 ** 53), RangeError, "safe integer");
  assertThrows(() => generator(1, "x", NaN), RangeError, "finite");
});

Deno.test("deriveSeed() gives 31-bit integers that differ per purpose", () => {
  const seeds = Array.from({ length: 2000 }, (_, step) => deriveSeed(5, "dropout", step));
  assert(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31));
  // 2000 draws of 2^31 collide with probability 0.001
  assertEquals(new Set(seeds).size, seeds.length);
  assert(Math.max(...seeds) > 2 ** 30);
  assertEquals(deriveSeed(5, "dropout", 3), seeds[3]);
  assertNotEquals(deriveSeed(6, "dropout", 3), seeds[3]);
});

Deno.test("uniform() lies in [0, 1) with the moments of the uniform distribution", () => {
  const source = generator(1, "uniform");
  const n = 100_000;
  let sum = 0, squares = 0;
  for (let i = 0; i < n; i++) {
    const value = source.uniform();
    assert(value >= 0 && value < 1);
    sum += value;
    squares += value ** 2;
  }
  assert(Math.abs(sum / n - 1 / 2) < 4.5 * Math.sqrt(1 / 12 / n));
  assert(Math.abs(squares / n - 1 / 3) < 4.5 * Math.sqrt(4 / 45 / n));
});

Deno.test("fillUniform() fills with multiples of 2^-24 below 1, equally likely in 64 bins", () => {
  const out = new Float32Array(64_000);
  generator(2, "fill").fillUniform(out);
  assert(out.every((value) => value >= 0 && value < 1 && Number.isInteger(value * 2 ** 24)));
  const counts = new Array<number>(64).fill(0);
  out.forEach((value) => counts[Math.floor(value * 64)]!++);
  // 99.99 % quantile of chi-square with 63 degrees of freedom: 112.0
  assert(chiSquare(counts) < 112);
});

Deno.test("integer() is unbiased, also where 2^32 is no multiple of the range", () => {
  const source = generator(3, "integer");
  const counts = new Array<number>(7).fill(0);
  for (let i = 0; i < 70_000; i++) counts[source.integer(7)]!++;
  // 99.99 % quantile of chi-square with 6 degrees of freedom: 27.9
  assert(chiSquare(counts) < 27.9);
  // a plain remainder of 32 bits would put 2/3 of the draws into the lower half of this range
  const below = 3 * 2 ** 30;
  let lower = 0;
  for (let i = 0; i < 10_000; i++) if (source.integer(below) < below / 2) lower++;
  assert(Math.abs(lower - 5000) < 4.5 * 50);
  assertEquals(source.integer(1), 0);
  assert(source.integer(2 ** 53 - 1) >= 0);
});

Deno.test("integer() rejects what is no range", () => {
  for (const below of [0, -1, 1.5, NaN, Infinity, 2 ** 53]) {
    assertThrows(() => generator(1).integer(below), RangeError, "integer below");
  }
});

Deno.test("normal() has the moments and tails of the normal distribution", () => {
  const source = generator(4, "normal");
  const n = 100_000;
  const draws = Array.from({ length: n }, () => source.normal());
  const moment = (power: number) => draws.reduce((sum, x) => sum + x ** power, 0) / n;
  assert(Math.abs(moment(1)) < 4.5 / Math.sqrt(n));
  assert(Math.abs(moment(2) - 1) < 4.5 * Math.sqrt(2 / n));
  assert(Math.abs(moment(3)) < 4.5 * Math.sqrt(15 / n));
  assert(Math.abs(moment(4) - 3) < 4.5 * Math.sqrt(96 / n));
  // P(|x| > 1.96) = 0.0499958
  const outside = draws.filter((x) => Math.abs(x) > 1.96).length / n;
  assert(Math.abs(outside - 0.05) < 4.5 * Math.sqrt(0.05 * 0.95 / n));
  // successive draws, which one Box-Muller step makes in pairs, are not correlated
  let product = 0;
  for (let i = 1; i < n; i += 2) product += draws[i - 1]! * draws[i]!;
  assert(Math.abs(product / (n / 2)) < 4.5 / Math.sqrt(n / 2));
});

Deno.test("permutation() holds each number once", () => {
  const order = generator(5, "order").permutation(1000);
  assertEquals([...order].sort((a, b) => a - b), Array.from({ length: 1000 }, (_, i) => i));
  assertNotEquals([...order], [...generator(6, "order").permutation(1000)]);
  assertEquals([...generator(5).permutation(0)], []);
  assertEquals([...generator(5).permutation(1)], [0]);
  assertThrows(() => generator(5).permutation(-1), RangeError, "permute");
});

Deno.test("permutation() gives every order equally often", () => {
  const source = generator(7, "orders");
  const counts = new Map<string, number>();
  for (let i = 0; i < 48_000; i++) {
    const order = source.permutation(4).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assertEquals(counts.size, 24);
  // 99.99 % quantile of chi-square with 23 degrees of freedom: 56.1
  assert(chiSquare([...counts.values()]) < 56.1);
});
