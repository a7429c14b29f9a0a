/** Hardswish and hardsigmoid, the activations of MobileNetV3, as a few kernels each way. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { constant, number, vector } from "./constants.ts";
import { attr, differentiable, NATIVE, onGpu, run } from "./kernel.ts";
import * as op from "./ops/mod.ts";

const T = [attr.type("T", "float32")];

// A depthwise 1x1 convolution with ones for filters: oneDNN applies hardswish to its result in the same pass, while
// TensorFlow has no kernel of it alone.
const IDENTITY = [
  ...T,
  attr.int("strides", [1, 1, 1, 1]),
  attr.string("padding", "VALID"),
  NATIVE,
  attr.int("num_args", 1),
  attr.strings("fused_ops", ["BiasAdd", "_FusedHardSwish"]),
];

/**
 * `x relu6(x + 3) / 6` (PyTorch's `hardswish`).
 *
 * @param x [..., C]
 * @returns The shape of x
 */
export function hardswish(x: Tensor): Tensor {
  return differentiable({ x }, () => ({
    value: forward(x),
    saved: { x },
    gradients: (dy, { x }) => ({ x: () => gradient(dy, x) }),
  }));
}

function forward(x: Tensor): Tensor {
  if (onGpu) {
    const gate = op.relu6(op.add(x, number(3)));
    return op.mul(op.mul(x, gate), number(1 / 6));
  }
  const channels = x.shape.at(-1)!;
  const map = x.rank === 4 ? x : x.reshape([x.size / channels, 1, 1, channels]);
  const value = run("_MklNativeFusedDepthwiseConv2dNative", IDENTITY, [map, ...unitOf(channels)]);
  return x.rank === 4 ? value : value.reshape(x.shape);
}

const units = new Map<number, readonly Tensor[]>();

/** The filters and biases that change nothing. */
function unitOf(channels: number): readonly Tensor[] {
  let unit = units.get(channels);
  if (unit === undefined) {
    const ones = constant(new Float32Array(channels).fill(1), [1, 1, channels, 1]);
    units.set(channels, unit = [ones, vector(new Array(channels).fill(0))]);
  }
  return unit;
}

/** `dy` times 0 up to -3, (2x + 3) / 6 up to 3, and 1 from 3 on. */
function gradient(dy: Tensor, x: Tensor): Tensor {
  const shifted = op.add(x, number(3));
  const gate = op.relu6(shifted);
  // Relu6Grad is its first argument where 0 < shifted < 6, and 0 elsewhere.
  const slope = op.add(gate, op.relu6Grad(x, shifted));
  return op.mul(op.mul(dy, slope), number(1 / 6));
}

/**
 * `relu6(x + 3) / 6` (PyTorch's `hardsigmoid`; Keras' function of that name is another).
 *
 * @param x Any shape
 * @returns The shape of x
 */
export function hardsigmoid(x: Tensor): Tensor {
  return differentiable({ x }, () => {
    const gate = op.relu6(op.add(x, number(3)));
    return {
      value: op.mul(gate, number(1 / 6)),
      saved: { gate },
      gradients: (dy, { gate }) => ({
        x: () => op.relu6Grad(op.mul(dy, number(1 / 6)), gate),
      }),
    };
  });
}
