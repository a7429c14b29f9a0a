import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type MnistCorruption, mnistCorruptions } from "../../lib/corruptions/mod.ts";
import { zigzagPoints } from "../../lib/corruptions/mnist_lines.ts";
import { generator } from "../../lib/random/mod.ts";
import { digit, fixture } from "./mnist_fixture.ts";

const all = Object.values<MnistCorruption>(mnistCorruptions);
const ramp = Uint8Array.from({ length: 784 }, (_, i) => i % 256);
const columnOf = (i: number) => i % 28;
const rowOf = (i: number) => Math.floor(i / 28);

/** An image of 28 x 28 by the value of each pixel. */
function drawn(value: (row: number, column: number) => number): Uint8Array {
  return Uint8Array.from({ length: 784 }, (_, i) => value(rowOf(i), columnOf(i)));
}

Deno.test("mnistCorruptions are the 15 folders of the archive but identity, in its order", () => {
  assertEquals(
    all.map(({ name }) => name).join(" "),
    "shot_noise impulse_noise glass_blur motion_blur shear scale rotate brightness translate " +
      "stripe fog spatter dotted_line zigzag canny_edges",
  );
  assertEquals(Object.keys(mnistCorruptions), all.map(({ name }) => name));
  // the defaults in the authors' code
  assertEquals(all.map(({ severity }) => severity), [5, 4, 1, 1, 2, 3, 2, 5, 3, 1, 5, 4, 1, 1, 1]);
  assertEquals(all.filter(({ severities }) => severities === 1).map(({ name }) => name), [
    "stripe",
    "dotted_line",
    "zigzag",
    "canny_edges",
  ]);
});

Deno.test("every corruption gives a new image of 784 bytes, the same for the same field", async () => {
  const images = [await digit(3), ramp, new Uint8Array(784), new Uint8Array(784).fill(255)];
  for (const { name, severities, field, apply } of all) {
    for (let severity = 1; severity <= severities; severity++) {
      const drawnField = field(generator(1, name), { severity });
      for (const image of images) {
        const before = image.slice();
        const out = apply(image, drawnField, { severity });
        assert(out instanceof Uint8Array && out.length === 784 && out !== image, name);
        assertEquals(image, before, `${name} changes its input`);
        assertEquals(apply(image, drawnField, { severity }), out, `${name} keeps a state`);
      }
    }
  }
});

Deno.test("corruptions without severity given take that of MNIST-C", async () => {
  const image = await digit(5);
  for (const { name, severity, field, apply } of all) {
    const [a, b] = [field(generator(2)), field(generator(2), { severity })];
    assertEquals(apply(image, a), apply(image, b, { severity }), name);
  }
});

Deno.test("corruptions refuse other severities and other images", () => {
  for (const { name, severities, field, apply } of all) {
    const drawnField = field(generator(1));
    for (const severity of [0, severities + 1, 1.5, NaN]) {
      assertThrows(() => field(generator(1), { severity }), RangeError, name);
      assertThrows(() => apply(ramp, drawnField, { severity }), RangeError, `1 .. ${severities}`);
    }
    assertThrows(() => apply(new Uint8Array(783), drawnField), TypeError, "28 x 28");
    for (const other of [[...ramp], new Float32Array(784), new Uint8ClampedArray(784)]) {
      assertThrows(() => apply(other as never, drawnField), TypeError, other.constructor.name);
    }
    const rounding = "up" as never;
    assertThrows(() => apply(ramp, drawnField, { rounding }), RangeError, '"truncate"');
  }
});

Deno.test("corruptions refuse to go on without a field, or with one of no numbers", () => {
  for (const { name, field, apply } of all) {
    if (field(generator(1)) === undefined) continue;
    assertThrows(() => apply(ramp, undefined), TypeError, "field()", name);
  }
  const { motion_blur, shear, rotate, translate, dotted_line, zigzag } = mnistCorruptions;
  const refuses = (use: () => void) => assertThrows(use, TypeError, "NaN");
  refuses(() => motion_blur.apply(ramp, NaN));
  refuses(() => shear.apply(ramp, NaN as never));
  refuses(() => rotate.apply(ramp, NaN as never));
  refuses(() => translate.apply(ramp, [1, NaN as never]));
  refuses(() => dotted_line.apply(ramp, { startRow: 1, endRow: NaN }));
  refuses(() => zigzag.apply(ramp, { startRow: NaN, drift: 1 }));
});

