/** The transformers' kernels against PyTorch in float64: tests/oracles/transformer_kernels.py made the numbers. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  attention,
  cosineAttention,
  gelu,
  groupNorm,
  layerNorm,
  linear,
  type LinearActivation,
  mergeWindows,
  partitionWindows,
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

const cases = <Options>(start: string) =>
  kernelCases<Options>("transformers").filter(({ name }) => name.startsWith(start));

/** The same from TensorFlow.js's own ops: what a kernel is to equal, in one place. */
function composedLayerNorm(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): Tensor {
  const { mean, variance } = tf.moments(x, -1, true);
  return x.sub(mean).div(variance.add(epsilon).sqrt()).mul(gamma).add(beta);
}

function composedGroupNorm(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  { groups, epsilon }: { groups: number; epsilon: number },
): Tensor {
  const [count, height, width, channels] = x.shape as [number, number, number, number];
  const parted = x.reshape([count, height * width, groups, channels / groups]);
  const { mean, variance } = tf.moments(parted, [1, 3], true);
  return parted.sub(mean).div(variance.add(epsilon).sqrt()).reshape(x.shape).mul(gamma).add(beta);
}

function composedGelu(x: Tensor): Tensor {
  return x.mul(x.div(Math.SQRT2).erf().add(1)).div(2);
}

/** Queries, keys and values, [N, heads, T, d] each. */
function headsOf(qkv: Tensor, heads: number): [Tensor, Tensor, Tensor] {
  const [count, tokens, width] = qkv.shape as [number, number, number];
  return tf.unstack(
    qkv.reshape([count, tokens, 3, heads, width / 3 / heads]).transpose([2, 0, 3, 1, 4]),
  ) as [Tensor, Tensor, Tensor];
}

function merged(x: Tensor): Tensor {
  const [count, heads, tokens, width] = x.shape as [number, number, number, number];
  return x.transpose([0, 2, 1, 3]).reshape([count, tokens, heads * width]);
}

function composedAttention(qkv: Tensor, heads: number): Tensor {
  const [q, k, v] = headsOf(qkv, heads);
  const logits = tf.matMul(q, k, false, true).div(Math.sqrt(q.shape[3]!));
  return merged(tf.matMul(tf.softmax(logits), v));
}

function composedCosineAttention(qkv: Tensor, scale: Tensor, bias: Tensor, mask?: Tensor): Tensor {
  const [heads, tokens] = bias.shape as [number, number, number];
  const [q, k, v] = headsOf(qkv, heads);
  const unit = (x: Tensor) => x.div(tf.maximum(x.square().sum(-1, true), 1e-24).sqrt());
  const cosines = tf.matMul(unit(q), unit(k), false, true);
  let logits = cosines.mul(scale.reshape([heads, 1, 1])).add(bias);
  if (mask) {
    const windows = mask.shape[0];
    logits = logits.reshape([-1, windows, heads, tokens, tokens]).add(mask.expandDims(1))
      .reshape(cosines.shape);
  }
  return merged(tf.matMul(tf.softmax(logits), v));
}

for (const [which, f] of [["fused", layerNorm], ["composed", composedLayerNorm]] as const) {
  Deno.test(`layerNorm() ${which} equals PyTorch, also where all numbers are equal`, () => {
    for (const each of cases<{ epsilon: number }>("layer norm")) {
      assertEqualsPyTorch(each, (x, gamma, beta) => f(x!, gamma!, beta!, each.options.epsilon));
    }
  });
}

for (const [which, f] of [["fused", groupNorm], ["composed", composedGroupNorm]] as const) {
  Deno.test(`groupNorm() ${which} equals PyTorch from one group to one per channel`, () => {
    for (const each of cases<{ groups: number; epsilon: number }>("group norm")) {
      assertEqualsPyTorch(each, (x, gamma, beta) => f(x!, gamma!, beta!, each.options));
    }
  });
}

Deno.test("groupNorm() refuses groups of unequal sizes", () => {
  tf.tidy(() => {
    const [x, ones] = [tf.ones([1, 2, 2, 6]), tf.ones([6])];
    const wrong = () => groupNorm(x, ones, ones, { groups: 4, epsilon: 1e-5 });
    assertThrows(wrong, RangeError, "Cannot part 6 channels into 4 groups");
  });
});

for (const [which, f] of [["fused", gelu], ["composed", composedGelu]] as const) {
  Deno.test(`gelu() ${which} equals PyTorch from far below to far above 0, and at 0`, () => {
    for (const each of cases("gelu")) assertEqualsPyTorch(each, (x) => f(x!));
  });
}

