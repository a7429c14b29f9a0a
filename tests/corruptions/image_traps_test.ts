// What is easily got wrong about CIFAR-C and ImageNet-C, each against a closed form.
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { boxResize } from "../../lib/corruptions/box_resize.ts";
import { clippedZoom } from "../../lib/corruptions/clipped_zoom.ts";
import { tapsOf } from "../../lib/corruptions/disk_blur.ts";
import { ELASTIC_TRANSFORM } from "../../lib/corruptions/image_severities.ts";
import { quantisationTable } from "../../lib/corruptions/jpeg.ts";
import {
  type ImageCorruption,
  imageCorruptionLists,
  imageCorruptions,
  jpegRoundTrip,
  motionBlur,
  plasmaMap,
} from "../../lib/corruptions/mod.ts";
import { opencvCanny } from "../../lib/corruptions/opencv_canny.ts";
import { chamferDistance } from "../../lib/corruptions/opencv_distance.ts";
import { equalizeHistogram } from "../../lib/corruptions/opencv_filters.ts";
import { affineBetween, warpAffine } from "../../lib/corruptions/opencv_warp.ts";
import { generator } from "../../lib/random/mod.ts";
import { testImage } from "./image_case.ts";

const flat = (side: number, colour: readonly number[]) =>
  Uint8Array.from({ length: side * side * 3 }, (_, i) => colour[i % 3]!);
const at = (side: number, row: number, column: number) => (row * side + column) * 3;

Deno.test("gaussian_noise.apply() cuts to bytes and does not round", () => {
  // 100 + 0.04 * 255 z = 100.99
  const field = new Float64Array(3072).fill(0.99 / (0.04 * 255));
  const out = imageCorruptions.gaussian_noise.apply(flat(32, [100, 0, 255]), field, {
    severity: 1,
  });
  assertEquals([...out.subarray(0, 3)], [100, 0, 255]);
});

Deno.test("impulse_noise.apply() hits each channel for itself", () => {
  const field = new Float64Array(3072).fill(0.5);
  field.set([0.001, 0.5, 0.0099], 0);
  const out = imageCorruptions.impulse_noise.apply(flat(32, [9, 9, 9]), field, { severity: 1 });
  assertEquals([...out.subarray(0, 6)], [255, 9, 0, 9, 9, 9]);
});

Deno.test("glass_blur.apply() copies RGB pixels and does not swap them", () => {
  const image = testImage(32, 5);
  // sigma 0.05 leaves the image as it is; only the first pixel visited, (31, 31), looks to its left
  const field = new Int8Array(2 * 30 * 30);
  field[0] = -1;
  const out = imageCorruptions.glass_blur.apply(image, field, { severity: 1 });
  const wanted = image.slice();
  wanted.copyWithin(at(32, 31, 31), at(32, 31, 30), at(32, 31, 31));
  assertEquals(out, wanted);
  assertNotEquals(out, image);
});

Deno.test("glass_blur.apply() reads columns before rows", () => {
  const image = testImage(32, 6);
  const field = new Int8Array(2 * 30 * 30);
  field[1] = -1;
  const out = imageCorruptions.glass_blur.apply(image, field, { severity: 1 });
  const above = image.subarray(at(32, 30, 31), at(32, 30, 31) + 3);
  assertEquals(out.subarray(at(32, 31, 31), at(32, 31, 31) + 3), above);
});

Deno.test("motionBlur() rounds to 16 bits and cuts to 8", () => {
  // one bright column: the second column to its left gets 255 k_2, k_2 = e^(-4/2) / sum
  const image = new Uint8Array(32 * 32);
  for (let y = 0; y < 32; y++) image[y * 32 + 16] = 255;
  const out = motionBlur(image, [32, 32, 1], { radius: 6, sigma: 1, angle: 0 });
  const sum = Array.from({ length: 13 }, (_, i) => Math.exp(-i * i / 2)).reduce((a, b) => a + b);
  const exact = 255 * Math.exp(-4 / 2) / sum;
  assert(exact % 1 > 0.5, "rounding would show");
  assertEquals(out[14], Math.floor(exact));
  assertEquals(out[17], 0);
});

Deno.test("clippedZoom() stretches 26 pixels to 33 for the last factor of zoom_blur", () => {
  const ramp = Float64Array.from({ length: 32 * 32 }, (_, i) => i % 32);
  const noisy = clippedZoom(ramp, { side: 32, channels: 1, factor: 1 + 25 * (1.01 - 1) });
  const exact = clippedZoom(ramp, { side: 32, channels: 1, factor: 1.25 });
  // columns 3 .. 28, corner on corner: 25 pixels in 32 steps, or in 31
  assertAlmostEquals(noisy[16]!, 3 + 16 * 25 / 32, 1e-12);
  assertAlmostEquals(exact[16]!, 3 + 16 * 25 / 31, 1e-12);
});

