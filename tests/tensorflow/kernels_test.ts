/** Every kernel against PyTorch in float64: tests/oracles/kernels.py made the numbers. */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  type Activation,
  averagePool,
  batchNormInference,
  batchNormTraining,
  convolution,
  type ConvolutionOptions,
  inHalves,
  linear,
  maxPool,
  pooledConvolution,
  prelu,
  tf,
  valueAndGradients,
} from "../../lib/tensorflow/mod.ts";
import {
  assertClose,
  assertEqualsPyTorch,
  kernelCases,
  storedTensor,
  valueAndGradientsOf,
} from "./fixtures.ts";

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

const pooled = kernelCases<ConvolutionOptions & { size: number }>("pooled_convolution");

Deno.test("pooledConvolution() equals PyTorch's convolution, activation and pooling", () => {
  for (const each of pooled) {
    assertEqualsPyTorch(
      each,
      (x, filter, bias) => pooledConvolution(x!, filter!, bias!, each.options.size, each.options),
    );
  }
});

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

// Fewer and more multiplications than the number at which the gradients change their kernel.
for (const [count, into, out] of [[33, 40, 50], [64, 400, 500]] as const) {
  Deno.test(`linear() of [${count}, ${into}] by [${into}, ${out}] equals sums in float64`, () => {
    tf.tidy(() => {
      const [x, weight, bias] = [[count, into], [into, out], [out]].map((shape, seed) =>
        tf.randomNormal(shape, 0, 1, "float32", seed + 1)
      ) as [Tensor, Tensor, Tensor];
      const { value, gradients } = valueAndGradientsOf(
        (x, weight, bias) => linear(x!, weight!, bias!),
        [x, weight, bias],
      );
      const dy = Array.from({ length: count * out }, (_, i) => Math.fround(Math.cos(i)));
      const at = (values: ArrayLike<number>, columns: number) => (row: number, column: number) =>
        values[row * columns + column]!;
      const [xAt, weightAt, dyAt] = [
        at(x.dataSync(), into),
        at(weight.dataSync(), out),
        at(dy, out),
      ];
      const biases = bias.dataSync();
      const near = (
        tensor: Tensor,
        terms: number,
        sum: (row: number, column: number) => number,
      ) => {
        const [ours, columns] = [tensor.dataSync(), tensor.shape.at(-1)!];
        // Float32's rounding of a sum of so many terms of about 1, which grows with the square root at least.
        const tolerance = 2e-6 * Math.sqrt(terms);
        ours.forEach((value, i) =>
          assertAlmostEquals(value, sum(Math.floor(i / columns), i % columns), tolerance)
        );
      };
      const total = (terms: number, term: (k: number) => number) => {
        let sum = 0;
        for (let k = 0; k < terms; k++) sum += term(k);
        return sum;
      };
      near(value, into, (n, o) => biases[o]! + total(into, (i) => xAt(n, i) * weightAt(i, o)));
      near(gradients[0]!, out, (n, i) => total(out, (o) => dyAt(n, o) * weightAt(i, o)));
      near(gradients[1]!, count, (i, o) => total(count, (n) => xAt(n, i) * dyAt(n, o)));
      near(gradients[2]!, count, (_, o) => total(count, (n) => dyAt(n, o)));
      value.dispose();
    });
  });
}

Deno.test("prelu() equals PyTorch for positive, negative and no slope, and at 0", () => {
  for (const each of named("prelu")) assertEqualsPyTorch(each, (x, slope) => prelu(x!, slope!));
});

const pooling = kernelCases<{ size: number; stride: number; padding: number }>("pooling");

Deno.test("maxPool() equals PyTorch, also where values tie and windows do not fit", () => {
  for (const each of pooling.filter(({ name }) => name.startsWith("max"))) {
    assertEqualsPyTorch(each, (x) => maxPool(x!, each.options.size, each.options));
  }
});

Deno.test("averagePool() equals PyTorch, also where windows do not fit", () => {
  for (const each of pooling.filter(({ name }) => name.startsWith("average"))) {
    assertEqualsPyTorch(each, (x) => averagePool(x!, each.options.size, each.options));
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
      (x, gamma, beta) =>
        batchNormInference(x!, gamma!, beta!, { epsilon, statistics: { mean, variance } }),
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

for (const count of [63, 64, 101]) {
  Deno.test(`inHalves() of ${count} images is the function of all, with its gradients`, () => {
    const [x, weight] = [tf.randomNormal([count, 7]), tf.randomNormal([7, 3])];
    const parts: number[] = [];
    const f = (x: Tensor) => {
      parts.push(x.shape[0]!);
      return linear(x, weight, undefined, { activation: "relu" });
    };
    const outputs = [f(x), inHalves(x, f)];
    assertEquals(parts.slice(1), count === 63 ? [63] : [count >> 1, count - (count >> 1)]);
    assertNear(outputs[1]!, outputs[0]!);
    const weights = tf.randomNormal([count, 3]);
    const [whole, halves] = [f, (x: Tensor) => inHalves(x, f)].map((g) =>
      valueAndGradients(() => g(x).mul(weights).sum(), [x, weight]).gradients
    );
    whole!.forEach((gradient, i) => assertNear(halves![i]!, gradient));
    tf.dispose([x, weight, weights, ...outputs, ...whole!, ...halves!]);
  });
}

/** Sums of a hundred products of numbers about 1 in another order: float32's rounding of each, by far. */
function assertNear(tensor: Tensor, expected: Tensor) {
  assertEquals(tensor.shape, expected.shape);
  const values = expected.dataSync();
  tensor.dataSync().forEach((value, i) => assertAlmostEquals(value, values[i]!, 2e-5));
}
