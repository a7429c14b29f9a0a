/** Windows that are not square, and padded and global pooling, against PyTorch: tests/oracles/rectangular.py made the numbers. */
import { assert } from "@std/assert";
import { averagePool, convolution, globalAveragePool, maxPool } from "../../lib/tensorflow/mod.ts";
import { assertEqualsPyTorch, kernelCases } from "./fixtures.ts";

type Window = { size: number; stride: number; padding: number };
const casesOf = (kernel: string) =>
  kernelCases<Window>("rectangular").filter(({ name }) => name.startsWith(kernel));

Deno.test("convolution() equals PyTorch with windows and paddings that are not square", () => {
  const cases = casesOf("convolution");
  assert(cases.length > 30);
  for (const each of cases) {
    assertEqualsPyTorch(each, (x, filter, bias) => convolution(x!, filter!, bias, each.options));
  }
});

Deno.test("maxPool() equals PyTorch with padding, which is never the largest", () => {
  for (const each of casesOf("maxPool")) {
    assertEqualsPyTorch(each, (x) => maxPool(x!, each.options.size, each.options));
  }
});

Deno.test("averagePool() equals PyTorch with padding, which counts as zeros", () => {
  for (const each of casesOf("averagePool")) {
    assertEqualsPyTorch(each, (x) => averagePool(x!, each.options.size, each.options));
  }
});

Deno.test("globalAveragePool() equals PyTorch's mean of each map", () => {
  for (const each of casesOf("globalAveragePool")) {
    assertEqualsPyTorch(each, (x) => globalAveragePool(x!));
  }
});