Deno.test("tapsOf() has the kernels of the CIFAR severities", () => {
  const kernel = (radius: number, softness: number) => {
    const taps = tapsOf(radius, softness);
    const weight = (down: number, right: number) =>
      taps.find((tap) => tap.down === down && tap.right === right)?.weight ?? 0;
    return [weight(0, 0), weight(0, 1), weight(1, 1)].map((value) => Number(value.toFixed(5)));
  };
  assertEquals(kernel(0.3, 0.4), [0.84497, 0.03713, 0.00163]);
  assertEquals(kernel(0.4, 0.5), [0.61935, 0.08382, 0.01134]);
  assertEquals(kernel(0.5, 0.6), [0.44521, 0.11101, 0.02768]);
  assertEquals(kernel(1.5, 0.1), [0.11111, 0.11111, 0.11111]);
});

Deno.test("fog.apply() lays the corner of a map of 256 over an image of 224, on all channels", () => {
  const image = flat(224, [100, 50, 0]);
  const field = Float64Array.from({ length: 256 * 256 }, (_, i) => Math.sin(i));
  const out = imageCorruptions.fog.apply(image, field, { severity: 1 });
  // (x + 1.5 P) m / (m + 1.5): the channels differ by (x - x') m / (m + 1.5)
  const factor = (100 / 255) / (100 / 255 + 1.5);
  for (let i = 0; i < out.length; i += 3) {
    assert(Math.abs(out[i]! - out[i + 1]! - 50 * factor) <= 1);
    assert(Math.abs(out[i + 1]! - out[i + 2]! - 50 * factor) <= 1);
  }
  assertThrows(
    () => imageCorruptions.fog.apply(image, new Float64Array(224 * 224), { severity: 1 }),
    TypeError,
    "65536",
  );
});

Deno.test("frost.field() cuts from the first five textures, the last start excluded", () => {
  const texture = (shade: number) => ({ height: 34, width: 34, pixels: flat(34, [shade, 7, 9]) });
  const textures = [0, 1, 2, 3, 4, 5].map(texture);
  // starts 0 .. 34 - 32 - 1: a marked last row or column never shows at its place
  for (const { pixels } of textures) {
    for (let i = 0; i < 34; i++) {
      pixels[at(34, 33, i) + 1] = 200;
      pixels[at(34, i, 33) + 1] = 200;
    }
  }
  const seen = new Set<number>();
  for (let draw = 0; draw < 200; draw++) {
    const below = [draw % 5, draw % 2, (draw >> 1) % 2];
    const random = { integer: (n: number) => Math.min(below.shift()!, n - 1) } as never;
    const piece = imageCorruptions.frost.field(random, { side: 32, severity: 1, textures });
    seen.add(piece[0]!);
    assert(!piece.includes(200));
  }
  assertEquals([...seen].sort(), [0, 1, 2, 3, 4]);
});

Deno.test("frost.apply() adds bytes and cuts", () => {
  // 0.75 * 101 + 0.45 * 10 = 80.25; 0.75 * 255 + 0.45 * 255 is above 255
  const image = flat(32, [101, 255, 0]);
  const out = imageCorruptions.frost.apply(image, flat(32, [10, 255, 3]), { severity: 5 });
  assertEquals([...out.subarray(0, 3)], [80, 255, 1]);
});

Deno.test("frost.field() refuses without the textures", () => {
  assertThrows(
    () => imageCorruptions.frost.field({} as never, { side: 32, severity: 1 }),
    TypeError,
    "textures",
  );
});

Deno.test("snow.apply() adds the layer and the layer turned by 180 degrees", () => {
  const flakes = new Float64Array(32 * 32).fill(-10);
  flakes[5 * 32 + 9] = 10;
  const out = imageCorruptions.snow.apply(new Uint8Array(3072), { flakes, angle: -90 }, {
    severity: 1,
  });
  for (let pixel = 0; pixel < 1024; pixel++) assertEquals(out[3 * pixel], out[3 * (1023 - pixel)]);
  // 0.05 * 0.5 on black
  assertEquals(out[0], Math.floor(0.05 * 0.5 * 255));
  assert(out[at(32, 5, 9)]! > 60);
});

Deno.test("spatter.apply() leaves the image alone where no drop survives", () => {
  const image = testImage(32, 8);
  for (let severity = 1; severity <= 5; severity++) {
    const dry = new Float64Array(1024).fill(-100);
    assertEquals(imageCorruptions.spatter.apply(image, dry, { severity }), image);
  }
});

