/** Maps times a number per sample and channel. */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { differentiable } from "./kernel.ts";
import * as op from "./ops/mod.ts";

/**
 * `x[n, h, w, c] gate[n, c]`, as squeeze-excitation applies its gate.
 *
 * @param x [N, H, W, C]
 * @param gate [N, C]
 * @returns [N, H, W, C]
 */
export function scaleMaps(x: Tensor, gate: Tensor): Tensor4D {
  const [count, height, width, channels] = x.shape as [number, number, number, number];
  const perMap = [count, 1, 1, channels];
  return differentiable({ x, gate }, () => ({
    value: op.mul(x, gate.reshape(perMap)),
    saved: { x, gate },
    gradients: (dy, { x, gate }) => ({
      x: () => op.mul(dy, gate.reshape(perMap)),
      gate: () => {
        const product = op.mul(dy, x);
        if (height * width === 1) return product.reshape([count, channels]);
        return op.sum(product, [1, 2]);
      },
    }),
  })) as Tensor4D;
}
