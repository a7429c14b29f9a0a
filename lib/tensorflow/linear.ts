/** Linear maps with bias and activation as one differentiable kernel. */
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-node-gpu";
import { activate, type Activation, activationGradient, tanh } from "./activation.ts";
import { gelu } from "./gelu.ts";
import { attr, differentiable, isRecording, NATIVE, onGpu, run, threads } from "./kernel.ts";
import { tellProduct } from "./observed.ts";
import * as op from "./ops/mod.ts";

const T = attr.type("T", "float32");

/** The activation applied to the output of a linear map. */
export type LinearActivation = Activation | "gelu" | "tanh";

/**
 * `activation(x W + b)`.
 *
 * @param x [N, in]
 * @param weight [in, out]
 * @param bias [out], or undefined for none
 * @returns [N, out]
 */
export function linear(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  options: { activation?: LinearActivation } = {},
): Tensor2D {
  const { activation = "none" } = options;
  if (activation === "gelu") return linearThenGelu(x, weight, bias);
  if (activation === "tanh") return tanh(linear(x, weight, bias)) as Tensor2D;
  const inputs: Record<string, Tensor> = bias ? { x, weight, bias } : { x, weight };
  return differentiable(inputs, () => {
    const value = forward(x, weight, bias, activation);
    tellProduct("linear", x, value, weight.shape[0]!);
    return {
      value,
      saved: { x, weight, ...(activation !== "none" && { value }) },
      gradients: (dy, { x, weight, value }) => {
        const inner = activationGradient(dy, value, activation);
        const multiplications = inner.size * x.shape[1]!;
        return {
          x: () => product(inner, weight, "second", multiplications),
          weight: () => product(x, inner, "first", multiplications),
          bias: () => op.columnSum(inner),
        };
      },
    };
  }) as Tensor2D;
}

const BIAS_GELU = [
  T,
  attr.int("num_args", 1),
  attr.strings("fused_ops", ["BiasAdd", "GeluExact"]),
  NATIVE,
];

/** The gradient needs the values before GELU too, which the fused kernel does not give. */
function linearThenGelu(x: Tensor, weight: Tensor, bias: Tensor | undefined): Tensor2D {
  if (isRecording() || onGpu || bias === undefined) {
    return gelu(linear(x, weight, bias)) as Tensor2D;
  }
  const value = run("_MklNativeFusedMatMul", BIAS_GELU, [x, weight, bias]);
  tellProduct("linear", x, value, weight.shape[0]!);
  return value as Tensor2D;
}

// On the CPU Eigen's kernel, which is faster than oneDNN's and two more passes.
const FUSED_OPS = {
  none: [T, attr.int("num_args", 1), attr.strings("fused_ops", ["BiasAdd"])],
  relu: [T, attr.int("num_args", 1), attr.strings("fused_ops", ["BiasAdd", "Relu"])],
};

function forward(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  activation: Activation,
): Tensor {
  if (!onGpu && bias) return run("_FusedMatMul", FUSED_OPS[activation], [x, weight, bias]);
  const mapped = op.matMul(x, weight);
  return activate(bias ? op.biasAdd(mapped, bias) : mapped, activation);
}

// With one thread small products are Eigen's, as they were when the results of the small networks were made, whose last digits
// depend on it. OneDNN computes them twice as fast, each in one thread, and a captured step several at once.
const FEW = threads === 1 ? 1e7 : 0;

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
  if (onGpu || multiplications > FEW) return op.matMul(a, b, { transposed });
  return run("BatchMatMulV3", EIGEN[transposed], [a, b]);
}
