/** Depthwise and grouped convolution, hardswish and hardsigmoid against PyTorch: tests/oracles/depthwise.py; and dropout. */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import {
  type ConvolutionOptions,
  depthwiseConvolution,
  dropout,
  groupedConvolution,
  hardsigmoid,
  hardswish,
  tf,
} from "../../lib/tensorflow/mod.ts";
import { assertClose, assertEqualsPyTorch, kernelCases, valueAndGradientsOf } from "./fixtures.ts";

const depthwise = kernelCases<ConvolutionOptions>("depthwise");

for (const size of ["5x6", "6x6", "4x2", "2x2", "1x1", "1x3"]) {
  const chosen = depthwise.filter(({ name }) => name.includes(` on ${size},`));
  Deno.test(`depthwiseConvolution() on ${size} equals PyTorch in every window and activation`, () => {
    assert(chosen.length >= 8);
    for (const each of chosen) {
      assertEqualsPyTorch(
        each,
        (x, filter, bias) => depthwiseConvolution(x!, filter!, bias, each.options),
      );
    }
  });
}

Deno.test("depthwiseConvolution() equals the composed tf.depthwiseConv2d", () => {
  for (const stride of [1, 2]) {
    tf.tidy(() => {
      const x = tf.randomNormal([3, 6, 6, 4], 0, 1, "float32", 1);
      const filter = tf.randomNormal([3, 3, 4, 1], 0, 1, "float32", 2);
      const composed = (x: Tensor, filter: Tensor) =>
        tf.depthwiseConv2d(
          tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]) as Tensor4D,
          filter as Tensor4D,
          stride,
          "valid",
        );
      const ours = valueAndGradientsOf(
        (x, filter) => depthwiseConvolution(x!, filter!, undefined, { stride, padding: 1 }),
        [x, filter],
      );
      const theirs = valueAndGradientsOf((x, filter) => composed(x!, filter!), [x, filter]);
      const pairs = [[ours.value, theirs.value]] as Tensor[][];
      ours.gradients.forEach((gradient, i) => pairs.push([gradient, theirs.gradients[i]!]));
      for (const [a, b] of pairs) {
        assert(a!.sub(b!).abs().max().dataSync()[0]! < 2e-5);
      }
      tf.dispose([ours.value, theirs.value]);
    });
  }
});

Deno.test("depthwiseConvolution() sees zeros alone where its window is a pixel, or its steps pass the map by", () => {
  tf.tidy(() => {
    for (
      const [height, width, k, stride, padding] of [
        [1, 1, 1, 1, [1, 1, 1, 1]],
        [1, 1, 1, 2, [2, 0, 1, 0]],
        [1, 1, 1, 3, [1, 1, 1, 1]],
        [1, 7, 3, 3, [3, 3, 1, 1]],
        [3, 2, 1, 3, [2, 0, 1, 0]],
        [2, 5, 2, 3, [2, 0, 1, 0]],
      ] as const
    ) {
      const x = tf.randomNormal([2, height, width, 3], 0, 1, "float32", 1);
      const filter = tf.randomNormal([k, k, 3, 1], 0, 1, "float32", 2);
      const [top, bottom, left, right] = padding;
      const composed = (x: Tensor, filter: Tensor) => {
        const sides: [number, number][] = [[0, 0], [top, bottom], [left, right], [0, 0]];
        return tf.depthwiseConv2d(
          tf.pad(x, sides) as Tensor4D,
          filter as Tensor4D,
          stride,
          "valid",
        );
      };
      const ours = valueAndGradientsOf(
        (x, filter) => depthwiseConvolution(x!, filter!, undefined, { stride, padding }),
        [x, filter],
      );
      const theirs = valueAndGradientsOf((x, filter) => composed(x!, filter!), [x, filter]);
      const name = `${height}x${width}, ${k}x${k}, stride ${stride}, padding ${padding}`;
      for (
        const [a, b] of [
          [ours.value, theirs.value],
          ...ours.gradients.map((g, i) => [g, theirs.gradients[i]!] as const),
        ]
      ) {
        assertEquals(a!.shape, b!.shape, name);
        assert(a!.sub(b!).abs().max().dataSync()[0]! < 1e-5, name);
      }
      tf.dispose([ours.value, theirs.value]);
    }
  });
});

