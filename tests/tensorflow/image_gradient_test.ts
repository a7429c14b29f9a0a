/** The gradient of convolutions by images of few channels, against sums in float64. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { generator } from "../../lib/random/mod.ts";
import { gradientByImage } from "../../lib/tensorflow/image_gradient.ts";
import { convolution, tf, valueAndGradients } from "../../lib/tensorflow/mod.ts";

interface Case {
  image: [height: number, width: number, channels: number];
  filter: [height: number, width: number];
  padding?: [height: number, width: number];
}

// Blocks of 4x4, of 2x2, paddings up to the window's own, windows that are not square; then those where blocks do not fit.
const inBlocks: Case[] = [
  { image: [12, 8, 1], filter: [5, 5] },
  { image: [8, 12, 1], filter: [3, 3], padding: [1, 1] },
  { image: [4, 4, 1], filter: [3, 2], padding: [2, 1] },
  { image: [8, 4, 1], filter: [1, 4], padding: [0, 3] },
  { image: [6, 10, 2], filter: [2, 5], padding: [0, 2] },
  { image: [8, 8, 3], filter: [3, 3], padding: [1, 1] },
  { image: [8, 6, 3], filter: [5, 3] },
  { image: [6, 6, 4], filter: [3, 3], padding: [2, 2] },
  { image: [4, 4, 3], filter: [1, 1] },
];
const otherwise: Case[] = [
  { image: [10, 12, 1], filter: [3, 3] },
  { image: [7, 8, 3], filter: [3, 3], padding: [1, 1] },
  { image: [8, 8, 3], filter: [3, 3], padding: [3, 3] },
  { image: [8, 8, 5], filter: [3, 3] },
];
const [count, out] = [2, 6];

function random(seed: number, size: number): Float32Array {
  const values = new Float32Array(size);
  generator(seed, "image gradient").fillUniform(values);
  return values.map((u) => 2 * u - 1);
}

function sizesOf({ image, filter, padding = [0, 0] }: Case) {
  const [height, width, channels] = image;
  const rows = height + 2 * padding[0] - filter[0] + 1;
  const columns = width + 2 * padding[1] - filter[1] + 1;
  return { height, width, channels, rows, columns, padding };
}

/** Each product of the convolution's definition, once. */
function bySums(each: Case, filter: Float32Array, dy: Float32Array): Float64Array {
  const { height, width, channels, rows, columns, padding } = sizesOf(each);
  const [tall, wide] = each.filter;
  const sums = new Float64Array(count * height * width * channels);
  for (let n = 0; n < count; n++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (let a = 0; a < tall; a++) {
          for (let b = 0; b < wide; b++) {
            const [y, x] = [row + a - padding[0], column + b - padding[1]];
            if (y < 0 || y >= height || x < 0 || x >= width) continue;
            for (let channel = 0; channel < channels; channel++) {
              for (let o = 0; o < out; o++) {
                sums[((n * height + y) * width + x) * channels + channel]! +=
                  filter[((a * wide + b) * channels + channel) * out + o]! *
                  dy[((n * rows + row) * columns + column) * out + o]!;
              }
            }
          }
        }
      }
    }
  }
  return sums;
}

Deno.test("convolution()'s gradient by an image equals sums in float64, in blocks of pixels and otherwise", () => {
  for (const [i, each] of [...inBlocks, ...otherwise].entries()) {
    const what = JSON.stringify(each);
    const { height, width, channels, rows, columns, padding } = sizesOf(each);
    const weights = random(i, each.filter[0] * each.filter[1] * channels * out);
    const upstream = random(100 + i, count * rows * columns * out);
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const x = tf.zeros([count, height, width, channels]) as Tensor4D;
      const filter = tf.tensor4d(weights, [...each.filter, channels, out]);
      const dy = tf.tensor4d(upstream, [count, rows, columns, out]);
      const isInBlocks = gradientByImage(x.shape, { filter, padding }, dy) !== undefined;
      assertEquals(isInBlocks, inBlocks.includes(each), what);
      const { gradients } = valueAndGradients(
        () => convolution(x, filter, undefined, { padding }).mul(dy).sum(),
        [x],
      );
      assertEquals(gradients[0]!.shape, x.shape, what);
      const gradient = gradients[0]!.dataSync();
      const sums = bySums(each, weights, upstream);
      assert(sums.some((value) => value !== 0));
      sums.forEach((value, k) => assertAlmostEquals(gradient[k]!, value, 1e-5, `${what} ${k}`));
    });
    assertEquals(tf.memory().numTensors, before, what);
  }
});
