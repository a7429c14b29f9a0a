import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { Fourier2d } from "../../lib/datasets/fourier.ts";
import { gaussianBlur } from "../../lib/datasets/gaussian_blur.ts";
import {
  blobs,
  type FloatImageSet,
  type ImageSet,
  type ImageShape,
  loadTestSet,
  memoryImages,
  permutedPixels,
  randomPhases,
  uniformNoise,
} from "../../lib/datasets/mod.ts";
import { addPhases, turnPhases } from "../../lib/datasets/synthetic.ts";
import { field, fixture } from "./fixture.ts";

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Images whose pixels are pairwise different, so that a permutation can be told. */
function source(count: number, shape: ImageShape): ImageSet {
  const size = shape[0] * shape[1] * shape[2];
  const pixels = Uint8Array.from({ length: count * size }, (_, i) => i * 37 % 251);
  return memoryImages({ name: "source", shape, pixels, labels: new Int32Array(count) });
}

for (const { shape, sigma, mixChannels, blurred } of fixture.blurs) {
  const how = mixChannels ? "" : ", channels apart";
  Deno.test(`gaussianBlur() equals SciPy's: [${shape}], sigma ${sigma}${how}`, () => {
    const white = field(shape[0] * shape[1] * shape[2], 0.5).map((value) => value < 0.7 ? 1 : 0);
    gaussianBlur(white, shape, { sigma, mixChannels })
      .forEach((value, i) => assertAlmostEquals(value, blurred[i]!, 1e-12));
  });
}

for (const { shape: [height, width], scrambled } of fixture.phases) {
  Deno.test(`addPhases() equals NumPy's phase randomisation: ${height} x ${width}`, () => {
    const plane = field(height * width, 0.25), noise = field(height * width, 0.75);
    addPhases(new Fourier2d(height, width), plane, noise)
      .forEach((value, i) => assertAlmostEquals(value, scrambled[i]!, 1e-10));
  });
}

Deno.test("addPhases() keeps the amplitudes, the mean and the variance", () => {
  const fourier = new Fourier2d(28, 28);
  const plane = field(784, 0.3);
  const zeros = plane.map(() => 0);
  const out = addPhases(fourier, plane, field(784, 0.9));
  const amplitudes = (values: Float64Array) => {
    const { re, im } = fourier.forward({ re: values, im: zeros });
    return re.map((value, k) => Math.hypot(value, im[k]!));
  };
  const wanted = amplitudes(plane);
  amplitudes(out).forEach((value, k) => assertAlmostEquals(value, wanted[k]!, 1e-9));
  const moment = (values: Float64Array, power: number) =>
    values.reduce((sum, value) => sum + value ** power, 0) / values.length;
  assertAlmostEquals(moment(out, 1), moment(plane, 1), 1e-12);
  assertAlmostEquals(moment(out, 2), moment(plane, 2), 1e-12);
  assert(out.some((value, i) => Math.abs(value - plane[i]!) > 0.1));
});

Deno.test("addPhases() leaves an image alone whose noise has no phase", () => {
  const plane = field(784, 0.3);
  const impulse = plane.map((_, i) => i === 0 ? 1 : 0);
  const same = addPhases(new Fourier2d(28, 28), plane, impulse);
  same.forEach((value, i) => assertAlmostEquals(value, plane[i]!, 1e-12));
});

Deno.test("turnPhases() by nothing is the image, by half a turn its negative, by any of each half of the contrast", () => {
  const fourier = new Fourier2d(28, 28);
  const plane = field(784, 0.3);
  for (const [turn, sign] of [[0, 1], [0.5, -1]] as const) {
    turnPhases(fourier, plane, plane.map(() => turn))
      .forEach((value, i) => assertAlmostEquals(value, sign * plane[i]!, 1e-12));
  }
  const power = (values: Float64Array) => values.reduce((sum, value) => sum + value ** 2, 0);
  // Of a real part, each pair of frequencies k and -k keeps (1 + cos) / 2 of its power, by the turns of both: half on average.
  const shares = upTo(40).map((n) =>
    power(turnPhases(fourier, plane, field(784, 0.1 + n / 50))) / power(plane)
  );
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const deviation = Math.sqrt(
    shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / (shares.length - 1),
  );
  assertAlmostEquals(mean, 0.5, 4.5 * deviation / Math.sqrt(shares.length));
  assert(deviation < 0.45);
});

