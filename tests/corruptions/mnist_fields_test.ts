import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type MnistCorruption, mnistCorruptions } from "../../lib/corruptions/mod.ts";
import { poissonQuantile } from "../../lib/corruptions/poisson.ts";
import { generator } from "../../lib/random/mod.ts";

/** What the fields of many streams give, one after the other. */
function fields<T>(name: string, count: number, severity?: number): T[] {
  const corruption = mnistCorruptions[name as keyof typeof mnistCorruptions] as MnistCorruption<T>;
  const options = severity === undefined ? {} : { severity };
  return Array.from({ length: count }, (_, i) => corruption.field(generator(7, name, i), options));
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

Deno.test("fields depend on the stream alone", () => {
  for (const { name, field } of Object.values<MnistCorruption>(mnistCorruptions)) {
    assertEquals(field(generator(1, name)), field(generator(1, name)), name);
  }
});

Deno.test("shot_noise draws Poisson counts: mean and variance of every grey", () => {
  const { field, apply } = mnistCorruptions.shot_noise;
  for (const grey of [51, 102]) {
    const image = new Uint8Array(784).fill(grey);
    const counts = Array.from({ length: 200 }, (_, i) =>
      [
        // 85 grey levels are one of three photons; more than three are cut
        ...apply(image, field(generator(7, grey, i)), { severity: 1 }),
      ].map((value) => value / 255 * 60)).flat();
    const photons = grey / 255 * 60;
    // 156,800 draws, of a distribution far below 60; the bytes' rounding adds (60/255)^2 / 12 to the variance
    assertAlmostEquals(mean(counts), photons, 5 * Math.sqrt(photons / 156_800));
    const variance = mean(counts.map((count) => (count - photons) ** 2));
    assertAlmostEquals(variance / photons, 1, 0.03);
  }
});

Deno.test("poissonQuantile() ends and is monotonic up to its largest mean", () => {
  for (const average of [0, 1e-9, 3, 60, 500, 700]) {
    const quantile = poissonQuantile(average);
    const values = [0, 0.001, 0.5, 0.999, 1 - 2 ** -53].map(quantile);
    assertEquals(values, values.toSorted((a, b) => a - b));
    // the median lies between mean - ln 2 and mean + 1/3 (Choi 1994)
    assert(
      values[2]! >= average - Math.log(2) && values[2]! <= average + 1 / 3 + 1e-9,
      `${average}: ${values}`,
    );
    assert(values[4]! < average + 9 * Math.sqrt(average) + 20, `${average}: ${values}`);
  }
});

Deno.test("impulse_noise hits 17 % of the pixels, half of them white", () => {
  const { field, apply } = mnistCorruptions.impulse_noise;
  const image = new Uint8Array(784).fill(100);
  const out = Array.from({ length: 300 }, (_, i) => [...apply(image, field(generator(7, i)))])
    .flat();
  const share = (value: number) => mean(out.map((byte) => byte === value ? 1 : 0));
  // 235,200 pixels: five standard errors
  for (const value of [0, 255]) assertAlmostEquals(share(value), 0.085, 0.003);
  assertAlmostEquals(share(100), 0.83, 0.004);
});

Deno.test("glass_blur tosses a coin per visit and draws steps of -delta to delta - 1", () => {
  for (const [severity, delta, iterations] of [[1, 1, 2], [3, 2, 3], [5, 4, 2]] as const) {
    type Field = { swap: Uint8Array; dx: Int8Array; dy: Int8Array };
    const drawn = fields<Field>("glass_blur", 20, severity);
    const visits = drawn.flatMap(({ swap, dx, dy }) =>
      [...swap].map((coin, i) => [coin, dx[i]!, dy[i]!] as const)
    );
    assertEquals(visits.length, 20 * iterations * (28 - 2 * delta) ** 2);
    const moved = visits.filter(([coin]) => coin === 1);
    assertAlmostEquals(moved.length / visits.length, 0.5, 0.02);
    for (const axis of [1, 2] as const) {
      const steps = moved.map((visit) => visit[axis]);
      const kinds = [...new Set(steps)].sort((a, b) => a - b);
      assertEquals(kinds, Array.from({ length: 2 * delta }, (_, i) => i - delta));
      assertAlmostEquals(mean(steps), -0.5, 0.1);
    }
    for (const [coin, dx, dy] of visits) if (coin === 0) assertEquals([dx, dy], [0, 0]);
  }
});

Deno.test("motion_blur draws angles of -45 to 45 degrees", () => {
  const angles = fields<number>("motion_blur", 2000);
  assert(angles.every((angle) => angle >= -45 && angle < 45));
  assertAlmostEquals(mean(angles), 0, 3);
  assertAlmostEquals(mean(angles.map((angle) => angle ** 2)), 90 ** 2 / 12, 40);
});

Deno.test("shear, rotate and translate draw their signs independently, each half of the time", () => {
  for (const name of ["shear", "rotate"]) {
    const signs = fields<number>(name, 2000);
    assert(signs.every((sign) => Math.abs(sign) === 1));
    assertAlmostEquals(mean(signs), 0, 0.12);
  }
  const moves = fields<[number, number]>("translate", 2000).map(String);
  for (const move of ["1,1", "1,-1", "-1,1", "-1,-1"]) {
    assertAlmostEquals(moves.filter((one) => one === move).length / 2000, 0.25, 0.05);
  }
});

Deno.test("fog draws 256 x 256 numbers of [-1, 1), spatter 28 x 28 normal ones", () => {
  const [noise] = fields<Float64Array>("fog", 1);
  assertEquals(noise!.length, 65_536);
  assert(noise!.every((value) => value >= -1 && value < 1));
  assertAlmostEquals(mean(noise!), 0, 0.012);
  assertAlmostEquals(mean(noise!.map((value) => value ** 2)), 1 / 3, 0.006);
  const normal = fields<Float64Array>("spatter", 50).flatMap((field) => [...field]);
  assertEquals(normal.length, 50 * 784);
  assertAlmostEquals(mean(normal), 0, 0.026);
  assertAlmostEquals(mean(normal.map((value) => value ** 2)), 1, 0.036);
});

Deno.test("dotted_line and zigzag draw the rows of the original", () => {
  const dotted = fields<{ startRow: number; endRow: number }>("dotted_line", 2000);
  const zigzags = fields<{ startRow: number; drift: number }>("zigzag", 2000);
  const kinds = (values: number[]) => [...new Set(values)].sort((a, b) => a - b);
  const rows = Array.from({ length: 27 }, (_, i) => i);
  assertEquals(kinds(dotted.map(({ startRow }) => startRow)), rows);
  assertEquals(kinds(dotted.map(({ endRow }) => endRow)), rows);
  assertEquals(kinds(zigzags.map(({ startRow }) => startRow)), rows);
  assertEquals(kinds(zigzags.map(({ drift }) => drift)), [-5, -4, -3, -2, -1, 0, 1, 2, 3, 4]);
});
