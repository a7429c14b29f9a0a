/** Maps times a number per sample and channel. */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { axes } from "./constants.ts";
import { attr, differentiable, run } from "./kernel.ts";

const T = attr.type("T", "float32");
const SUM = [T, attr.type("Tidx", "int32"), attr.bool("keep_dims", false)];
const MAP_AXES = axes(1, 2);

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
    value: run("Mul", [T], [x, gate.reshape(perMap)]),
    saved: { x, gate },
    gradients: (dy, { x, gate }) => ({
      x: () => run("Mul", [T], [dy, gate.reshape(perMap)]),
      gate: () => {
        const product = run("Mul", [T], [dy, x]);
        if (height * width === 1) return product.reshape([count, channels]);
        return run("Sum", SUM, [product, MAP_AXES]);
      },
    }),
  })) as Tensor4D;
}
