/** Two-dimensional convolutions with bias and activation as one differentiable kernel. */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { activate, type Activation, activationGradient } from "./activation.ts";
import { attr, type Attribute, differentiable, run } from "./kernel.ts";
import { tf } from "./load.ts";

const T = attr.type("T", "float32");
const BIAS = [T, attr.string("data_format", "NHWC")];

/** How a window moves: PyTorch's convention, symmetric zero padding and the same stride on both axes. */
export interface ConvolutionOptions {
  /** Step of the window on both axes; 1 unless given. */
  stride?: number;
  /** Zeros added on each of the four sides; 0 unless given. */
  padding?: number;
  /** Applied after the bias; none unless given. */
  activation?: Activation;
}

const attributesOf = new Map<string, readonly Attribute[]>();

function attributes(stride: number, padding: number): readonly Attribute[] {
  const key = `${stride},${padding}`;
  let found = attributesOf.get(key);
  if (found === undefined) {
    const p = padding;
    found = [
      T,
      attr.int("strides", [1, stride, stride, 1]),
      attr.string("padding", padding === 0 ? "VALID" : "EXPLICIT"),
      ...(padding === 0 ? [] : [attr.int("explicit_paddings", [0, 0, p, p, p, p, 0, 0])]),
      attr.bool("use_cudnn_on_gpu", true),
    ];
    attributesOf.set(key, found);
  }
  return found;
}

/**
 * `activation(x * filter + bias)`.
 *
 * @param x [N, H, W, in]
 * @param filter [kH, kW, in, out]
 * @param bias [out], or undefined for none
 * @returns [N, H', W', out] with H' = floor((H + 2 padding - kH) / stride) + 1
 */
export function convolution(
  x: Tensor,
  filter: Tensor,
  bias: Tensor | undefined,
  options: ConvolutionOptions = {},
): Tensor4D {
  const { stride = 1, padding = 0, activation = "none" } = options;
  const window = attributes(stride, padding);
  const inputs: Record<string, Tensor> = bias ? { x, filter, bias } : { x, filter };
  return differentiable(inputs, () => {
    let value = run("Conv2D", window, [x, filter]);
    if (bias) value = run("BiasAdd", BIAS, [value, bias]);
    value = activate(value, activation);
    return {
      value,
      saved: activation === "none" ? [x, filter] : [x, filter, value],
      gradients: (dy, [x, filter, y]) => {
        const inner = activationGradient(dy, y, activation);
        return {
          x: () => run("Conv2DBackpropInput", window, [shapeOf(x!), filter!, inner]),
          filter: () => run("Conv2DBackpropFilter", window, [x!, shapeOf(filter!), inner]),
          bias: () => run("BiasAddGrad", BIAS, [inner]),
        };
      },
    };
  }) as Tensor4D;
}

function shapeOf(x: Tensor): Tensor {
  return tf.tensor1d(x.shape, "int32");
}
