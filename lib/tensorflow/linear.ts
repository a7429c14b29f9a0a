/** Linear maps with bias and activation as one differentiable kernel. */
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-node-gpu";
import { activate, type Activation, activationGradient } from "./activation.ts";
import { attr, differentiable, run } from "./kernel.ts";

const T = attr.type("T", "float32");
const BIAS = [T, attr.string("data_format", "NHWC")];

function matMulAttributes(transposeA: boolean, transposeB: boolean) {
  return [
    T,
    attr.bool("transpose_a", transposeA),
    attr.bool("transpose_b", transposeB),
  ];
}
const PLAIN = matMulAttributes(false, false);
const TRANSPOSE_A = matMulAttributes(true, false);
const TRANSPOSE_B = matMulAttributes(false, true);

/**
 * `activation(x W^T + b)`, with PyTorch's layout of W.
 *
 * @param x [N, in]
 * @param weight [out, in]
 * @param bias [out]
 * @returns [N, out]
 */
export function linear(
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  options: { activation?: Activation } = {},
): Tensor2D {
  const { activation = "none" } = options;
  return differentiable({ x, weight, bias }, () => {
    const product = run("MatMul", TRANSPOSE_B, [x, weight]);
    const value = activate(run("BiasAdd", BIAS, [product, bias]), activation);
    return {
      value,
      saved: activation === "none" ? [x, weight] : [x, weight, value],
      gradients: (dy, [x, weight, y]) => {
        const inner = activationGradient(dy, y, activation);
        return {
          x: () => run("MatMul", PLAIN, [inner, weight!]),
          weight: () => run("MatMul", TRANSPOSE_A, [inner, x!]),
          bias: () => run("BiasAddGrad", BIAS, [inner]),
        };
      },
    };
  }) as Tensor2D;
}
