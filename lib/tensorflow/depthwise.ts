/** Depthwise convolution: every channel has a filter of its own. */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { activate, activationGradient, type ConvolutionActivation } from "./activation.ts";
import { type ConvolutionOptions, sidesOf } from "./convolution_kernel.ts";
import { hardswish } from "./hardswish.ts";
import { attr, type Attribute, differentiable, isRecording, NATIVE, onGpu, run } from "./kernel.ts";
import { type LiveTaps, liveTaps } from "./live_taps.ts";
import { tf } from "./load.ts";
import { checkMap } from "./map.ts";
import { tellProduct } from "./observed.ts";
import * as op from "./ops/mod.ts";

const T = attr.type("T", "float32");
const FUSED = [NATIVE, attr.int("num_args", 1)];
const FUSED_OPS = {
  none: attr.strings("fused_ops", ["BiasAdd"]),
  relu: attr.strings("fused_ops", ["BiasAdd", "Relu"]),
  hardswish: attr.strings("fused_ops", ["BiasAdd", "_FusedHardSwish"]),
};

/** A window's way over a map, and its attributes. */
interface Window {
  stride: number;
  rows: LiveTaps;
  columns: LiveTaps;
  attributes: readonly Attribute[];
}

/**
 * `activation(x * filter + bias)` channel by channel (PyTorch's `conv2d` with as many groups as channels).
 *
 * @param x [N, H, W, C]
 * @param filter [kH, kW, C, 1]
 * @param bias [C], or undefined for none
 * @returns [N, H', W', C] with H' = floor((H + top + bottom - kH) / stride) + 1
 */
export function depthwiseConvolution(
  x: Tensor,
  filter: Tensor,
  bias: Tensor | undefined,
  options: ConvolutionOptions = {},
): Tensor4D {
  const { activation = "none" } = options;
  if (activation === "hardswish" && (isRecording() || onGpu || !bias)) {
    return hardswish(
      depthwiseConvolution(x, filter, bias, { ...options, activation: "none" }),
    ) as Tensor4D;
  }
  checkMap(x, "A depthwise convolution");
  const window = windowOf(x, filter, options);
  const inputs: Record<string, Tensor> = bias ? { x, filter, bias } : { x, filter };
  return differentiable(inputs, () => {
    const live = cropped(filter, window);
    const value = forward(x, live, bias, window, activation);
    tellProduct("depthwise", x, value, filter.shape[0]! * filter.shape[1]!);
    return {
      value,
      saved: { x, live, ...(activation === "relu" && { value }) },
      gradients: (dy, { x, live, value }) => {
        const inner = activationGradient(dy, value, activation === "relu" ? "relu" : "none");
        return {
          x: () => gradientByInput(x, live, inner, window),
          filter: () => gradientByFilter(x, live, inner, window, filter.shape),
          bias: () => op.columnSum(inner),
        };
      },
    };
  }) as Tensor4D;
}

function windowOf(x: Tensor, filter: Tensor, options: ConvolutionOptions): Window {
  const { stride = 1, padding = 0 } = options;
  const [top, bottom, left, right] = sidesOf(padding);
  const rows = liveTaps(x.shape[1]!, filter.shape[0]!, stride, [top, bottom]);
  const columns = liveTaps(x.shape[2]!, filter.shape[1]!, stride, [left, right]);
  const paddings = [0, 0, rows.before, rows.after, columns.before, columns.after, 0, 0];
  return { stride, rows, columns, attributes: attributesOf(stride, paddings) };
}

const known = new Map<string, readonly Attribute[]>();

function attributesOf(stride: number, paddings: readonly number[]): readonly Attribute[] {
  const key = `${stride},${paddings}`;
  let attributes = known.get(key);
  if (attributes === undefined) {
    const padded = paddings.some((zeros) => zeros > 0);
    attributes = [
      T,
      attr.int("strides", [1, stride, stride, 1]),
      attr.string("padding", padded ? "EXPLICIT" : "VALID"),
      ...(padded ? [attr.int("explicit_paddings", paddings)] : []),
    ];
    known.set(key, attributes);
  }
  return attributes;
}

