/** Every kernel against PyTorch in float64: tests/oracles/kernels.py made the numbers. */
import { assertEquals } from "@std/assert";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  type Activation,
  averagePool,
  batchNormInference,
  batchNormTraining,
  convolution,
  type ConvolutionOptions,
  linear,
  maxPool,
  prelu,
  tf,
  valueAndGradients,
} from "../../lib/tensorflow/mod.ts";
import { assertClose, assertEqualsPyTorch, kernelCases, storedTensor } from "./fixtures.ts";

const convolutions = kernelCases<ConvolutionOptions>("convolution");
for (const size of ["odd", "even"]) {
  for (const kernel of [1, 3, 5]) {
    const chosen = convolutions.filter(({ name }) =>
      name.startsWith(`${kernel}x${kernel} on ${size}`)
    );
    Deno.test(`convolution() ${kernel}x${kernel} on ${size} sizes equals PyTorch in every window and activation`, () => {
      assertEquals(chosen.length >= 8, true);
      for (const each of chosen) {
        assertEqualsPyTorch(
          each,
          (x, filter, bias) => convolution(x!, filter!, bias, each.options),
        );
      }
    });
  }
}

const simple = kernelCases<{ activation: Activation }>("simple");
const named = (kernel: string) => simple.filter(({ name }) => name.startsWith(kernel));

Deno.test("linear() equals PyTorch with and without ReLU", () => {
  for (const each of named("linear")) {
    assertEqualsPyTorch(
      each,
      (x, weight, bias) => linear(x!, tf.transpose(weight!), bias!, each.options),
    );
  }
});

Deno.test("prelu() equals PyTorch for positive, negative and no slope, and at 0", () => {
  for (const each of named("prelu")) assertEqualsPyTorch(each, (x, slope) => prelu(x!, slope!));
});

const pooling = kernelCases<{ size: number; stride: number }>("pooling");

Deno.test("maxPool() equals PyTorch, also where values tie and windows do not fit", () => {
  for (const each of pooling.filter(({ name }) => name.startsWith("max"))) {
    assertEqualsPyTorch(each, (x) => maxPool(x!, each.options.size, each.options.stride));
  }
});

Deno.test("averagePool() equals PyTorch, also where windows do not fit", () => {
  for (const each of pooling.filter(({ name }) => name.startsWith("average"))) {
    assertEqualsPyTorch(each, (x) => averagePool(x!, each.options.size, each.options.stride));
  }
});

Deno.test("maxPool() and averagePool() step by their own size unless told otherwise", () => {
  tf.tidy(() => {
    const x = tf.range(0, 36).reshape([1, 6, 6, 1]);
    assertEquals([...maxPool(x, 3).dataSync()], [14, 17, 32, 35]);
    assertEquals([...averagePool(x, 3).dataSync()], [7, 10, 25, 28]);
  });
});

const norms = kernelCases<
  { training: boolean; momentum: number; epsilon: number; channels: number }
>("batch_norm");

/** The running statistics that the oracle started from. */
function statisticsOf(channels: number) {
  return ["mean", "variance"].map((name) => {
    const { data, shape } = storedTensor("batch_norm", `${name}.${channels}`);
    return tf.tensor(data as Float32Array, shape, "float32");
  }) as [Tensor, Tensor];
}

Deno.test("batchNormTraining() equals PyTorch, running statistics included", () => {
  for (const each of norms.filter(({ options }) => options.training)) {
    const { momentum, epsilon, channels } = each.options;
    const [mean, variance] = statisticsOf(channels);
    let moved = 0;
    assertEqualsPyTorch(each, (x, gamma, beta) =>
      batchNormTraining(x!, gamma!, beta!, {
        epsilon,
        momentum,
        running: { mean, variance },
        moved: (statistics) => {
          moved++;
          assertClose(`${each.name}: mean`, statistics.mean, each.expected("moved mean"));
          assertClose(`${each.name}: var`, statistics.variance, each.expected("moved variance"));
        },
      }));
    assertEquals(moved, 1);
    tf.dispose([mean, variance]);
  }
});

Deno.test("batchNormInference() equals PyTorch", () => {
  for (const each of norms.filter(({ options }) => !options.training)) {
    const { epsilon, channels } = each.options;
    const [mean, variance] = statisticsOf(channels);
    assertEqualsPyTorch(
      each,
      (x, gamma, beta) => batchNormInference(x!, gamma!, beta!, epsilon, { mean, variance }),
    );
    tf.dispose([mean, variance]);
  }
});

Deno.test("valueAndGradients() asks a kernel for the gradients by the given tensors only", () => {
  tf.tidy(() => {
    const [x, weight, bias] = [tf.ones([2, 3]), tf.ones([3, 4]), tf.zeros([4])];
    const { value, gradients } = valueAndGradients(
      () => linear(x, weight, bias).sum(),
      [bias],
    );
    assertEquals(value.dataSync()[0], 24);
    assertEquals(gradients.map((gradient) => [...gradient.dataSync()]), [[2, 2, 2, 2]]);
  });
});
