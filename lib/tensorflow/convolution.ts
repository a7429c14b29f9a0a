/** Two-dimensional convolutions with bias and activation as one differentiable kernel. */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { type Activation, activationGradient } from "./activation.ts";
import type { Statistics } from "./batch_norm.ts";
import {
  type ConvolutionOptions,
  forward,
  gradientByFilter,
  gradientByInput,
  inputsOf,
  type Padding,
  windowOf,
} from "./convolution_kernel.ts";
import { hardswish } from "./hardswish.ts";
import { differentiable, isRecording, onGpu } from "./kernel.ts";
import * as op from "./ops/mod.ts";

/**
 * `activation(x * filter + bias)`.
 *
 * @param x [N, H, W, in]
 * @param filter [kH, kW, in, out]
 * @param bias [out], or undefined for none
 * @returns [N, H', W', out] with H' = floor((H + top + bottom - kH) / stride) + 1
 */
export function convolution(
  x: Tensor,
  filter: Tensor,
  bias: Tensor | undefined,
  options: ConvolutionOptions = {},
): Tensor4D {
  const { activation = "none" } = options;
  // Its gradient needs the values before it too, which the fused kernel does not give.
  if (activation === "hardswish" && (isRecording() || onGpu || !bias)) {
    return hardswish(convolution(x, filter, bias, { ...options, activation: "none" })) as Tensor4D;
  }
  const window = windowOf(filter, options);
  return differentiable(inputsOf(x, filter, bias), () => {
    const value = forward({ x, filter, bias, window, activation });
    return {
      value,
      saved: { x, filter, ...(activation === "relu" && { value }) },
      gradients: (dy, { x, filter, value }) => {
        const inner = activationGradient(dy, value, activation === "relu" ? "relu" : "none");
        return {
          x: () => gradientByInput(x, filter, inner, window),
          filter: () => gradientByFilter(x, filter, inner, window),
          bias: () => op.columnSum(inner),
        };
      },
    };
  }) as Tensor4D;
}

/**
 * `activation(batchNorm(x * filter) + residual)` with given statistics, as one kernel: the normalisation is in the filters
 * and the bias. Differentiable by x, filter, gamma, beta and residual.
 *
 * @param x [N, H, W, in]
 * @param filter [kH, kW, in, out]
 * @param norm gamma, beta, mean and variance are [out] each; epsilon is added to the variance
 * @param folded What {@linkcode foldNorm} makes of filter and norm
 * @param options residual is of the result's shape, and added before the activation
 * @returns [N, H', W', out] as of {@linkcode convolution}
 */
export function normalisedConvolution(
  x: Tensor,
  filter: Tensor,
  { norm, folded, residual, activation = "none", ...options }: {
    norm: GivenNorm;
    folded: readonly [filter: Tensor, bias: Tensor, inverseDeviation: Tensor];
    residual?: Tensor | undefined;
    activation?: Activation;
    stride?: number;
    padding?: Padding;
  },
): Tensor4D {
  const { gamma, beta, mean } = norm;
  const window = windowOf(filter, options);
  const operands = { x, filter, gamma, beta };
  const inputs: Record<string, Tensor> = residual ? { ...operands, residual } : operands;
  return differentiable(inputs, () => {
    const [foldedFilter, bias, inverseDeviation] = folded;
    const value = forward({ x, filter: foldedFilter, bias, window, activation, residual });
    return {
      value,
      saved: {
        x,
        filter,
        gamma,
        mean,
        foldedFilter,
        inverseDeviation,
        ...(activation !== "none" && { value }),
      },
      gradients: (dy, { x, filter, gamma, mean, foldedFilter, inverseDeviation, value }) => {
        const inner = activationGradient(dy, value, activation);
        const byFilter = () => gradientByFilter(x, filter, inner, window);
        const sum = () => op.columnSum(inner);
        return {
          x: () => gradientByInput(x, foldedFilter, inner, window),
          filter: () => byFilter().mul(gamma.mul(inverseDeviation)),
          gamma: () => {
            const product = byFilter().mul(filter).sum([0, 1, 2]);
            return product.sub(mean.mul(sum())).mul(inverseDeviation);
          },
          beta: sum,
          residual: () => inner.clone(),
        };
      },
    };
  }) as Tensor4D;
}

/** A normalisation with given statistics. */
export interface GivenNorm extends Statistics {
  gamma: Tensor;
  beta: Tensor;
  epsilon: number;
}

/** The filters and the bias that normalise as well, and the inverse deviation; not differentiable by itself. */
export function foldNorm(
  filter: Tensor,
  { gamma, beta, mean, variance, epsilon }: GivenNorm,
): [filter: Tensor, bias: Tensor, inverseDeviation: Tensor] {
  const inverseDeviation = variance.add(epsilon).rsqrt();
  const scale = gamma.mul(inverseDeviation);
  return [filter.mul(scale), beta.sub(mean.mul(scale)), inverseDeviation];
}