Deno.test("opencvCanny() finds the border of a square, and goes on beyond the image", () => {
  const values = Uint8Array.from(
    { length: 100 },
    (_, i) => i % 10 < 5 ? 0 : 200,
  );
  const edges = opencvCanny({ height: 10, width: 10, values }, { low: 50, high: 150 });
  // of the two equally steep columns the left one; the first and last row take part
  assertEquals(edges, Uint8Array.from({ length: 100 }, (_, i) => i % 10 === 4 ? 255 : 0));
});

Deno.test("chamferDistance() steps by 1, 1.4 and 2.1969", () => {
  const values = new Uint8Array(49).fill(255);
  values[3 * 7 + 3] = 0;
  const distance = chamferDistance({ height: 7, width: 7, values });
  const near = (row: number, column: number, wanted: number) =>
    assertAlmostEquals(distance[row * 7 + column]!, wanted, 1e-6);
  near(3, 3, 0);
  near(3, 5, 2);
  near(2, 2, 1.4);
  near(1, 2, 2.1969);
  near(0, 0, 4.2);
  near(0, 2, 3.1969);
});

Deno.test("equalizeHistogram() maps the lowest level to 0 and the highest to 255", () => {
  assertEquals([...equalizeHistogram(Uint8Array.of(7, 7, 9, 30))], [0, 0, 128, 255]);
  assertEquals([...equalizeHistogram(Uint8Array.of(7, 7))], [7, 7]);
});

Deno.test("warpAffine() rounds positions to 1/32 of a pixel", () => {
  const ramp = Float32Array.from({ length: 32 * 32 }, (_, i) => i % 32);
  const moved = (shift: number) =>
    warpAffine(ramp, { side: 32, channels: 1, map: [1, 0, shift, 0, 1, 0] })[10]!;
  assertEquals(moved(0.01), 10);
  assertEquals(moved(0.02), 10 - 1 / 32);
  assertEquals(moved(0.5), 9.5);
});

Deno.test("affineBetween() takes the places to their targets", () => {
  const [a, b, c, d, e, f] = affineBetween([[26, 26], [26, 6], [6, 6]], [[25, 28], [27, 5], [
    4,
    7,
  ]]);
  const image = ([x, y]: [number, number]) => [a * x + b * y + c, d * x + e * y + f];
  [[26, 26, 25, 28], [26, 6, 27, 5], [6, 6, 4, 7]].forEach(([x, y, u, v]) => {
    assertAlmostEquals(image([x!, y!])[0]!, u!, 1e-12);
    assertAlmostEquals(image([x!, y!])[1]!, v!, 1e-12);
  });
});

Deno.test("elastic_transform of ImageNet keeps the 244 of its script", () => {
  const rounded = ELASTIC_TRANSFORM[224].map((row) => row.map((value) => Number(value.toFixed(9))));
  assertEquals(rounded, [
    [488, 170.8, 24.4],
    [488, 19.52, 48.8],
    [12.2, 2.44, 4.88],
    [17.08, 2.44, 4.88],
    [29.28, 2.44, 4.88],
  ]);
});

Deno.test("boxResize() takes means, and enlarges by whole pixels of the source", () => {
  const row = [0, 10, 20, 31];
  const image = Uint8Array.from({ length: 16 }, (_, i) => row[i % 4]!);
  // 25.5 is rounded up
  assertEquals([...boxResize(image, { from: 4, to: 2, channels: 1 })], [5, 26, 5, 26]);
  const wide = boxResize(Uint8Array.of(1, 2, 3, 4), { from: 2, to: 3, channels: 1 });
  assertEquals([...wide], [1, 2, 2, 3, 4, 4, 3, 4, 4]);
});

Deno.test("quantisationTable() scales as the Independent JPEG Group", () => {
  assertEquals([...quantisationTable([16, 99], 50)], [16, 99]);
  assertEquals([...quantisationTable([16, 99], 80)], [6, 40]);
  assertEquals([...quantisationTable([16, 99], 25)], [32, 198]);
  assertEquals([...quantisationTable([16, 99], 10)], [80, 255]);
  assertEquals([...quantisationTable([16, 99], 100)], [1, 1]);
});