Deno.test("corruptions refuse fields of another length, such as those of another severity", () => {
  const { glass_blur, shot_noise, impulse_noise, spatter, fog } = mnistCorruptions;
  const short = new Float64Array(783);
  const other = glass_blur.field(generator(1), { severity: 2 });
  assertThrows(() => glass_blur.apply(ramp, other), TypeError, "wanted a field of 1352 numbers");
  assertThrows(() => shot_noise.apply(ramp, short), TypeError, "784");
  const pepper = { hit: new Float64Array(784), salt: short };
  assertThrows(() => impulse_noise.apply(ramp, pepper), TypeError, "784");
  assertThrows(() => spatter.apply(ramp, short), TypeError, "784");
  assertThrows(() => fog.apply(ramp, short), TypeError, "783");
});

Deno.test("glass_blur blurs down the columns only", () => {
  const still = { swap: new Uint8Array(1352), dx: new Int8Array(1352), dy: new Int8Array(1352) };
  const { apply } = mnistCorruptions.glass_blur;
  // what is the same all down a column stays, however it changes along the rows
  const columns = drawn((_, column) => column % 2 === 0 ? 200 : 10);
  for (const [i, value] of apply(columns, still).entries()) {
    assert(Math.abs(value - columns[i]!) <= 1, `pixel ${i}: ${value}`);
  }
  const rows = apply(drawn((row) => row % 2 === 0 ? 200 : 10), still);
  assert(rows[14 * 28 + 14]! < 150 && rows[14 * 28 + 14] === rows[14 * 28]);
});

Deno.test("glass_blur really exchanges the pixels, once per visit", () => {
  // columns 13 and 14 change places in all rows that are visited, in the first iteration
  const swap = new Uint8Array(1352), dx = new Int8Array(1352), dy = new Int8Array(1352);
  for (let row = 0; row < 26; row++) {
    const visit = row * 26 + (27 - 14);
    swap[visit] = 1;
    dx[visit] = -1;
  }
  const columns = drawn((_, column) => 5 * column);
  const out = mnistCorruptions.glass_blur.apply(columns, { swap, dx, dy });
  const row = [...out.subarray(14 * 28 + 12, 14 * 28 + 16)];
  row.forEach((value, i) => assert(Math.abs(value - [60, 70, 65, 75][i]!) <= 1, row.join()));
  // visits without a coin stay, whatever the steps say
  const unmoved = mnistCorruptions.glass_blur.apply(columns, {
    swap: new Uint8Array(1352),
    dx,
    dy,
  });
  assert(unmoved[14 * 28 + 13]! < unmoved[14 * 28 + 14]!);
});

Deno.test("glass_blur cuts its first blur to bytes", () => {
  // the middle of a step of 1 down the column: 0.5 is cut to 0, not rounded
  const still = { swap: new Uint8Array(1352), dx: new Int8Array(1352), dy: new Int8Array(1352) };
  const out = mnistCorruptions.glass_blur.apply(drawn((row) => row < 14 ? 0 : 1), still);
  // rounding would leave a step of 1 at row 14; cut, row 14 (0.8) and 15 (0.99) are 0
  assertEquals([13, 14, 15].map((row) => out[row * 28]), [0, 0, 0]);
});

Deno.test("shear has the old matrix: it stretches by 1 / cos c as well", () => {
  // a row at distance 6.5 below the centre comes to 6.5 / cos 0.4 = 7.057 below it: from row 20 to 20.557
  const line = mnistCorruptions.shear.apply(drawn((row) => row === 20 ? 255 : 0), 1);
  const column = Array.from({ length: 28 }, (_, row) => line[row * 28 + 14]!);
  // bilinear at cos 0.4 (y - 13.5) + 13.5 of the rows y = 20 and 21
  const at = (y: number) => 255 * (1 - Math.abs(Math.cos(0.4) * (y - 13.5) + 13.5 - 20));
  assertAlmostEquals(column[20]!, at(20), 0.51);
  assertAlmostEquals(column[21]!, at(21), 0.51);
  assertEquals(column.filter((value) => value > 0).length, 2);
});

Deno.test("scale shrinks to 70 % about the centre, with black around", () => {
  // a slope stays a slope under bilinear interpolation
  const out = mnistCorruptions.scale.apply(drawn((_, column) => 9 * column), undefined);
  for (let column = 0; column < 28; column++) {
    const from = (column - 13.5) / 0.7 + 13.5;
    const wanted = from < 0 || from > 28 ? 0 : from > 27 ? 9 * 27 * (28 - from) : 9 * from;
    assertAlmostEquals(out[14 * 28 + column]!, wanted, 0.51);
  }
});

