import { assertThrows } from "@std/assert";
import {
  averagePool,
  batchNormInference,
  convolution,
  depthwiseConvolution,
  globalAveragePool,
  maxPool,
  pooledConvolution,
  tf,
} from "../../lib/tensorflow/mod.ts";

const filter = tf.zeros([3, 3, 4, 16]);
const ofFour = () => tf.ones([4]);

// Each of these ended the whole process, or gave something.
const KERNELS: Record<string, (x: ReturnType<typeof tf.zeros>) => unknown> = {
  convolution: (x) => convolution(x, filter, undefined),
  "convolution with bias": (x) => convolution(x, filter, tf.zeros([16])),
  "depthwise convolution": (x) => depthwiseConvolution(x, tf.zeros([3, 3, 4, 1]), undefined),
  "pooled convolution": (x) => pooledConvolution(x, filter, tf.zeros([16]), 2),
  "batch norm": (x) =>
    batchNormInference(x, ofFour(), ofFour(), {
      epsilon: 1e-5,
      statistics: { mean: ofFour(), variance: ofFour() },
    }),
  "max pooling": (x) => maxPool(x, 2),
  "average pooling": (x) => averagePool(x, 2),
  "global pooling": (x) => globalAveragePool(x),
};

for (const [name, run] of Object.entries(KERNELS)) {
  Deno.test(`${name} refuses what is no batch of maps`, () => {
    for (const shape of [[4], [8, 4], [2, 8, 4], [2, 8, 8, 4, 1]]) {
      assertThrows(() => run(tf.ones(shape)), Error, shape.join(", "));
    }
  });
}