Deno.test("linear() equals PyTorch with every activation, with and without bias", () => {
  const chosen = cases<{ activation: LinearActivation }>("linear");
  assertEquals(chosen.length, 6);
  for (const each of chosen) {
    const f = (x?: Tensor, weight?: Tensor, bias?: Tensor) =>
      linear(x!, tf.transpose(weight!), bias, each.options);
    assertEqualsPyTorch(each, f);
    // Where no gradient is taken another kernel may give the value.
    tf.tidy(() => {
      const inputs = [...each.inputs.values()].map(({ data, shape }) =>
        tf.tensor(data as Float32Array, shape)
      );
      assertClose(`${each.name}: value alone`, f(...inputs), each.expected("value"));
    });
  }
});

for (const [which, f] of [["fused", attention], ["composed", composedAttention]] as const) {
  Deno.test(`attention() ${which} equals PyTorch's scaled_dot_product_attention`, () => {
    for (const each of cases<{ heads: number }>("attention")) {
      assertEqualsPyTorch(each, (qkv) => f(qkv!, each.options.heads));
    }
  });
}

for (
  const [which, f] of [["fused", cosineAttention], ["composed", composedCosineAttention]] as const
) {
  Deno.test(`cosineAttention() ${which} equals PyTorch, with and without a mask`, () => {
    const { data, shape } = storedTensor("transformers", "mask");
    const mask = tf.tensor(data as Float32Array, shape);
    const run =
      ({ options: { masked } }: { options: { masked: boolean } }) =>
      (qkv?: Tensor, scale?: Tensor, bias?: Tensor) =>
        f(qkv!, scale!, bias!, masked ? mask : undefined);
    const [plain, masked, zeros] = cases<{ masked: boolean }>("cosine attention");
    assertEqualsPyTorch(plain!, run(plain!));
    assertEqualsPyTorch(masked!, run(masked!));
    // A query of zeros: it is divided by 1e-12, and so is the gradient by it, beside which no other number counts.
    tf.tidy(() => {
      const inputs = [...zeros!.inputs.values()].map(({ data, shape }) =>
        tf.tensor(data as Float32Array, shape)
      );
      const { value, gradients } = valueAndGradientsOf(run(zeros!), inputs);
      const wanted = zeros!.expected("gradient.qkv");
      const [ours, theirs] = [gradients[0]!.dataSync(), wanted.data as Float32Array];
      const hidden = theirs.map((x, i) => Math.abs(x) > 1e6 ? ours[i]! / x : 1);
      assert(hidden.every((ratio) => Math.abs(ratio - 1) < 1e-3), `${hidden}`);
      const shown = (values: Float32Array) =>
        values.map((x, i) => Math.abs(theirs[i]!) > 1e6 ? 0 : x);
      const masked = { ...wanted, data: shown(theirs) };
      assertClose("value", value, zeros!.expected("value"));
      const visible = tf.tensor(shown(ours as Float32Array), wanted.shape);
      assertClose("gradient by qkv", visible, masked);
      assertClose("gradient by scale", gradients[1]!, zeros!.expected("gradient.scale"));
      assertClose("gradient by bias", gradients[2]!, zeros!.expected("gradient.bias"));
      value.dispose();
    });
    mask.dispose();
  });
}

const cuts = cases<
  { size: number; shift: [number, number]; shape: [number, number, number, number] }
>("windows");

Deno.test("partitionWindows() equals PyTorch's padding, roll and view", () => {
  assertEquals(cuts.length, 18);
  for (const each of cuts) assertEqualsPyTorch(each, (x) => partitionWindows(x!, each.options));
});

Deno.test("mergeWindows() undoes partitionWindows(), and so do their gradients", () => {
  for (const { options, inputs } of cuts) {
    tf.tidy(() => {
      const { data, shape } = inputs.get("x")!;
      const x = tf.tensor(data as Float32Array, shape);
      const { value, gradients } = valueAndGradients(() => {
        const there = partitionWindows(x, options);
        return mergeWindows(there, options.shape, options).square().sum();
      }, [x]);
      const wanted = x.square().sum().dataSync()[0]!;
      assert(Math.abs(value.dataSync()[0]! - wanted) < 1e-5 * wanted);
      assertEquals([...gradients[0]!.dataSync()], [...x.mul(2).dataSync()]);
    });
  }
});