Deno.test("translate moves by whole pixels and fills with zeros", () => {
  for (const [right, down] of [[1, 1], [1, -1], [-1, 1], [-1, -1]] as const) {
    const out = mnistCorruptions.translate.apply(ramp, [right, down]);
    const wanted = drawn((row, column) => {
      const [y, x] = [row + 3 * down, column + 3 * right];
      return y < 0 || y > 27 || x < 0 || x > 27 ? 0 : ramp[y * 28 + x]!;
    });
    assertEquals(out, wanted, `${right}, ${down}`);
  }
});

Deno.test("brightness rounds its halves to even, in spite of float64's noise", () => {
  const levels = mnistCorruptions.brightness.apply(ramp, undefined);
  // v + 127.5: 128, 128, 130, 130, ...
  levels.forEach((value, i) => {
    const v = ramp[i]!;
    assertEquals(value, v > 127 ? 255 : v % 2 === 0 ? v + 128 : v + 127);
  });
  const cut = mnistCorruptions.brightness.apply(ramp, undefined, { rounding: "truncate" });
  cut.forEach((value, i) => assertEquals(value, Math.min(ramp[i]! + 127, 255)));
});

Deno.test("stripe inverts columns 0 to 6 and 21 to 27", () => {
  const out = mnistCorruptions.stripe.apply(ramp, undefined);
  assertEquals(
    out,
    Uint8Array.from(ramp, (v, i) => columnOf(i) <= 6 || columnOf(i) >= 21 ? 255 - v : v),
  );
});

Deno.test("dotted_line draws columns 2, 3, 6, 7, ... and 26 of a line", () => {
  const { apply } = mnistCorruptions.dotted_line;
  const out = apply(new Uint8Array(784), { startRow: 5, endRow: 20 });
  const used = Array.from({ length: 28 }, (_, column) => column)
    .filter((column) => out.some((value, i) => columnOf(i) === column && value > 0));
  assertEquals(used, [2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26]);
  // spec of line(0, 5, 27, 20): column 2, rows 4 to 9
  assertEquals(
    [4, 5, 6, 7, 8, 9].map((row) => out[row * 28 + 2]),
    [0, 0.34011, 0.95048, 0.51147, 0, 0].map((value) => Math.round(value * 255)),
  );
});

Deno.test("zigzag has the corners of the original, the last one included", () => {
  for (const { field: [startRow, drift], points } of fixture.zigzags) {
    const ours = zigzagPoints({ startRow, drift });
    assertEquals(ours.length, points.length);
    ours.flat().forEach((value, i) => assertAlmostEquals(value, points.flat()[i]!, 1e-12));
  }
  // r0 = 10, r1 = 12: 23.086793 long, six corners, the last points (22, -2) and (23.086793, -0.323961) along the line
  const turned = zigzagPoints({ startRow: 10, drift: 2 });
  const angle = Math.atan(2 / 23);
  const straight = turned.map(([column, row]) => [
    (column - 2) * Math.cos(angle) + (row - 10) * Math.sin(angle),
    -(column - 2) * Math.sin(angle) + (row - 10) * Math.cos(angle),
  ]);
  assertEquals(straight.length, 8);
  const wanted = [[22, -2], [23.086793, -0.323961]];
  straight.slice(-2).flat().forEach((v, i) => assertAlmostEquals(v, wanted.flat()[i]!, 1e-6));
});

Deno.test("canny_edges gives 0 and 255 alone, none of them at the border", async () => {
  const out = mnistCorruptions.canny_edges.apply(await digit(2), undefined);
  assertEquals([...new Set(out)].sort(), [0, 255]);
  out.forEach((value, i) => {
    const isBorder = [0, 27].includes(rowOf(i)) || [0, 27].includes(columnOf(i));
    if (isBorder) assertEquals(value, 0);
  });
});

Deno.test("fog and motion_blur leave a black image black, which has nothing to shine or smear", () => {
  for (const name of ["fog", "motion_blur"] as const) {
    const { field, apply }: MnistCorruption = mnistCorruptions[name];
    assertEquals(apply(new Uint8Array(784), field(generator(3))), new Uint8Array(784), name);
  }
});
