/** Making maps larger, as segmentation networks do. */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { number } from "./constants.ts";
import { attr, differentiable, NATIVE, onGpu, run } from "./kernel.ts";
import { tf } from "./load.ts";
import * as op from "./ops/mod.ts";

const T = attr.type("T", "float32");
const ALIGNED = [T, attr.bool("align_corners", true), attr.bool("half_pixel_centers", false)];
const NEAREST = [T, attr.bool("align_corners", false), attr.bool("half_pixel_centers", false)];

/**
 * Bilinear interpolation with aligned corners: the first and the last pixel of each row and column stay what they are
 * (PyTorch's `interpolate` with `mode="bilinear", align_corners=True`).
 *
 * @param x [N, H, W, C]
 * @param size Height and width of the result
 * @returns [N, height, width, C]
 */
export function resizeBilinear(
  x: Tensor,
  [height, width]: readonly [height: number, width: number],
): Tensor4D {
  return differentiable({ x }, () => ({
    value: run("ResizeBilinear", ALIGNED, [x, tf.tensor1d([height, width], "int32")]),
    // The kernel of the gradient takes no more than the shape from it.
    saved: { x },
    gradients: (dy, { x }) => ({ x: () => run("ResizeBilinearGrad", ALIGNED, [dy, x]) }),
  })) as Tensor4D;
}

/**
 * Every pixel as a block of `factor` x `factor` pixels (PyTorch's `interpolate` with `mode="nearest"` and a whole factor).
 *
 * @param x [N, H, W, C]
 * @returns [N, factor H, factor W, C]
 */
export function upsampleNearest(x: Tensor, factor: number): Tensor4D {
  const [, height, width] = x.shape as [number, number, number, number];
  return differentiable({ x }, () => ({
    value: run("ResizeNearestNeighbor", NEAREST, [
      x,
      tf.tensor1d([factor * height, factor * width], "int32"),
    ]),
    saved: {},
    gradients: (dy) => ({
      // The sum over each block: its mean, which has the faster kernel, times its size.
      x: () => op.mul(blockMeans(dy, factor), number(factor * factor)),
    }),
  })) as Tensor4D;
}

function blockMeans(x: Tensor, factor: number): Tensor {
  const attributes = [
    T,
    attr.int("ksize", [1, factor, factor, 1]),
    attr.int("strides", [1, factor, factor, 1]),
    attr.string("padding", "VALID"),
  ];
  return onGpu
    ? run("AvgPool", attributes, [x])
    : run("_MklNativeAvgPool", [...attributes, attr.string("data_format", "NHWC"), NATIVE], [x]);
}
