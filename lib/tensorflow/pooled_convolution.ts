/** Convolutions whose maps are pooled, with gradients that go over the whole map once. */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { activationGradient } from "./activation.ts";
import { convolution } from "./convolution.ts";
import {
  type ConvolutionOptions,
  forward,
  gradientByFilter,
  gradientByInput,
  inputsOf,
  windowOf,
} from "./convolution_kernel.ts";
import { differentiable } from "./kernel.ts";
import * as op from "./ops/mod.ts";
import {
  averagePool,
  averagePoolForward,
  maxPool,
  maxPoolForward,
  maxPoolGradient,
  reluBeforeAveragesGradient,
} from "./pooling.ts";

/**
 * `maxPool(activation(x * filter + bias))`, with windows of side and step `size`.
 *
 * The gradient passes the activation, and is summed for the bias, after the pooling: on a fraction of the data, and with
 * the same numbers, since a window's gradient goes to its largest value alone.
 *
 * @param x [N, H, W, in]
 * @param filter [kH, kW, in, out]
 * @param bias [out], or undefined for none
 * @returns [N, floor(H' / size), floor(W' / size), out], where H' and W' are those of {@linkcode convolution}
 */
export function pooledConvolution(
  x: Tensor,
  filter: Tensor,
  bias: Tensor | undefined,
  size: number,
  options: ConvolutionOptions = {},
): Tensor4D {
  const { activation = "none" } = options;
  if (activation === "hardswish") {
    // It is no increasing function: the largest value before it need not be the largest after it.
    return maxPool(convolution(x, filter, bias, options), size);
  }
  const window = windowOf(filter, options);
  return differentiable(inputsOf(x, filter, bias), () => {
    const map = forward({ x, filter, bias, window, activation });
    const pooling = maxPoolForward(map, size, size);
    return {
      value: pooling.value,
      saved: { x, filter, ...pooling },
      gradients: (dy, { x, filter, ...pooling }) => {
        const pooled = activationGradient(dy, pooling.value, activation);
        const inner = maxPoolGradient(pooled, pooling, size, size);
        return {
          x: () => gradientByInput(x, filter, inner, window),
          filter: () => gradientByFilter(x, filter, inner, window),
          bias: () => op.columnSum(pooled),
        };
      },
    };
  }) as Tensor4D;
}

/**
 * `averagePool(activation(x * filter + bias))`, with windows of side and step `size`.
 *
 * @param x [N, H, W, in]
 * @param filter [kH, kW, in, out]
 * @param bias [out], or undefined for none
 * @returns [N, floor(H' / size), floor(W' / size), out], where H' and W' are those of {@linkcode convolution}
 */
export function averagedConvolution(
  x: Tensor,
  filter: Tensor,
  bias: Tensor | undefined,
  size: number,
  options: ConvolutionOptions = {},
): Tensor4D {
  const { activation = "none" } = options;
  if (activation !== "relu") return averagePool(convolution(x, filter, bias, options), size);
  const window = windowOf(filter, options);
  return differentiable(inputsOf(x, filter, bias), () => {
    const map = forward({ x, filter, bias, window, activation });
    return {
      value: averagePoolForward(map, size),
      saved: { x, filter, map },
      gradients: (dy, { x, filter, map }) => {
        const inner = reluBeforeAveragesGradient(dy, map, size);
        return {
          x: () => gradientByInput(x, filter, inner, window),
          filter: () => gradientByFilter(x, filter, inner, window),
          bias: () => op.columnSum(inner),
        };
      },
    };
  }) as Tensor4D;
}
