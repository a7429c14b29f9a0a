/** Linear maps with bias and activation as one differentiable kernel. */
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-node-gpu";
import { activate, type Activation, activationGradient } from "./activation.ts";
import { attr, differentiable, onGpu, run } from "./kernel.ts";

const T = attr.type("T", "float32");
const BIAS = [T, attr.string("data_format", "NHWC")];

/**
 * `activation(x W + b)`.
 *
 * @param x [N, in]
 * @param weight [in, out]
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
    const value = forward(x, weight, bias, activation);
    return {
      value,
      saved: activation === "none" ? [x, weight] : [x, weight, value],
      gradients: (dy, [x, weight, y]) => {
        const inner = activationGradient(dy, y, activation);
        const multiplications = inner.size * x!.shape[1]!;
        return {
          x: () => product(inner, weight!, "second", multiplications),
          weight: () => product(x!, inner, "first", multiplications),
          bias: () => run("BiasAddGrad", BIAS, [inner]),
        };
      },
    };
  }) as Tensor2D;
}

// On the CPU Eigen's kernel, which is faster than oneDNN's and two more passes.
const FUSED_OPS = {
  none: [T, attr.int("num_args", 1), attr.strings("fused_ops", ["BiasAdd"])],
  relu: [T, attr.int("num_args", 1), attr.strings("fused_ops", ["BiasAdd", "Relu"])],
};

function forward(x: Tensor, weight: Tensor, bias: Tensor, activation: Activation): Tensor {
  if (!onGpu) return run("_FusedMatMul", FUSED_OPS[activation], [x, weight, bias]);
  return activate(
    run("BiasAdd", BIAS, [run("MatMul", [T], [x, weight]), bias]),
    activation,
  );
}

// Below about so many multiplications oneDNN computes a product in one thread; Eigen shares it among all.
const FEW = 1e7;

const ONE_DNN = {
  first: [T, attr.bool("transpose_a", true)],
  second: [T, attr.bool("transpose_b", true)],
};
// TensorFlow hands MatMul to oneDNN, but not this op.
const TYPES = ["Ta", "Tb", "Tout"].map((name) => attr.type(name, "float32"));
const EIGEN = {
  first: [...TYPES, attr.bool("adj_x", true)],
  second: [...TYPES, attr.bool("adj_y", true)],
};

/** The product of two matrices, one of them transposed. */
function product(
  a: Tensor,
  b: Tensor,
  transposed: "first" | "second",
  multiplications: number,
): Tensor {
  if (onGpu || multiplications > FEW) return run("MatMul", ONE_DNN[transposed], [a, b]);
  return run("BatchMatMulV3", EIGEN[transposed], [a, b]);
}