Deno.test("depthwiseConvolution() refuses a window larger than the padded map", () => {
  tf.tidy(() => {
    assertThrows(
      () => depthwiseConvolution(tf.ones([1, 2, 2, 3]), tf.ones([5, 5, 3, 1]), undefined),
      RangeError,
      "A window of 5 is larger than a map of 2",
    );
  });
});

Deno.test("groupedConvolution() equals PyTorch", () => {
  for (const each of kernelCases<ConvolutionOptions>("grouped")) {
    assertEqualsPyTorch(
      each,
      (x, filter, bias) => groupedConvolution(x!, filter!, bias, each.options),
    );
  }
});

Deno.test("groupedConvolution() refuses filters that fit no groups", () => {
  tf.tidy(() => {
    for (const shape of [[1, 1, 4, 8], [1, 1, 2, 8]]) {
      assertThrows(
        () => groupedConvolution(tf.ones([1, 2, 2, 6]), tf.ones(shape), undefined),
        RangeError,
        "cannot be for groups of 6 channels",
      );
    }
  });
});

for (const each of kernelCases("hard_activations")) {
  Deno.test(`${each.name} equals PyTorch`, () => {
    const activation = each.name.startsWith("hardswish") ? hardswish : hardsigmoid;
    assertEqualsPyTorch(each, (x) => activation(x!));
  });
}

Deno.test("hardswish() and hardsigmoid() equal their formulas as composed ops", () => {
  tf.tidy(() => {
    const x = tf.linspace(-8, 8, 4096).reshape([64, 64]);
    const gate = x.add(3).clipByValue(0, 6).div(6);
    for (const [ours, composed] of [[hardswish(x), x.mul(gate)], [hardsigmoid(x), gate]]) {
      const { data, shape } = {
        data: composed!.dataSync() as Float32Array,
        shape: composed!.shape,
      };
      assertClose("formula", ours!, { dtype: "F32", data, shape });
    }
  });
});

Deno.test("dropout() drops the given part, scales the rest, and masks value and gradient alike", () => {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const x = tf.ones([400, 250]);
    const { value, gradients: [gradient] } = valueAndGradientsOf(
      (x) => dropout(x!, { probability: 0.2, seed: tf.scalar(7, "int32"), stream: 0 }),
      [x],
    );
    const values = value.dataSync();
    const scaled = Math.fround(1 / (1 - 0.2));
    assertEquals(new Set(values), new Set([0, scaled]));
    // The standard deviation of a mean of 100,000 is 0.0013.
    assertAlmostEquals(values.filter((v) => v === 0).length / values.length, 0.2, 0.006);
    gradient!.dataSync().forEach((g, i) => {
      const wanted = values[i] === 0 ? 0 : Math.fround(scaled * Math.fround(Math.cos(i)));
      if (Math.abs(g - wanted) > 1e-6) assertEquals(g, wanted);
    });
    value.dispose();
  });
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("dropout() depends on seed and stream alone, and can drop whole channels", () => {
  tf.tidy(() => {
    const x = tf.ones([8, 3, 3, 16]);
    const drop = (seed: number, stream: number, maskShape?: number[]) =>
      dropout(x, {
        probability: 0.5,
        seed: tf.scalar(seed, "int32"),
        stream,
        ...(maskShape && { maskShape }),
      }).arraySync();
    assertEquals(drop(1, 0), drop(1, 0));
    const masks = [drop(1, 0), drop(2, 0), drop(1, 1), drop(2, 1), drop(0, 1), drop(0, 2)];
    assertEquals(new Set(masks.map((mask) => JSON.stringify(mask))).size, masks.length);
    const maps = drop(1, 0, [8, 1, 1, 16]) as number[][][][];
    for (const [first, ...rest] of maps.map((map) => map.flat())) {
      for (const pixel of rest) assertEquals(pixel, first);
      assert(first!.includes(0) && first!.includes(2));
    }
  });
});
