// Shortcuts that pick rows and columns.
import { assertEquals } from "@std/assert";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { everyNth, subsample, tf, valueAndGradients } from "../../lib/tensorflow/mod.ts";

/** The largest difference of two tensors of one shape. */
function difference(a: Tensor, b: Tensor): number {
  assertEquals(a.shape, b.shape);
  return tf.tidy(() => a.sub(b).abs().max().dataSync()[0]!);
}

/** TensorFlow's own. */
function picked(x: Tensor, stride: number): Tensor {
  return x.stridedSlice([0, 0, 0, 0], x.shape, [1, stride, stride, 1]);
}

for (const [height, width, stride] of [[6, 4, 2], [5, 7, 2], [7, 9, 3], [1, 1, 2]] as const) {
  Deno.test(`subsample() picks rows and columns of ${height}x${width} by steps of ${stride}, and its gradient puts them back`, () => {
    const x = tf.randomNormal([2, height, width, 3]);
    const sampled = picked(x, stride);
    assertEquals(difference(everyNth(x, stride), sampled), 0);
    const expected = sampled.pad([[0, 0], [0, 0], [0, 0], [1, 1]]);
    assertEquals(difference(subsample(x, stride, 1), expected), 0);

    const weights = tf.randomNormal(expected.shape);
    const { gradients } = valueAndGradients(() => subsample(x, stride, 1).mul(weights).sum(), [x]);
    const back = gradients[0]!.arraySync() as number[][][][];
    const pixels = weights.arraySync() as number[][][][];
    back.forEach((map, n) =>
      map.forEach((row, i) =>
        row.forEach((pixel, j) => {
          const isPicked = i % stride === 0 && j % stride === 0;
          const of = isPicked ? pixels[n]![i / stride]![j / stride]!.slice(1, -1) : [0, 0, 0];
          assertEquals(pixel, of);
        })
      )
    );
  });
}