function forward(
  x: Tensor,
  live: Tensor,
  bias: Tensor | undefined,
  window: Window,
  activation: ConvolutionActivation,
): Tensor {
  const same = sameWindow(x, window);
  if (bias && !onGpu && same) {
    const attributes = [...same.attributes, FUSED_OPS[activation], ...FUSED];
    const filter = withZeros(live, same.zeros);
    return run("_MklNativeFusedDepthwiseConv2dNative", attributes, [x, filter, bias]);
  }
  const product = isPoint(x, live, window)
    ? op.mul(x, live.reshape([live.shape[2]!]))
    : run("DepthwiseConv2dNative", window.attributes, [x, live]);
  const sum = bias ? op.biasAdd(product, bias) : product;
  return activation === "hardswish" ? hardswish(sum) : activate(sum, activation);
}

function gradientByInput(x: Tensor, live: Tensor, dy: Tensor, window: Window): Tensor {
  if (isPoint(x, live, window)) return op.mul(dy, live.reshape([live.shape[2]!]));
  const same = onGpu ? undefined : sameWindow(x, window);
  const [attributes, filter] = same
    ? [same.attributes, withZeros(live, same.zeros)]
    : [window.attributes, live];
  return run("DepthwiseConv2dNativeBackpropInput", attributes, [shapeOf(x.shape), filter, dy]);
}

function gradientByFilter(
  x: Tensor,
  live: Tensor,
  dy: Tensor,
  window: Window,
  shape: readonly number[],
): Tensor {
  const { rows, columns, attributes } = window;
  const gradient = isPoint(x, live, window)
    ? op.mul(x, dy).sum([0, 1, 2]).reshape(live.shape)
    : run("DepthwiseConv2dNativeBackpropFilter", attributes, [x, shapeOf(live.shape), dy]);
  if (live.shape.join() === shape.join()) return gradient;
  const [after, right] = [
    shape[0]! - rows.first - rows.taps,
    shape[1]! - columns.first - columns.taps,
  ];
  return op.pad(gradient, [[rows.first, after], [columns.first, right], [0, 0], [0, 0]]);
}

/** Whether map, window and result are one pixel, the same one, which makes the convolution a product. */
function isPoint(x: Tensor, live: Tensor, { rows, columns }: Window): boolean {
  return x.shape[1] === 1 && x.shape[2] === 1 && live.shape[0] === 1 && live.shape[1] === 1 &&
    [rows, columns].every(({ outputs, before }) => outputs === 1 && before === 0);
}

/** The filter without the rows and columns that see nothing but padding. */
function cropped(filter: Tensor, { rows, columns }: Window): Tensor {
  const [height, width, channels] = filter.shape as [number, number, number];
  if (rows.taps === height && columns.taps === width) return filter;
  return tf.slice(filter, [rows.first, columns.first, 0, 0], [
    rows.taps,
    columns.taps,
    channels,
    1,
  ]);
}

/**
 * The attributes of the same window as TensorFlow's "SAME", which alone oneDNN's kernels with bias and by the input know,
 * and how many rows and columns of zeros the filter needs for it; undefined where there is no such window.
 *
 * At stride 2 on an even side "SAME" puts its odd zero at the end; a filter with one more row of zeros needs an even number
 * of them, half on each side.
 */
function sameWindow(
  x: Tensor,
  { stride, rows, columns }: Window,
): { attributes: readonly Attribute[]; zeros: number } | undefined {
  const fits = (size: number, { taps, before, outputs }: LiveTaps, zeros: number) => {
    const needed = Math.max((Math.ceil(size / stride) - 1) * stride + taps + zeros - size, 0);
    return outputs === Math.ceil(size / stride) && Math.floor(needed / 2) === before;
  };
  const zeros = [0, 1].find((zeros) =>
    fits(x.shape[1]!, rows, zeros) && fits(x.shape[2]!, columns, zeros)
  );
  if (zeros === undefined) return undefined;
  return { attributes: SAME[stride - 1] ?? sameAttributes(stride), zeros };
}

function sameAttributes(stride: number): readonly Attribute[] {
  return [T, attr.int("strides", [1, stride, stride, 1]), attr.string("padding", "SAME")];
}

const SAME = [sameAttributes(1), sameAttributes(2)];

/** The filter with rows and columns of zeros at its end. */
function withZeros(filter: Tensor, count: number): Tensor {
  if (count === 0) return filter;
  return op.pad(filter, [[0, count], [0, count], [0, 0], [0, 0]]);
}

function shapeOf(shape: readonly number[]): Tensor {
  return tf.tensor1d([...shape], "int32");
}