Deno.test("jpegRoundTrip() halves the resolution of colours alone", () => {
  // neighbours of equal brightness and opposite colour become one colour, even at the best quality
  const image = Uint8Array.from(
    { length: 3072 },
    (_, i) => Math.floor(i / 3) % 2 === 0 ? [180, 100, 100][i % 3]! : [67, 158, 100][i % 3]!,
  );
  const out = jpegRoundTrip(image, { side: 32, quality: 100 });
  const middle = at(32, 16, 16);
  assert(Math.abs(out[middle]! - out[middle + 3]!) <= 3);
  assert(Math.abs(out[middle + 1]! - out[middle + 4]!) <= 3);
  // brightness keeps its resolution
  const stripes = Uint8Array.from({ length: 3072 }, (_, i) => Math.floor(i / 3) % 2 * 255);
  assertEquals(jpegRoundTrip(stripes, { side: 32, quality: 100 }), stripes);
});

Deno.test("jpegRoundTrip() refuses what no JPEG of the original could be", () => {
  assertThrows(() => jpegRoundTrip(flat(32, [1, 2, 3]), { side: 32, quality: 0 }), RangeError);
  assertThrows(() => jpegRoundTrip(flat(20, [1, 2, 3]), { side: 20, quality: 85 }), RangeError);
  assertThrows(() => jpegRoundTrip(flat(16, [1, 2, 3]), { side: 32, quality: 85 }), TypeError);
});

Deno.test("imageCorruptionLists are the main 15, all 19, and 18 without glass_blur", () => {
  const { "15": main, "18": without, "19": all } = imageCorruptionLists;
  assertEquals([main.length, without.length, all.length], [15, 18, 19]);
  assertEquals(all.filter((name) => !main.includes(name)), [
    "speckle_noise",
    "gaussian_blur",
    "spatter",
    "saturate",
  ]);
  assertEquals(all.filter((name) => !without.includes(name)), ["glass_blur"]);
});

Deno.test("apply() refuses images and severities that it does not know", () => {
  const { contrast, brightness, jpeg_compression } = imageCorruptions;
  assertThrows(
    () => contrast.apply(new Uint8Array(28 * 28), undefined, { severity: 1 }),
    TypeError,
    "784",
  );
  // values in [0, 1], and bytes that round where a Uint8Array cuts
  for (const other of [new Float32Array(3072), new Uint8ClampedArray(3072), [...flat(32, [1])]]) {
    assertThrows(
      () => jpeg_compression.apply(other as never, undefined, { severity: 1 }),
      TypeError,
      `got ${other.constructor.name}`,
    );
  }
  for (const severity of [0, 6, 1.5, NaN]) {
    assertThrows(
      () => brightness.apply(flat(32, [1, 2, 3]), undefined, { severity }),
      RangeError,
      `severity ${severity}`,
    );
  }
});

Deno.test("apply() refuses to go on without a field", () => {
  const image = flat(32, [1, 2, 3]);
  for (const { name, field, apply } of Object.values(imageCorruptions) as ImageCorruption[]) {
    const textures = Array(5).fill({ height: 40, width: 40, pixels: flat(40, [1]) });
    const drawn = field(generator(1), { side: 32, severity: 2, textures });
    if (drawn === undefined) continue;
    assertThrows(() => apply(image, undefined, { severity: 2 }), TypeError, "field()", name);
  }
  const { motion_blur, snow } = imageCorruptions;
  assertThrows(() => motion_blur.apply(image, NaN, { severity: 1 }), TypeError, "NaN");
  const windless = { flakes: new Float64Array(1024), angle: Infinity };
  assertThrows(() => snow.apply(image, windless, { severity: 1 }), TypeError, "Infinity");
});

Deno.test("frost.field() refuses textures that are too small", () => {
  const textures = Array(5).fill({ height: 40, width: 32, pixels: flat(40, [1]) });
  assertThrows(
    () => imageCorruptions.frost.field(generator(1), { side: 32, severity: 1, textures }),
    RangeError,
    "32 x 40",
  );
});

Deno.test("every corruption gives bytes for images of one colour, black and white among them", () => {
  const textures = Array(5).fill({ height: 40, width: 40, pixels: flat(40, [9, 99, 199]) });
  for (const { name, field, apply } of Object.values(imageCorruptions) as ImageCorruption[]) {
    for (let severity = 1; severity <= 5; severity++) {
      const drawn = field(generator(1, name), { side: 32, severity, textures });
      for (const colour of [[0, 0, 0], [255, 255, 255], [3, 200, 90]]) {
        const image = flat(32, colour);
        const out = apply(image, drawn, { severity });
        assert(out instanceof Uint8Array && out.length === 3072, name);
        assertEquals(image, flat(32, colour), `${name} changes its input`);
        assertEquals(apply(image, drawn, { severity }), out, `${name} keeps a state`);
      }
    }
  }
});

Deno.test("plasmaMap() without any noise is flat, and not NaN", () => {
  assertEquals(plasmaMap(new Float64Array(16), { size: 4, decay: 2 }), new Float64Array(16));
});