/** Share of values above 0, and mean value, with SciPy: printed by tests/oracles/synthetic_images.py. */
const BLOB_STATISTICS: [ImageShape, number, number, number, number][] = [
  // shape, images, share above 0, its standard deviation from image to image, mean
  [[28, 28, 1], 2000, 0.3127, 0.0666, 0.2526],
  [[32, 32, 3], 300, 0.2099, 0.0439, 0.1645],
  [[64, 64, 3], 60, 0.1285, 0.0241, 0.0992],
];

for (const [shape, count, share, deviation, mean] of BLOB_STATISTICS) {
  Deno.test(`blobs() have the statistics of Outlier Exposure's: [${shape}]`, async () => {
    const values = await blobs(shape, { count, seed: 3 }).read(upTo(count));
    assert(values.every((value) => value === 0 || (value >= 0.75 && value <= 1)));
    const above = values.filter((value) => value > 0).length / values.length;
    const tolerance = 4.5 * deviation / Math.sqrt(count) + 1e-3;
    assertAlmostEquals(above, share, tolerance);
    assertAlmostEquals(
      values.reduce((sum, value) => sum + value, 0) / values.length,
      mean,
      tolerance,
    );
  });
}

Deno.test("blobs() blur more with a larger sigma, less without the mixing of channels", async () => {
  const share = async (set: FloatImageSet) => {
    const values = await set.read(upTo(100));
    return values.filter((value) => value > 0).length / values.length;
  };
  const options = { count: 100, seed: 1 };
  const byDefault = await share(blobs([32, 32, 3], options));
  assert(await share(blobs([32, 32, 3], { ...options, sigma: 3 })) < byDefault);
  assert(await share(blobs([32, 32, 3], { ...options, mixChannels: false })) > byDefault);
});

Deno.test("uniformNoise() is uniform in [0, 1) and continuous", async () => {
  const values = await uniformNoise([28, 28, 1], { count: 100, seed: 3 }).read(upTo(100));
  assert(values.every((value) => value >= 0 && value < 1));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  assertAlmostEquals(mean, 0.5, 4.5 / Math.sqrt(12 * values.length));
  assert(new Set(values).size > 0.99 * values.length);
});

Deno.test("uniformNoise() of bytes has their 256 values alone, all as often, each that of the continuous one", async () => {
  const options = { count: 100, seed: 3 };
  const read = async (values: "bytes" | "continuous") =>
    await uniformNoise([28, 28, 1], { ...options, values }).read(upTo(100));
  const [bytes, continuous] = [await read("bytes"), await read("continuous")];
  const counts = new Map<number, number>();
  bytes.forEach((value, i) => {
    const byte = Math.round(value * 255);
    assertEquals(value, Math.fround(byte / 255));
    assertEquals(byte, Math.floor(continuous[i]! * 256));
    counts.set(byte, (counts.get(byte) ?? 0) + 1);
  });
  assertEquals(counts.size, 256);
  const expected = bytes.length / 256;
  for (const count of counts.values()) {
    assertAlmostEquals(count, expected, 5 * Math.sqrt(expected));
  }
});

Deno.test("permutedPixels() keeps the pixels of each image and the channels of each pixel together", async () => {
  const images = source(6, [4, 5, 3]);
  const permuted = await permutedPixels(images, { count: 6, seed: 2 }).read(upTo(6));
  const original = await images.read(upTo(6));
  const triples = (bytes: Uint8Array, image: number) =>
    upTo(20).map((p) => String(bytes.subarray(image * 60 + p * 3, image * 60 + p * 3 + 3)));
  for (const image of upTo(6)) {
    assertNotEquals(triples(permuted, image), triples(original, image));
    assertEquals(triples(permuted, image).sort(), triples(original, image).sort());
  }
});

