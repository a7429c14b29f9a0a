// What is random: means, variances and histograms of the fields, for what no library can reproduce.
import { assert, assertEquals } from "@std/assert";
import { imageCorruptions, normalNoise } from "../../lib/corruptions/mod.ts";
import { generator } from "../../lib/random/mod.ts";

/** Asserts that a sum of `count` independent terms is within 5 standard errors of what it should be. */
function near(found: number, wanted: number, deviation: number, count: number): void {
  const error = 5 * deviation / Math.sqrt(count);
  assert(Math.abs(found - wanted) < error, `found ${found}, wanted ${wanted} to ${error}`);
}

const mean = (values: ArrayLike<number>) =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

Deno.test("normalNoise() has the moments and the histogram of the normal distribution", () => {
  const count = 400_000;
  const noise = normalNoise(generator(3, "normal"), count);
  near(mean(noise), 0, 1, count);
  near(mean(noise.map((z) => z ** 2)), 1, Math.sqrt(2), count);
  near(mean(noise.map((z) => z ** 3)), 0, Math.sqrt(15), count);
  near(mean(noise.map((z) => z ** 4)), 3, Math.sqrt(96), count);
  // P(z < edge) by tables; the last three lie in the wedges and the tail of the ziggurat
  const below: [edge: number, probability: number][] = [
    [-3.5, 0.000232629079],
    [-2, 0.022750131948],
    [-1, 0.158655253931],
    [-0.25, 0.401293674317],
    [0, 0.5],
    [0.5, 0.691462461274],
    [1.5, 0.933192798731],
    [3.442619855899, 0.999711943],
    [3.8, 0.999927652],
  ];
  for (const [edge, p] of below) {
    const share = noise.reduce((n, z) => z < edge ? n + 1 : n, 0) / count;
    near(share, p, Math.sqrt(p * (1 - p)), count);
  }
  // neighbours are independent
  near(mean(noise.subarray(1).map((z, i) => z * noise[i]!)), 0, 1, count);
});

Deno.test("shot_noise has the mean and variance of Poisson counts", () => {
  const image = new Uint8Array(3072).fill(128);
  const counts: number[] = [];
  for (let i = 0; i < 20; i++) {
    const field = imageCorruptions.shot_noise.field(generator(1, i), { side: 32, severity: 5 });
    for (const byte of imageCorruptions.shot_noise.apply(image, field, { severity: 5 })) {
      // the count behind a byte that was cut from 255 count / 50
      counts.push(Math.ceil(byte * 50 / 255));
    }
  }
  const expected = 128 / 255 * 50;
  near(mean(counts), expected, Math.sqrt(expected), counts.length);
  const variance = mean(counts.map((count) => (count - expected) ** 2));
  near(variance, expected, expected * Math.sqrt(2 + 1 / expected), counts.length);
});

Deno.test("impulse_noise hits its share of the values, half of them white", () => {
  const image = new Uint8Array(224 * 224 * 3).fill(100);
  const field = imageCorruptions.impulse_noise.field(generator(2), { side: 224, severity: 5 });
  const out = imageCorruptions.impulse_noise.apply(image, field, { severity: 5 });
  const share = (byte: number) => mean(out.map((value) => value === byte ? 1 : 0));
  near(share(255), 0.135, Math.sqrt(0.135 * 0.865), out.length);
  near(share(0), 0.135, Math.sqrt(0.135 * 0.865), out.length);
  near(share(100), 0.73, Math.sqrt(0.73 * 0.27), out.length);
});

Deno.test("glass_blur draws each way equally often", () => {
  const field = imageCorruptions.glass_blur.field(generator(4), { side: 224, severity: 4 });
  assertEquals(field.length, 2 * 2 * 218 * 218);
  for (let way = -3; way < 3; way++) {
    const share = mean(field.map((value) => value === way ? 1 : 0));
    near(share, 1 / 6, Math.sqrt(5 / 36), field.length);
  }
});

Deno.test("motion_blur, snow, fog and elastic_transform draw from their ranges", () => {
  const draws = Array.from({ length: 2000 }, (_, i) => i);
  const angles = draws.map((i) =>
    imageCorruptions.motion_blur.field(generator(5, i), { side: 32, severity: 1 })
  );
  assert(angles.every((angle) => angle >= -45 && angle < 45));
  near(mean(angles), 0, 90 / Math.sqrt(12), angles.length);
  const winds = draws.map((i) =>
    imageCorruptions.snow.field(generator(6, i), { side: 32, severity: 1 }).angle
  );
  assert(winds.every((angle) => angle >= -135 && angle < -45));
  near(mean(winds), -90, 90 / Math.sqrt(12), winds.length);
  const uniform = (values: Float64Array) => {
    assert(values.every((value) => value >= -1 && value < 1));
    near(mean(values), 0, 1 / Math.sqrt(3), values.length);
    near(mean(values.map((value) => value ** 2)), 1 / 3, Math.sqrt(4 / 45), values.length);
  };
  uniform(imageCorruptions.fog.field(generator(7), { side: 224, severity: 1 }));
  const { right, down } = imageCorruptions.elastic_transform.field(generator(8), {
    side: 224,
    severity: 1,
  });
  uniform(right);
  uniform(down);
});
