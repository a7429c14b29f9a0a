/** Convolution in groups of channels. */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { convolution } from "./convolution.ts";
import { type ConvolutionOptions, type Sides, sidesOf } from "./convolution_kernel.ts";
import { differentiable } from "./kernel.ts";
import * as op from "./ops/mod.ts";

/**
 * `activation(x * filter + bias)`, where each group of the output's channels sees its group of the input's alone (PyTorch's
 * `conv2d` with `groups`).
 *
 * The kernels of {@linkcode convolution} tell the number of groups from the filter; their gradients on the CPU know no
 * padding but TensorFlow's "SAME", so that other paddings are a pass of their own.
 *
 * @param x [N, H, W, in]
 * @param filter [kH, kW, in / groups, out], the groups one after the other along the last axis
 * @param bias [out], or undefined for none
 * @returns [N, H', W', out] with H' = floor((H + 2 padding - kH) / stride) + 1
 * @throws {RangeError} when the groups that the filter is for do not divide the channels
 */
export function groupedConvolution(
  x: Tensor,
  filter: Tensor,
  bias: Tensor | undefined,
  options: ConvolutionOptions = {},
): Tensor4D {
  const { stride = 1, padding = 0 } = options;
  const [height, width, depth, out] = filter.shape as [number, number, number, number];
  const channels = x.shape[3]!;
  if (channels % depth !== 0 || out % (channels / depth) !== 0) {
    throw new RangeError(
      `Filters [${filter.shape}] cannot be for groups of ${channels} channels: wanted a third number that divides ` +
        `${channels}, and as a fourth a multiple of their quotient`,
    );
  }
  const sides = sidesOf(padding);
  const [top, bottom, left, right] = sides;
  const isHalf = (size: number, before: number, after: number) =>
    2 * before === size - 1 && 2 * after === size - 1;
  const isSame = stride === 1 && isHalf(height, top, bottom) && isHalf(width, left, right);
  if (isSame || sides.every((zeros) => zeros === 0)) return convolution(x, filter, bias, options);
  return convolution(padded(x, sides), filter, bias, { ...options, padding: 0 });
}

/** x with zeros around it. */
function padded(x: Tensor, [top, bottom, left, right]: Sides): Tensor {
  return differentiable({ x }, () => ({
    value: op.pad(x, [[0, 0], [top, bottom], [left, right], [0, 0]]),
    saved: {},
    gradients: (dy) => ({ x: () => op.slice(dy, [0, top, left, 0], x.shape) }),
  }));
}
