/** Resizing, swish and zeros on single sides against PyTorch: tests/oracles/segmentation_kernels.py. */
import { assert, assertEquals } from "@std/assert";
import type { Tensor4D } from "@tensorflow/tfjs-node-gpu";
import {
  convolution,
  type ConvolutionOptions,
  depthwiseConvolution,
  groupedConvolution,
  resizeBilinear,
  sigmoid,
  swish,
  tf,
  upsampleNearest,
  valueAndGradients,
} from "../../lib/tensorflow/mod.ts";
import { assertEqualsPyTorch, kernelCases } from "./fixtures.ts";

interface Resizing {
  size?: [number, number];
  factor?: number;
}

for (const kind of ["bilinear", "nearest"]) {
  Deno.test(`resizing, ${kind}, equals PyTorch to larger, smaller and single-pixel maps`, () => {
    const cases = kernelCases<Resizing>("resizing").filter(({ name }) => name.startsWith(kind));
    assert(cases.length >= 9);
    for (const each of cases) {
      const { size, factor } = each.options;
      assertEqualsPyTorch(
        each,
        (x) => size ? resizeBilinear(x!, size) : upsampleNearest(x!, factor!),
      );
    }
  });
}

Deno.test("resizeBilinear() keeps the corners", () => {
  tf.tidy(() => {
    const x = tf.randomNormal([1, 3, 4, 2], 0, 1, "float32", 1) as Tensor4D;
    const y = resizeBilinear(x, [12, 16]);
    for (const [row, column] of [[0, 0], [0, 1], [1, 0], [1, 1]] as const) {
      const corner = (map: Tensor4D) =>
        map.slice([0, row * (map.shape[1] - 1), column * (map.shape[2] - 1), 0], [1, 1, 1, 2])
          .arraySync();
      assertEquals(corner(y), corner(x));
    }
  });
});

for (const each of kernelCases("swish")) {
  Deno.test(`${each.name} equals PyTorch`, () => {
    const activation = each.name.startsWith("swish") ? swish : sigmoid;
    assertEqualsPyTorch(each, (x) => activation(x!));
  });
}

for (const kind of ["plain", "grouped", "depthwise"]) {
  Deno.test(`${kind} convolutions with other zeros on each side equal PyTorch`, () => {
    const cases = kernelCases<ConvolutionOptions>("one_sided")
      .filter(({ name }) => name.startsWith(kind));
    assert(cases.length >= 10);
    for (const each of cases) {
      const convolve = kind === "depthwise" ? depthwiseConvolution : groupedConvolution;
      assertEqualsPyTorch(each, (x, filter) => convolve(x!, filter!, undefined, each.options));
    }
  });
}

Deno.test("a 1x1 convolution with steps learns few channels without touching other memory", () => {
  // oneDNN's own kernel ends the process here, on machines with AVX-512, within some tens of calls.
  for (let time = 0; time < 100; time++) {
    tf.tidy(() => {
      const x = tf.randomNormal([2, 12, 12, 4], 0, 1, "float32", time) as Tensor4D;
      const filter = tf.ones([1, 1, 4, 3]);
      const { gradients } = valueAndGradients(
        () => convolution(x, filter, undefined, { stride: 2 }).sum().asScalar(),
        [filter],
      );
      const seen = x.reshape([2, 6, 2, 6, 2, 4]).slice([0, 0, 0, 0, 0, 0], [2, 6, 1, 6, 1, 4])
        .sum([0, 1, 2, 3, 4]).dataSync();
      const found = gradients[0]!.dataSync();
      for (let c = 0; c < 4; c++) {
        for (let k = 0; k < 3; k++) assert(Math.abs(found[3 * c + k]! - seen[c]!) < 1e-4);
      }
    });
  }
});