Deno.test("permutedPixels() draws an order per image, or one for all when it is shared", async () => {
  // every image is the same, so that equal orders give equal images
  const size = 30;
  const pixels = Uint8Array.from({ length: 4 * size }, (_, i) => i % size);
  const same = memoryImages({ name: "same", shape: [5, 6, 1], pixels });
  const distinct = async (permutation: "per_image" | "shared") => {
    const set = permutedPixels(same, { count: 4, seed: 1, permutation });
    const images = await Promise.all(upTo(4).map((i) => set.read([i])));
    return new Set(images.map(String)).size;
  };
  assertEquals(await distinct("per_image"), 4);
  assertEquals(await distinct("shared"), 1);
});

Deno.test("randomPhases() keep an MNIST image's mean but for the clipping, in [0, 1]", async () => {
  const test = await loadTestSet("mnist");
  const set = randomPhases(test, { count: 20, seed: 1 });
  const [before, after] = [await test.read(upTo(20)), await set.read(upTo(20))];
  assert(after.every((value) => value >= 0 && value <= 1));
  for (const image of upTo(20)) {
    const mean = (values: ArrayLike<number>) =>
      Array.from(values).slice(image * 784, (image + 1) * 784).reduce((sum, v) => sum + v, 0) / 784;
    // clipping takes more below 0 than above 1 of mostly black images
    assert(mean(after) > mean(before) / 255);
  }
});

Deno.test("randomPhases() turn all channels by one field, or each by its own", async () => {
  const grey = await source(1, [8, 8, 1]).read([0]);
  const pixels = Uint8Array.from({ length: 192 }, (_, i) => 96 + grey[Math.floor(i / 3)]! / 8);
  const images = memoryImages({ name: "grey", shape: [8, 8, 3], pixels });
  const spread = async (field: "per_image" | "per_channel") => {
    const values = await randomPhases(images, { count: 1, seed: 1, field }).read([0]);
    return Math.max(...upTo(64).map((p) => Math.abs(values[3 * p]! - values[3 * p + 1]!)));
  };
  assertEquals(await spread("per_image"), 0);
  assert(await spread("per_channel") > 0.01);
});

Deno.test("synthetic images depend on the seed and their index alone, not on what is read with them", async () => {
  const images = source(5, [6, 6, 1]);
  const makers: ((seed: number) => ImageSet | FloatImageSet)[] = [
    (seed) => blobs([6, 6, 1], { count: 5, seed }),
    (seed) => uniformNoise([6, 6, 1], { count: 5, seed }),
    (seed) => permutedPixels(images, { count: 5, seed }),
    (seed) => randomPhases(images, { count: 5, seed }),
  ];
  for (const make of makers) {
    const set = make(1);
    const all = await set.read(upTo(5));
    assertEquals(await set.read([3, 1]), joined(all, [3, 1]));
    assertEquals(await make(1).read([4]), joined(all, [4]));
    assertNotEquals(await make(2).read(upTo(5)), all);
    assertNotEquals(joined(all, [0]), joined(all, [1]));
    assertEquals(set.labels, new Int32Array(5).fill(-1));
    await assertRejects(async () => await set.read([5]), RangeError, "image 5");
  }
});

function joined<A extends Uint8Array | Float32Array>(all: A, indices: number[]): A {
  const parts = indices.flatMap((i) => [...all.subarray(i * 36, (i + 1) * 36)]);
  return (all instanceof Uint8Array ? Uint8Array.from(parts) : Float32Array.from(parts)) as A;
}

Deno.test("permutedPixels() and randomPhases() reject more images than there are", () => {
  for (const make of [permutedPixels, randomPhases]) {
    for (const count of [0, 4, 1.5]) {
      assertThrows(() => make(source(3, [2, 2, 1]), { count, seed: 1 }), RangeError, "1 .. 3");
    }
  }
});
